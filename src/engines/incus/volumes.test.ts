import { beforeEach, expect, test } from 'vitest';
import { EngineRefusal } from '../machine.ts';
import type { Incus } from './client.ts';
import { incusDefaults } from './config.ts';
import { complete, createInstances } from './instances.ts';
import { label, labelsOf, nameOf } from './labels.ts';
import { createIncusSnapshots } from './snapshots.ts';
import { sourceOfMachine } from './snapshots-source.ts';
import { createIncusVolumes, type VolumesWorld } from './volumes.ts';
import { createPool } from './volumes-pool.ts';
import { createStillness, parseMounts } from './volumes-still.ts';
import { createSystemDisks } from './volumes-system.ts';

type Config = Record<string, string>;
interface Thing {
  config: Config;
  devices: Record<string, Config>;
  type?: string;
  status?: string;
  source?: { source?: string; name?: string };
}

/** What an Incus and a host remember. A call that `fails` names is the last one that this process makes. */
interface State {
  instances: Record<string, Thing>;
  volumes: Record<string, Thing>;
  loops: Record<string, string>;
  frozen: string[];
}

const owner = 'us';
const base = `/1.0/storage-pools/${incusDefaults.incusPool}/volumes/custom`;
let state: State;
let busy: boolean;
/** What the kernel is told about control groups. */
let told: (line: string) => void;
let calls: number;
/** Which call the process dies at, and whether that one is still carried out. */
let death: { at: number; after: boolean } | undefined;

class Died extends Error {}

const carry = <T>(act: () => T): T => {
  calls += 1;
  if (death === undefined || calls < death.at) return act();
  if (calls === death.at && death.after) act();
  throw new Died('the process has died');
};

const shelf = (path: string): [Record<string, Thing>, string] => {
  const [, name = ''] = /\/([^/]+?)(\/state)?$/.exec(path) ?? [];
  return [path.startsWith(base) ? state.volumes : state.instances, name];
};
const find = (path: string): Thing | undefined => {
  const [on, name] = shelf(path);
  return on[name];
};
const described = (name: string, thing: Thing) => ({ name, ...structuredClone(thing) });

const change = (path: string, to: (thing: Thing) => void): unknown =>
  carry(() => {
    const found = find(path);
    if (found === undefined) throw new Error(`${path} not found`);
    return to(found);
  });

const incus = {
  async get<T>(path: string) {
    if (path.startsWith('/1.0/operations')) return {} as T;
    const list = { [`${base}?recursion=1`]: state.volumes, '/1.0/instances?recursion=1': state.instances }[path];
    if (list !== undefined) return Object.entries(list).map(([name, thing]) => described(name, thing)) as T;
    const found = find(path);
    if (found === undefined) throw new Error(`${path} not found`);
    return { pid: 42, ...described(shelf(path)[1], found) } as T;
  },
  async find<T>(path: string) {
    const found = find(path);
    return found && (described(shelf(path)[1], found) as T);
  },
  async post<T>(path: string, body: unknown) {
    const { name, source, config, devices, type } = body as Thing & { name: string };
    carry(() => {
      const on = path === base ? state.volumes : state.instances;
      const of = source && on[source.source ?? source.name ?? ''];
      if (source !== undefined && of === undefined) throw new Error('Source not found');
      if (on[name] !== undefined) throw new Error(`${name} is there`);
      const inherited = path === base ? {} : of?.config;
      on[name] = {
        config: { ...inherited, ...config },
        devices: { ...of?.devices, ...devices },
        ...(type === undefined ? {} : { type, status: 'Stopped' }),
      };
    });
    return {} as T;
  },
  async put<T>(path: string, body: unknown) {
    change(path, (thing) => {
      const { action } = body as { action?: string };
      if (action === undefined) Object.assign(thing, structuredClone(body), { profiles: undefined });
      else thing.status = action === 'freeze' ? 'Frozen' : 'Running';
    });
    return {} as T;
  },
  async patch<T>(path: string, body: unknown) {
    change(path, (thing) => {
      const { config, devices } = body as Partial<Thing>;
      Object.assign(thing.config, config);
      Object.assign(thing.devices, devices);
    });
    return {} as T;
  },
  async delete(path) {
    carry(() => {
      const [on, name] = shelf(path);
      delete on[name];
    });
  },
  upload: async () => expect.unreachable(),
  readFile: async () => undefined,
  exec: async () => ({ code: 1, stdout: '', stderr: '' }),
  socket: async () => expect.unreachable(),
  onEvent: () => () => {},
  close() {},
} satisfies Partial<Incus> as unknown as Incus;

