/**
 * Installs and builds what a fresh or changed checkout lacks, and says so. Nothing here but Node itself, since this runs before
 * there is anything else. All output goes to standard error: standard output belongs to what comes after.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const inRoot = (...path) => join(root, ...path);
const say = (text) => process.stderr.write(`${text}\n`);
const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** Hash of all that the build reads: by content, since a clone gives every file a new time. */
export const buildStamp = () => {
  const sources = ['src', 'catalogue'].flatMap((folder) =>
    readdirSync(inRoot(folder), { recursive: true })
      .filter((name) => /(?<!\.test)\.(ts|json)$/.test(name))
      .map((name) => join(folder, name)),
  );
  const files = [...sources, 'package.json', 'package-lock.json', 'scripts/build.mjs'];
  const hash = createHash('sha256');
  for (const file of files.filter((name) => existsSync(inRoot(name))).sort()) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(inRoot(file)))
      .update('\0');
  }
  return hash.digest('hex');
};

export const isBuilt = () =>
  existsSync(inRoot('dist/.stamp')) && readFileSync(inRoot('dist/.stamp'), 'utf8') === buildStamp();

/** Whether what npm wrote down at its last install is what the lock asks for. Optional packages may be for other machines. */
export const isInstalled = () => {
  if (!existsSync(inRoot('node_modules/.package-lock.json'))) return false;
  if (!existsSync(inRoot('package-lock.json'))) return true;
  const present = readJson(inRoot('node_modules/.package-lock.json')).packages;
  return Object.entries(readJson(inRoot('package-lock.json')).packages).every(
    ([path, wanted]) => path === '' || present[path]?.version === wanted.version || (wanted.optional && !present[path]),
  );
};

const run = (what, command, args, options) => {
  say(`${what} ...`);
  const { status, signal, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', process.stderr, 'inherit'],
    ...options,
  });
  if (status === 0) return;
  say(`${what} failed${error ? `: ${error.message}` : '.'}`);
  process.exit(signal || !status ? 1 : status);
};

const install = () => {
  const locked = existsSync(inRoot('package-lock.json'));
  const args = [locked ? 'ci' : 'install', '--ignore-scripts', '--no-fund', '--no-audit', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  const what = `Installing the packages of ${locked ? 'package-lock.json' : 'package.json'}`;
  if (npm?.endsWith('npm-cli.js')) run(what, process.execPath, [npm, ...args]);
  else run(what, 'npm', args, { shell: process.platform === 'win32' });
};

export const ensureBuilt = () => {
  if (!isBuilt()) run('Building dist', process.execPath, [inRoot('scripts/build.mjs')]);
};

/** Ends the process with a text when it cannot. */
export const ensure = () => {
  if (!isInstalled()) install();
  ensureBuilt();
};

if (process.argv[1] === fileURLToPath(import.meta.url)) ensure();
