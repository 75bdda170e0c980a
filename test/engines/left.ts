import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Begins the name of a daemon's folder; the id of the process that has started it follows. */
export const folderPrefix = 'lateen-incus-';

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** Takes away what runs before this one have left when they were killed: daemons, machines, mounts, devices, bridge and rules. */
export const clearLeft = async (bridge: string): Promise<void> => {
  const folders = readdirSync(tmpdir()).filter((name) => isLeft(name));
  for (const folder of folders.map((name) => join(tmpdir(), name))) {
    await endProcesses(folder);
    unmountBelow(folder);
    for (const line of said('losetup', '--list', '--noheadings', '--output', 'NAME,BACK-FILE')) {
      const [device = '', file = ''] = line.split(/\s+/);
      if (file.startsWith(`${folder}/`)) said('losetup', '--detach', device);
    }
    rmSync(folder, { recursive: true, force: true });
  }
  if (hasDaemon()) return;
  if (existsSync(join('/sys/class/net', bridge))) said('ip', 'link', 'delete', bridge);
  clearTables();
};

/** The tables of a daemon, and of the Lateen that used it. */
export const clearTables = (): void => {
  for (const table of ['inet incus', 'bridge incus', 'inet lateen'])
    said('nft', 'delete', 'table', ...table.split(' '));
};

/** Unmounts what a file system in user space has left when its process died: nobody can even look at it. */
export const clearDeadMount = (folder: string): void => {
  while (isDead(folder)) execFileSync('umount', ['--lazy', folder]);
};

const isDead = (folder: string): boolean => {
  try {
    statSync(folder);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOTCONN';
  }
};

const isLeft = (name: string): boolean => {
  const starter = name.startsWith(folderPrefix) ? /^\d+/.exec(name.slice(folderPrefix.length))?.[0] : undefined;
  return starter !== undefined && !existsSync(join('/proc', starter));
};

/** Its lines; none when it fails, as over what is not there. */
const said = (command: string, ...args: readonly string[]): string[] => {
  try {
    const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;
    const options = { env: { ...process.env, PATH }, stdio: ['ignore', 'pipe', 'ignore'] as 'pipe'[] };
    return String(execFileSync(command, args, options)).split('\n');
  } catch {
    return [];
  }
};

const processes = (): Process[] =>
  readdirSync('/proc').flatMap((name) => {
    try {
      const status = readFileSync(join('/proc', name, 'status'), 'utf8');
      const command = readFileSync(join('/proc', name, 'cmdline'), 'utf8').replaceAll('\0', ' ');
      return [{ pid: Number(name), parent: Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]), command }];
    } catch {
      // No process, or one that has just gone.
      return [];
    }
  });

/** Machines end with their first process, the child of a monitor that names the folder. The daemon goes before it can heal them. */
const endProcesses = async (folder: string): Promise<void> => {
  for (;;) {
    const all = processes();
    const own = all.filter(({ command }) => command.includes(`${folder}/`));
    if (own.length === 0) return;
    const pids = new Set(own.map(({ pid }) => pid));
    const children = all.filter(({ parent }) => pids.has(parent));
    for (const { pid } of [...own, ...children]) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Gone by itself.
      }
    }
    await sleep(100);
  }
};

const unmountBelow = (folder: string): void => {
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '');
  for (const mount of mounts.filter((path) => path.startsWith(`${folder}/`)).reverse()) said('umount', '--lazy', mount);
};

/** Whether somebody's daemon runs on the network of this process. */
const hasDaemon = (): boolean => {
  const network = (pid: number | 'self'): string | undefined => {
    try {
      return readlinkSync(`/proc/${pid}/ns/net`);
    } catch {
      return undefined;
    }
  };
  return processes().some(({ pid, command }) => /^(\S*\/)?incusd /.test(command) && network(pid) === network('self'));
};