const loops = {
  path: (name: string) => `/dev/lateen/${name}`,
  open: async (name: string, file: string) =>
    carry(() => {
      const isNew = state.loops[name] === undefined;
      state.loops[name] = file;
      return isNew;
    }),
  async close(name: string, _file: string, meanwhile?: () => Promise<unknown>) {
    if (busy) return false;
    await meanwhile?.();
    carry(() => delete state.loops[name]);
    return true;
  },
  isBusy: async () => busy,
  number: async (file: string) => (Object.values(state.loops).includes(file) ? '7:1' : undefined),
  flush: async () => {},
} satisfies Partial<VolumesWorld['loops']> as unknown as VolumesWorld['loops'];

const run = async (command: string, args: readonly string[]): Promise<string> =>
  carry(() => {
    if (args.includes('--freeze')) state.frozen.push(args.at(-1) ?? '');
    if (args.includes('--unfreeze')) state.frozen = [];
    return command === 'du' ? '1000\t.' : '';
  });

/** As a process that has just begun. */
const start = (at?: typeof death) => {
  [calls, death] = [0, at];
  const options = { incus: '/nowhere/unix.socket', ...incusDefaults };
  const pool = createPool(incus, owner, options);
  const host = {
    write: async (file: string, text: string) => told(`${file} ${text}`),
    read: async (file: string) =>
      file.endsWith('cgroup')
        ? '6:freezer:/lxc.payload.x\n'
        : '51 1699 7:1 / /mnt\\040two rw,relatime,idmapped shared:515 - ext4 /dev/xvdf rw\n',
    visit: async (folder: string, _device: string, use: (path: string) => Promise<unknown>) => {
      await use(folder);
      return true;
    },
  };
  const world: VolumesWorld = {
    incus,
    owner,
    clock: { now: () => 1_000 },
    options,
    machines: createInstances(incus, owner),
    copies: createInstances(incus, owner, 'snapshot'),
    pool,
    loops,
    still: createStillness(incus, run, loops, host),
    systemDisks: createSystemDisks(pool, run),
    log: (line) => expect.unreachable(JSON.stringify(line)),
  };
  const [volumes, snapshots] = [createIncusVolumes(world), createIncusSnapshots(world)];
  return {
    ...volumes,
    ...snapshots,
    async restore() {
      await volumes.restore();
      await snapshots.restore();
    },
  };
};
type Disks = ReturnType<typeof start>;

const machine = (id: string, status = 'Running'): void => {
  const known = { id, size: { cpuCount: 1, ramSizeInGb: 1, diskSizeInGb: 8 } };
  const config = { ...labelsOf(owner, 'machine', id), [label.spec]: JSON.stringify(known), [complete]: 'true' };
  state.instances[nameOf('machine', id)] = {
    type: 'container',
    status,
    config,
    devices: { root: { type: 'disk', path: '/' }, eth0: { type: 'nic' } },
  };
};

const spec = { id: 'data', name: 'data', zone: 'us-east-1a', sizeInGb: 8 };
const attached = [{ id: 'data', path: '/dev/xvdf' }];

beforeEach(() => {
  state = { instances: {}, volumes: {}, loops: {}, frozen: [] };
  busy = false;
  told = () => {};
  for (const id of ['one', 'two']) machine(id);
});

/** What is done to the things that `before` makes, and what takes it back; both until they are through. */
interface Change {
  readonly before: (disks: Disks) => Promise<unknown>;
  readonly make: (disks: Disks) => Promise<unknown>;
  readonly undo: (disks: Disks) => Promise<unknown>;
}

const untilWhole = async (disks: Disks, id: string): Promise<void> => {
  while ((await disks.snapshotProgress(id)).until !== undefined) await new Promise(setImmediate);
};
const untilMade = async (disks: Disks, from: Parameters<Disks['createVolume']>[0]['from']): Promise<void> => {
  while ((await disks.createVolume({ ...spec, id: 'new', from })) !== undefined) await new Promise(setImmediate);
};
const nothing = async (): Promise<void> => {};
const made = (disks: Disks) => disks.createVolume(spec);
const mounted = async (disks: Disks): Promise<void> => {
  await made(disks);
  await disks.attachVolume('data', 'one', '/dev/xvdf');
};
const taken = async (disks: Disks): Promise<void> => {
  await mounted(disks);
  await disks.snapshotMachine('snap', 'one', attached);
};

