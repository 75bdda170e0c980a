import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { recipeOf } from '../../src/engines/incus/blueprints/recipes.ts';
import { type Incus, openIncus } from '../../src/engines/incus/client.ts';
import { incusDefaults } from '../../src/engines/incus/config.ts';
import { imageFor, importImage, labels } from '../../src/engines/incus/images.ts';
import { aptSources, buildImage, sourcesOf } from '../../src/engines/incus/images-build.ts';
import { prepare } from '../../src/engines/incus/setup.ts';
import { clearDeadMount, clearLeft, clearTables, folderPrefix } from './left.ts';

/** A daemon to test with. */
export interface TestIncus {
  readonly socket: string;
  readonly incus: Incus;
  /** Ends the daemon, whose machines run on, and starts it again. Rejects for one that was given. */
  restart(): Promise<void>;
  /** As when the host goes down and comes back: the machines go down with the daemon. Rejects likewise. */
  reboot(): Promise<void>;
  /** Leaves nothing behind of what it has made. */
  stop(): Promise<void>;
}

const env = {
  ...process.env,
  PATH: [process.env.PATH, '/usr/sbin', '/sbin', '/usr/libexec/incus'].join(delimiter),
};
const run = promisify(execFile);
const has = (program: string): boolean => spawnSync('which', [program], { env }).status === 0;

/** Why real machines cannot be tested here; undefined when they can. */
export const missing = (): string | undefined => {
  if (process.platform !== 'linux') return 'this is not Linux';
  if (process.getuid?.() !== 0) return 'this is not root';
  if (process.env.LATEEN_INCUS !== undefined) return undefined;
  const absent = ['incusd', 'incus', 'lxcfs', 'mkfs.btrfs', 'nft', 'conntrack', 'mmdebstrap', 'tar2sqfs'].filter(
    (program) => !has(program),
  );
  return absent.length === 0 ? undefined : `${absent.join(', ')} not installed: scripts/install-incus.sh does it`;
};

/** Where images are kept from one run to the next. */
export const cacheFolder = (): string => process.env.LATEEN_CACHE ?? join(homedir(), '.cache', 'lateen');

/**
 * The daemon whose socket LATEEN_INCUS names, or one of its own in a temporary folder, with a pool, a bridge and the image of
 * debian_12 in the project of Lateen.
 */
export const startTestIncus = async (): Promise<TestIncus> => {
  const given = process.env.LATEEN_INCUS;
  const daemon = given === undefined ? await startDaemon() : givenDaemon(given);
  const incus = openIncus({ socket: daemon.socket });
  try {
    await prepare(incus, { incus: daemon.socket, ...incusDefaults }, 'test');
    await ensureImage(incus, 'debian_12');
  } catch (error) {
    incus.close();
    await daemon.stop();
    throw error;
  }
  return {
    socket: daemon.socket,
    incus,
    restart: daemon.restart,
    reboot: daemon.reboot,
    async stop() {
      incus.close();
      await daemon.stop();
    },
  };
};

/** Builds the blueprint's image, unless an earlier run has. */
export const ensureImage = async (incus: Incus, blueprint: string): Promise<void> => {
  if ((await imageFor(incus, blueprint)) !== undefined) return;
  const recipe = recipeOf(blueprint);
  if (recipe === undefined) throw new Error(`there is no recipe of ${blueprint}`);
  const sources = sourcesOf(recipe.distribution, await aptSources());
  const built = await buildImage(recipe, { sources, cache: cacheFolder(), report: (line) => console.info(line) });
  await importImage(incus, blueprint, built, { [labels.blueprint]: blueprint, [labels.recipe]: built.hash });
};

/** What a daemon changes on the host, to be put back when it has gone. */
const sysctls = ['net/ipv4/ip_forward', 'net/ipv6/conf/all/forwarding'];

type Daemon = Pick<TestIncus, 'socket' | 'restart' | 'reboot' | 'stop'>;

const refuseRestart = () => Promise.reject(new Error('the daemon of LATEEN_INCUS is not ours to restart'));

const givenDaemon = (socket: string): Daemon => ({
  socket,
  restart: refuseRestart,
  reboot: refuseRestart,
  stop: async () => {},
});

