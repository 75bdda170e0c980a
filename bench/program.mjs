import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createSigner } from './sign.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const running = new Set();
const folders = new Set();

/** Whatever a part left behind when it failed. */
export const cleanUp = () => {
  for (const child of running) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
};

/** A new directory for data, and how to remove it. */
export const temporaryFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'lateen-bench-'));
  folders.add(folder);
  return folder;
};

/** Starts a Node program and waits for its line `ready ...`: what stood behind it, and how long after the spawn it came. */
const start = async (args, stdio = []) => {
  const began = performance.now();
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit', ...stdio] });
  running.add(child);
  const ended = once(child, 'close').then(() => running.delete(child));
  const url = await Promise.race([
    new Promise((resolve) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (line.startsWith('ready ')) resolve(line.slice('ready '.length));
      });
    }),
    ended,
  ]);
  if (typeof url !== 'string') throw new Error(`node ${args.join(' ')} ended before it was ready`);
  const readyMs = performance.now() - began;
  return {
    child,
    began,
    readyMs,
    pid: child.pid,
    port: Number(new URL(url).port),
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
};

/**
 * Lateen as it was built, on a free port, at the pace instant, without a limit on instances and with addresses for all of them. `counting` adds `syncs()`: how many
 * times it has synced its log. `more` are further options.
 */
export const startLateen = async (data, { counting = false, more = [] } = {}) => {
  const options = [
    '--data',
    join(data, 'data'),
    '--port',
    '0',
    '--pace',
    'instant',
    '--log',
    'off',
    '--public-pool',
    '100.64.0.0/10',
    // What is measured is how fast it is, and not how fast it may be.
    '--throttle',
    'off',
  ];
  const args = [here('../bin/lateen.js'), 'start', ...options, '--quota', 'instancesPerAccount=9000000', ...more];
  const preload = counting ? ['--import', new URL('count-syncs.mjs', import.meta.url).href] : [];
  const program = await start([...preload, ...args], counting ? ['ipc'] : []);
  const syncs = async () => {
    program.child.send('syncs');
    return (await once(program.child, 'message'))[0];
  };
  return { ...program, syncs };
};

/** The key of the data directory, which is there as soon as Lateen was ready once. */
export const credentialsOf = (data) => {
  const text = readFileSync(join(data, 'data', 'credentials'), 'utf8');
  const value = (name) => new RegExp(`^${name} = (.+)$`, 'm').exec(text)[1];
  return { accessKeyId: value('aws_access_key_id'), secret: value('aws_secret_access_key') };
};

export const signerOf = (data) => createSigner(credentialsOf(data));

/** A signer with the key of a new user who may do what the statements say. */
export const userOf = async (data, name, statements) => {
  const lateen = (...args) =>
    execFileSync(process.execPath, [here('../bin/lateen.js'), ...args, '--data', join(data, 'data')], {
      encoding: 'utf8',
    });
  const file = join(data, `${name}.json`);
  writeFileSync(file, JSON.stringify({ Version: '2012-10-17', Statement: statements }));
  lateen('users', 'create', name);
  lateen('policies', 'put', name, file);
  lateen('users', 'attach', name, name);
  const { accessKeyId, secretAccessKey } = JSON.parse(lateen('keys', 'create', '--user', name, '--json'));
  return createSigner({ accessKeyId, secret: secretAccessKey });
};

/** The bare handler, in a process of its own. `answers` are what it gives: operation, headers and body. */
export const startBare = async (answers) => {
  const program = await start([here('bare.mjs')], ['ipc']);
  program.child.send(answers.map((answer) => ({ ...answer, headers: answer.headers.flat(), body: `${answer.body}` })));
  await once(program.child, 'message');
  return program;
};

/** A plain server of the files of a folder, in a process of its own. */
export const startFiles = (folder) => start([here('files.mjs'), folder]);

/** What loading every module of the built program, the late ones too, costs a new process: `ms`, `files`, and `mib` in RAM. */
export const loadAll = async () => {
  const child = spawn(process.execPath, [here('graph.mjs')], { stdio: ['ignore', 'pipe', 'inherit'] });
  running.add(child);
  const [[line]] = await Promise.all([once(createInterface({ input: child.stdout }), 'line'), once(child, 'close')]);
  running.delete(child);
  return JSON.parse(line);
};

/** How long Node takes to run nothing. */
export const emptyStart = async () => {
  const began = performance.now();
  const child = spawn(process.execPath, ['--eval', '0'], { stdio: 'ignore' });
  await once(child, 'close');
  return performance.now() - began;
};

/** Memory in RAM, in MiB. Linux. */
export const memoryOf = ({ pid }) =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

/** MiB that the files of a Lateen's data directory hold. */
export const sizeOf = (data) =>
  readdirSync(join(data, 'data'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size / 2 ** 20, 0);

/** Processor time that a process has used, in microseconds, all its threads together. Linux; in steps of 10 ms. */
export const processorTimeOf = ({ pid }) => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
};
