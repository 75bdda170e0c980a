/** That a write is on the disk before it is answered shows only where the calls to the system are seen. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newRsaKeyPair } from '../../src/ssh/rsa.ts';
import { apiOf } from '../call.ts';
import { startServer, temporaryFolder } from '../lateen.ts';
import { s3 } from '../objects.ts';

const canTrace = spawnSync('strace', ['-V']).status === 0 && spawnSync('strace', ['true']).status === 0;

/** Follows a process until it ends; resolves when it is being followed. */
const follow = async (pid: number, file: string): Promise<{ ended: Promise<unknown> }> => {
  const calls = 'trace=pwrite64,fdatasync,fsync,rename,write,writev';
  const strace = spawn('strace', ['-f', '-y', '-s', '16', '-e', calls, '-o', file, '-p', String(pid)]);
  const ended = once(strace, 'close');
  await once(strace.stderr, 'data');
  return { ended };
};

test('an answer goes out after its write is synced', async (context) => {
  context.skip(!canTrace, 'there is no strace that may follow a process');
  const { publicKey: publicKeyBase64 } = await newRsaKeyPair(1024);
  const server = await startServer();
  const api = apiOf(server);
  const file = join(temporaryFolder(), 'calls');
  const { ended } = await follow(server.pid, file);
  const count = 20;
  for (let i = 0; i < count; i++) await api.call('ImportKeyPair', { keyPairName: `key-${i}`, publicKeyBase64 });
  await server.kill();
  await ended;

  // How many writes to the log there were, how many of them a sync under way covers, by thread, and how many are synced.
  let written = 0;
  const covered = new Map<string, number>();
  let synced = 0;
  let answers = 0;
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const [, thread = '', call = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (/^pwrite64\(\d+<[^>]*-wal>/.test(call)) written += 1;
    if (/^fdatasync\(\d+<[^>]*-wal>/.test(call)) covered.set(thread, written);
    if (/^(fdatasync\(.*|<\.\.\. fdatasync resumed>.*)\) += 0$/.test(call)) synced = covered.get(thread) ?? synced;
    if (!/^writev?\(.*"HTTP\/1\.1 200/.test(call)) continue;
    answers += 1;
    expect(synced).toBe(written);
  }
  expect(answers).toBe(count);
  expect(written).toBeGreaterThanOrEqual(count);
});

test('an object is answered when its bytes and its name are synced, and after them its row', async (context) => {
  context.skip(!canTrace, 'there is no strace that may follow a process');
  const server = await startServer();
  await apiOf(server).call('CreateBucket', { bucketName: 'photos', bundleId: 'small_1_0' });
  const file = join(temporaryFolder(), 'calls');
  const { ended } = await follow(server.pid, file);
  const count = 20;
  const objects = s3(server);
  for (let i = 0; i < count; i++) await objects.putObject({ Bucket: 'photos', Key: `key-${i}`, Body: 'some bytes' });
  await server.kill();
  await ended;

  const steps: readonly [RegExp, string][] = [
    [/^fdatasync\(\d+<[^>]*\/incoming\/\w+>/, 'bytes'],
    [/^fsync\(\d+<[^>]*\/incoming>/, 'name'],
    [/^fdatasync\(\d+<[^>]*-wal>/, 'row'],
    [/^rename\(/, 'move'],
    [/^writev?\(.*"HTTP\/1\.1 200/, 'answer'],
  ];
  const begun = new Map<string, string>();
  const done: string[] = [];
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const [, thread = '', call = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const step = call.startsWith('<...') ? begun.get(thread) : steps.find(([pattern]) => pattern.test(call))?.[1];
    begun.delete(thread);
    if (step === undefined) continue;
    if (call.endsWith('<unfinished ...>')) begun.set(thread, step);
    else done.push(step);
  }
  const each = done.join(' ').split(' answer');
  expect(each.pop()?.trim()).toBe('');
  expect(each).toHaveLength(count);
  for (const steps of each) expect(steps.trim()).toMatch(/^(bytes name|name bytes) (row )*row move( move)?$/);
});