const startDaemon = async (): Promise<Daemon> => {
  await clearLeft(incusDefaults.incusNetwork);
  const folder = mkdtempSync(join(tmpdir(), `${folderPrefix}${process.pid}-`));
  // Containers run as other users, who must be able to pass.
  chmodSync(folder, 0o711);
  const directory = join(folder, 'incus');
  mkdirSync(directory);
  const before = await Promise.all(
    sysctls.map(async (name) => (await run('cat', [`/proc/sys/${name}`])).stdout.trim()),
  );
  const lxcfs = await startLxcfs(join(folder, 'lxcfs.pid'));
  const settings = { ...env, INCUS_DIR: directory, INCUS_CONF: join(folder, 'conf'), HOME: folder };
  const begin = async () => {
    const child = spawn('incusd', ['--group', 'root', '--logfile', join(folder, 'log')], {
      env: settings,
      stdio: 'ignore',
      detached: true,
    });
    const ended = once(child, 'close');
    await run('incus', ['admin', 'waitready', '--timeout', '60'], { env: settings });
    return { child, ended };
  };
  let daemon = await begin();
  const shutDown = async (): Promise<void> => {
    await run('incus', ['admin', 'shutdown', '--timeout', '60'], { env: settings });
    await daemon.ended;
  };
  return {
    socket: join(directory, 'unix.socket'),
    async restart() {
      daemon.child.kill('SIGTERM');
      await daemon.ended;
      daemon = await begin();
    },
    async reboot() {
      await shutDown();
      daemon = await begin();
    },
    async stop() {
      await empty(join(directory, 'unix.socket'));
      await shutDown();
      await lxcfs?.();
      clearTables();
      await Promise.all(sysctls.map((name, index) => run('sysctl', ['-qw', `${name}=${before[index]}`], { env })));
      removePivots();
      rmSync(folder, { recursive: true });
    },
  };
};

const lxcfsFolder = '/var/lib/lxcfs';

/** One that runs already stays. */
const startLxcfs = async (pidFile: string): Promise<(() => Promise<void>) | undefined> => {
  clearDeadMount(lxcfsFolder);
  const isThere = (): boolean => existsSync(join(lxcfsFolder, 'proc'));
  if (isThere()) return undefined;
  mkdirSync(lxcfsFolder, { recursive: true });
  const child = spawn('lxcfs', ['--pidfile', pidFile, lxcfsFolder], { env, stdio: 'ignore', detached: true });
  const ended = once(child, 'close');
  while (!isThere()) {
    const end = child.exitCode ?? child.signalCode;
    if (end !== null) throw new Error(`lxcfs has ended with ${end}`);
    await sleep(20);
  }
  return async () => {
    child.kill();
    await ended;
  };
};

interface Named {
  readonly name: string;
  readonly type: string;
}

/** Takes everything out of the daemon, in the order in which it lets go. */
const empty = async (socket: string): Promise<void> => {
  const incus = openIncus({ socket });
  const { incusPool, incusNetwork } = incusDefaults;
  for (const { name, status } of await incus.get<(Named & { status: string })[]>('/1.0/instances?recursion=1')) {
    if (status !== 'Stopped')
      await incus.put(`/1.0/instances/${name}/state`, { action: 'stop', force: true, timeout: -1 });
    await incus.delete(`/1.0/instances/${name}`);
  }
  for (const { fingerprint } of await incus.get<{ fingerprint: string }[]>('/1.0/images?recursion=1'))
    await incus.delete(`/1.0/images/${fingerprint}`);
  const volumes = await incus.get<Named[]>(`/1.0/storage-pools/${incusPool}/volumes?recursion=1`);
  for (const { name, type } of volumes.filter(({ type }) => type === 'custom'))
    await incus.delete(`/1.0/storage-pools/${incusPool}/volumes/${type}/${name}`);
  await incus.delete(`/1.0/projects/lateen?project=default`);
  await incus.delete(`/1.0/networks/${incusNetwork}?project=default`);
  await incus.delete(`/1.0/storage-pools/${incusPool}?project=default`);
  incus.close();
};

/** Empty groups that containers leave in cgroups of version 1. */
const removePivots = (): void => {
  for (const controller of readdirSync('/sys/fs/cgroup'))
    spawnSync('rmdir', [join('/sys/fs/cgroup', controller, 'lxc.pivot')], { stdio: 'ignore' });
};