const changes: Readonly<Record<string, Change>> = {
  'a blank volume': { before: nothing, make: made, undo: (disks) => disks.deleteVolume('data') },
  'an attachment': {
    before: made,
    make: (disks) => disks.attachVolume('data', 'one', '/dev/xvdf'),
    undo: (disks) => disks.detachVolume('data', 'one'),
  },
  'a detachment': {
    before: mounted,
    make: (disks) => disks.detachVolume('data', 'one'),
    undo: (disks) => disks.attachVolume('data', 'one', '/dev/xvdf'),
  },
  'a snapshot of a disk': {
    before: mounted,
    make: (disks) => disks.snapshotVolume('snap', 'data'),
    undo: (disks) => disks.deleteSnapshot('snap'),
  },
  'a snapshot of a system disk': {
    before: nothing,
    async make(disks) {
      await disks.snapshotVolume('snap', 'one');
      await untilWhole(disks, 'snap');
    },
    undo: (disks) => disks.deleteSnapshot('snap'),
  },
  'a snapshot of a machine': {
    before: mounted,
    make: (disks) => disks.snapshotMachine('snap', 'one', attached),
    undo: (disks) => disks.deleteSnapshot('snap'),
  },
  'a copy of a snapshot': {
    before: taken,
    make: (disks) => disks.copySnapshot('copy', 'snap'),
    undo: (disks) => disks.deleteSnapshot('copy'),
  },
  'an export': {
    before: taken,
    make: (disks) => disks.exportSnapshot('copy', 'snap'),
    undo: (disks) => disks.deleteSnapshot('copy'),
  },
  'a volume of a snapshot': {
    before: taken,
    make: (disks) => untilMade(disks, { snapshot: 'snap', path: '/dev/xvdf' }),
    undo: (disks) => disks.deleteVolume('new'),
  },
  'a volume of the system disk in a snapshot': {
    before: taken,
    make: (disks) => untilMade(disks, { snapshot: 'snap', path: '/dev/xvda' }),
    undo: (disks) => disks.deleteVolume('new'),
  },
};

/** Every end that the process can meet on the way: at each call, before it is carried out and after. */
test.each(Object.entries(changes))('%s is made, or leaves nothing, wherever the process dies', async (_, parts) => {
  const { before, make, undo } = parts;
  await before(start());
  const clean = structuredClone(state);
  await make(start());
  const whole = structuredClone(state);
  const length = calls;
  expect(whole).not.toEqual(clean);
  expect(length).toBeGreaterThan(0);
  await make(start());
  expect(state).toEqual(whole);
  for (let at = 1; at <= length; at += 1) {
    for (const after of [false, true]) {
      for (const [then, end] of [
        [make, whole],
        [undo, clean],
      ] as const) {
        state = structuredClone(clean);
        const died = make(start({ at, after }));
        // What is done in the background may be seen to be done before it is told that it has died.
        if (at === length && after) await died.catch(() => {});
        else await expect(died, `call ${at}`).rejects.toThrow(Died);
        const next = start();
        await next.restore();
        expect(state.frozen).toEqual([]);
        expect(state.instances['i-one']?.status).toBe('Running');
        await then(next);
        expect(state, `call ${at} of ${length}, ${after ? 'after' : 'before'} it was carried out`).toEqual(end);
      }
    }
  }
});

test('a failure that the process survives leaves nothing, and nothing is held still', async () => {
  await mounted(start());
  const before = structuredClone(state);
  const fails = { ...incus, post: async () => Promise.reject(new EngineRefusal('No space left')) };
  const post = incus.post;
  incus.post = fails.post;
  const disks = start();
  try {
    await expect(disks.snapshotMachine('snap', 'one', attached)).rejects.toThrow('No space left');
    await expect(disks.snapshotVolume('snap', 'data')).rejects.toThrow('No space left');
    await expect(disks.createVolume({ ...spec, id: 'new' })).rejects.toThrow('No space left');
  } finally {
    incus.post = post;
  }
  expect(state).toEqual(before);
});

test('a machine is held still while it is copied, processes and file systems', async () => {
  await mounted(start());
  const post = incus.post;
  const seen: unknown[] = [];
  incus.post = async (path, body) => {
    seen.push([state.instances['i-one']?.status, [...state.frozen]]);
    return post(path, body);
  };
  try {
    await start().snapshotMachine('snap', 'one', attached);
    await start().snapshotVolume('disk', 'data');
  } finally {
    incus.post = post;
  }
  const frozen = ['/proc/42/root/mnt two'];
  expect(seen).toEqual([
    ['Frozen', frozen],
    ['Frozen', frozen],
    ['Running', frozen],
  ]);
  expect(state.frozen).toEqual([]);
});

