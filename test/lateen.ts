import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Lightsail } from '@aws-sdk/client-lightsail';
import { rememberRoot, signingAsUsers } from './as-user.ts';

/** What a run of the program ended with. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built program, running as its own process. */
export interface Server {
  readonly url: string;
  readonly port: number;
  readonly data: string;
  readonly accessKeyId: string;
  readonly secret: string;
  readonly pid: number;
  /** What it wrote to standard output and standard error until now. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** SIGTERM; resolves to the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** Runs another command of the program on the same data directory. */
  cli(...args: readonly string[]): Promise<Ended>;
}

/** Who signs, and where. */
export interface Account extends Pick<Server, 'url' | 'accessKeyId' | 'secret'> {
  /** Only of temporary credentials. */
  readonly sessionToken?: string;
}

const program = new URL('../bin/lateen.js', import.meta.url).pathname;
const started = new Map<ChildProcess, () => { stdout: string; stderr: string }>();
const folders: string[] = [];

/** Ends what the tests of a file have started and left, and removes their folders. */
export const cleanUp = (): void => {
  for (const child of started.keys()) child.kill('SIGKILL');
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
};

/** What the programs that run now have complained of, and what still waits for its end, for the report of a test that failed. */
export const complaints = (): readonly string[] => [
  ...[...started].map(([{ pid }, output]) => `${pid}: ${output().stderr}`.trimEnd()),
  ...[...waiting].map(({ what, since }) => `${what} for ${Math.round(performance.now() - since)} ms`),
];
const waiting = new Set<{ readonly what: string; readonly since: number }>();
const waitFor = async <T>(what: string, end: () => Promise<T>): Promise<T> => {
  const wait = { what, since: performance.now() };
  waiting.add(wait);
  try {
    return await end();
  } finally {
    waiting.delete(wait);
  }
};

/** A folder that is removed after the tests of the file. */
export const temporaryFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'lateen-test-'));
  folders.push(folder);
  return folder;
};

/** Runs the program until it ends. */
export const lateen = async (...args: readonly string[]): Promise<Ended> => {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = collect(child);
  const [code] = (await waitFor(args.join(' '), () => once(child, 'close'))) as [number | null];
  return { code, ...output() };
};

/**
 * Starts the program on a free port, on its own data directory or on `data`, at the pace instant unless `args` say otherwise,
 * and waits until it answers. Whatever still runs at the end of the test file is killed.
 */
export const startServer = async ({
  args = [],
  data = join(temporaryFolder(), 'data'),
}: {
  readonly args?: readonly string[];
  readonly data?: string;
} = {}): Promise<Server> => {
  const options = ['--port', '0', '--data', data, '--pace', 'instant', ...args];
  const child = spawn(process.execPath, [program, 'start', ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = collect(child);
  started.set(child, output);
  const ended = once(child, 'close').then(([code]) => {
    started.delete(child);
    return code as number | null;
  });
  const url = await waitFor('start', () =>
    Promise.race([readyLine(child), ended.then((code) => failed(code, output().stderr))]),
  );
  const credentials = readCredentials(data);
  rememberRoot({ url, ...credentials });
  const end = (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    return ended;
  };
  return {
    url,
    port: Number(new URL(url).port),
    data,
    ...credentials,
    pid: child.pid ?? 0,
    stdout: () => output().stdout,
    stderr: () => output().stderr,
    stop: () => end('SIGTERM'),
    kill: async () => void (await end('SIGKILL')),
    cli: (...args) => lateen(...args, '--data', data),
  };
};

/** The SDK for JavaScript, with no second attempts. A server signs as its root account. */
export const client = (account: Account, region = 'us-east-1'): Lightsail => {
  const { url, accessKeyId, secret, sessionToken } = account;
  const api = new Lightsail({
    endpoint: url,
    region,
    credentials: { accessKeyId, secretAccessKey: secret, ...(sessionToken === undefined ? {} : { sessionToken }) },
    maxAttempts: 1,
    ...signingAsUsers(account, region),
  });
  api.middlewareStack.add(
    (next, { commandName }) =>
      (args) =>
        waitFor(String(commandName), () => next(args)),
    { step: 'initialize' },
  );
  return api;
};

const collect = (child: ChildProcess): (() => { stdout: string; stderr: string }) => {
  let [stdout, stderr] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return () => ({ stdout, stderr });
};

/** Never settles when the program ends without saying that it is ready. */
const readyLine = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if (line.startsWith('ready ')) resolve(line.slice('ready '.length));
    });
  });

const failed = (code: number | null, stderr: string): never => {
  throw new Error(`lateen start ended with ${code}: ${stderr}`);
};

const readCredentials = (data: string): { accessKeyId: string; secret: string } => {
  const text = readFileSync(join(data, 'credentials'), 'utf8');
  const value = (name: string): string => new RegExp(`^${name} = (.+)$`, 'm').exec(text)?.[1] ?? '';
  return { accessKeyId: value('aws_access_key_id'), secret: value('aws_secret_access_key') };
};
