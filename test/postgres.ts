import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A PostgreSQL server of the test's own. */
export interface Cluster {
  readonly url: string;
  start(): Promise<void>;
  /** `immediate` is a crash: what was not on the disk is lost. */
  stop(mode: 'fast' | 'immediate'): Promise<void>;
  /** Stops it and deletes everything. */
  remove(): Promise<void>;
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses root, so there it runs as another account of the machine. */
const someUser = (): User | undefined => {
  for (const name of ['postgres', 'nobody']) {
    const entry = new RegExp(`^${name}:[^:]*:(\\d+):(\\d+):`, 'm').exec(readFileSync('/etc/passwd', 'utf8'));
    if (entry !== null) return { uid: Number(entry[1]), gid: Number(entry[2]) };
  }
  return undefined;
};

const isRoot = process.getuid?.() === 0;

/** Why this machine cannot run one; undefined when it can. */
export const lackOfPostgres = (): string | undefined => {
  for (const program of ['initdb', 'pg_ctl'])
    if (spawnSync(program, ['--version']).status !== 0) return `there is no ${program} on the PATH`;
  return isRoot && someUser() === undefined
    ? 'PostgreSQL does not run as root, and there is no other account'
    : undefined;
};

/** Makes and starts a server on loopback, in a temporary folder. It writes its log only when a commit asks for it. */
export const startPostgres = async (): Promise<Cluster> => {
  const folder = mkdtempSync(join(tmpdir(), 'lateen-postgres-'));
  const user = isRoot ? someUser() : undefined;
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const port = await freePort();

  const run = async (program: string, ...args: string[]): Promise<void> => {
    // Its pipes would stay open for as long as the server runs.
    const child = spawn(program, ['-D', data, ...args], { cwd: folder, stdio: 'ignore', ...user });
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}`);
  };
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'wal_writer_delay=10s'];
  const options = `-p ${port} ${settings.map((setting) => `-c ${setting}`).join(' ')}`;
  const start = () => run('pg_ctl', '-w', '-l', join(folder, 'log'), '-o', options, 'start');
  const stop = (mode: string) => run('pg_ctl', '-w', '-m', mode, 'stop');

  await run('initdb', '--username=lateen', '--auth=trust', '--encoding=UTF8', '--no-locale', '--no-sync');
  await start();
  return {
    url: `postgres://lateen@127.0.0.1:${port}/postgres`,
    start,
    stop,
    async remove() {
      await stop('immediate');
      rmSync(folder, { recursive: true });
    },
  };
};

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
};