test('a machine and its disk are copied one after the other: the end of one does not wake what the other copies', async () => {
  await mounted(start());
  const post = incus.post;
  const asleep: boolean[] = [];
  incus.post = async (path, body) => {
    for (const _ of [1, 2, 3]) await new Promise(setImmediate);
    asleep.push(state.frozen.length === 1);
    return post(path, body);
  };
  const disks = start();
  try {
    await Promise.all([disks.snapshotMachine('snap', 'one', attached), disks.snapshotVolume('disk', 'data')]);
  } finally {
    incus.post = post;
  }
  expect(asleep).toEqual([true, true, true]);
  expect([state.frozen, state.instances['i-one']?.status]).toEqual([[], 'Running']);
});

test('a virtual machine has a volume as a disk of its own, and this host has no device of it', async () => {
  state.instances['i-one']!.type = 'virtual-machine';
  await mounted(start());
  expect(state.instances['i-one']?.devices['v-data']).toEqual({ type: 'disk', pool: 'lateen', source: 'v-data' });
  expect(state.loops).toEqual({});
  await start().detachVolume('data', 'one');
  expect(Object.keys(state.instances['i-one']?.devices ?? {})).toEqual(['root', 'eth0']);
});

test('a machine that does not come to rest is told again, by way of its control group', async () => {
  const put = incus.put;
  incus.put = async <T>(path: string, body: unknown) => {
    const { action } = body as { action?: string };
    if (action !== 'freeze') return put<T>(path, body);
    const line = await new Promise<string>((resolve) => {
      told = resolve;
    });
    expect(line).toBe('/sys/fs/cgroup/freezer/lxc.payload.x/freezer.state FROZEN');
    return put<T>(path, body);
  };
  try {
    await start().snapshotMachine('snap', 'one', []);
  } finally {
    incus.put = put;
  }
  expect(state.instances['i-one']?.status).toBe('Running');
  expect(state.instances['s-snap']?.config[complete]).toBe('true');
});

test('a copy of a machine has its system disk and nothing else of it', async () => {
  await taken(start());
  expect(state.instances['s-snap']?.devices).toEqual({ root: { type: 'disk', path: '/' } });
  expect(state.instances['s-snap']?.config[label.kind]).toBe('snapshot');
  expect((await sourceOfMachine(incus, owner, 'snap')).name).toBe('s-snap');
  await expect(sourceOfMachine(incus, 'another', 'snap')).rejects.toThrow(EngineRefusal);
});

test('a volume is in one machine, and leaves none that still uses it', async () => {
  await mounted(start());
  await expect(start().attachVolume('data', 'two', '/dev/xvdf')).rejects.toThrow(EngineRefusal);
  expect(await start().detachVolume('data', 'two')).toBeUndefined();
  busy = true;
  const before = structuredClone(state);
  await expect(start().detachVolume('data', 'one')).rejects.toThrow(EngineRefusal);
  machine('one', 'Stopped');
  state.instances['i-one']!.devices = before.instances['i-one']!.devices;
  // Its mounts are about to end.
  expect(await start().detachVolume('data', 'one')).toEqual({ until: 2_000 });
  delete state.instances['i-one'];
  expect(await start().attachVolume('data', 'two', '/dev/xvdf')).toEqual({ until: 2_000 });
  busy = false;
  expect(await start().attachVolume('data', 'two', '/dev/xvdf')).toBeUndefined();
  expect(state.instances['i-two']?.devices['v-data']?.path).toBe('/dev/xvdf');
});

test('after a reboot of the host a disk is a device again, and the machine gets it anew', async () => {
  await mounted(start());
  const before = structuredClone(state);
  state.loops = {};
  await start().restore();
  expect(state).toEqual(before);
});

test("another Lateen's volumes are not seen, and not removed", async () => {
  await made(start());
  state.volumes['v-data']!.config[label.owner] = 'another';
  await expect(start().attachVolume('data', 'one', '/dev/xvdf')).rejects.toThrow(EngineRefusal);
  await expect(start().deleteVolume('data')).rejects.toThrow(EngineRefusal);
  await expect(start().createVolume(spec)).rejects.toThrow(EngineRefusal);
  expect(Object.keys(state.volumes)).toEqual(['v-data']);
});

test('mounts are read as the kernel writes them', () => {
  expect(parseMounts('36 35 98:0 /a /mnt\\0402\\134 rw - ext3 /dev/root rw\n\nx')).toEqual([
    { device: '98:0', folder: '/mnt 2\\' },
  ]);
});
