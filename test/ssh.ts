import { execFileSync } from 'node:child_process';
import { createHash, createPrivateKey, type KeyObject } from 'node:crypto';
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'vitest';

const systemFolders = ['/usr/sbin', '/usr/local/sbin'];

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** The path of an OpenSSH program, or a skipped test that says why. */
export const tool = (context: TestContext, name: string): string => {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...systemFolders];
  const path = folders.map((folder) => join(folder, name)).find(isExecutable);
  if (path) return path;
  console.info(`skipped: ${name} is not installed`);
  return context.skip(`${name} is not installed`);
};

/** A new folder with files only this user may read; it goes away with the test. */
export const folderWith = (context: TestContext, files: Readonly<Record<string, string>>): string => {
  const folder = mkdtempSync(join(tmpdir(), 'lateen-ssh-'));
  context.onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o600 });
  return folder;
};

export const run = (program: string, args: readonly string[]): string =>
  execFileSync(program, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TZ: 'UTC' },
  });

const pkcs8Ed25519 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The authority that signed the certificates in src/ssh/vectors.json. */
export const testAuthority = (): KeyObject => {
  const seed = createHash('sha256').update('lateen test authority').digest();
  return createPrivateKey({ key: Buffer.concat([pkcs8Ed25519, seed]), format: 'der', type: 'pkcs8' });
};
