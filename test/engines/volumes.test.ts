/** Disks and snapshots of real machines: what is written to them, and what is left of them. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type IncusOptions, incusDefaults } from '../../src/engines/incus/config.ts';
import { createInstances, type IncusInstance } from '../../src/engines/incus/instances.ts';
import { label, nameOf } from '../../src/engines/incus/labels.ts';
import { createIncusMachines } from '../../src/engines/incus/machines.ts';
import { run } from '../../src/engines/incus/network/run.ts';
import { createIncusDisks } from '../../src/engines/incus/volumes-engine.ts';
import { createLoops } from '../../src/engines/incus/volumes-loop.ts';
import { createPool } from '../../src/engines/incus/volumes-pool.ts';
import { EngineRefusal, type MachineSpec, type Unsettled, type VolumeSpec } from '../../src/engines/machine.ts';
import { newSpec } from './contract.ts';
import { missing, startTestIncus, type TestIncus } from './incus.ts';

const why = missing();
if (why !== undefined) console.info(`skipped: disks of Incus, since ${why}`);

describe.skipIf(why !== undefined)('disks of Incus', () => {
  const owner = randomUUID();
  const network = { set: async () => {}, remove: async () => {} };
  let daemon: TestIncus;
  let options: IncusOptions;
  let machines: ReturnType<typeof createIncusMachines>;
  let disks: ReturnType<typeof createIncusDisks>;
  let host = 10;

  const restart = async (): Promise<void> => {
    await disks?.close();
    const { incus } = daemon;
    const instances = createInstances(incus, owner);
    const log = (line: Record<string, unknown>): void => {
      throw new Error(JSON.stringify(line));
    };
    machines = createIncusMachines({ incus, owner, options, instances, network });
    disks = createIncusDisks({ incus, owner, options, machines: instances, clock: { now: Date.now }, run, log });
    await disks.restore();
  };

  beforeAll(async () => {
    daemon = await startTestIncus();
    options = { incus: daemon.socket, ...incusDefaults };
    await restart();
  });

  afterAll(async () => {
    await disks.close();
    const all = await daemon.incus.get<IncusInstance[]>('/1.0/instances?recursion=1');
    for (const { config } of all.filter(({ config }) => config[label.owner] === owner)) {
      const id = config[label.id] ?? '';
      await (config[label.kind] === 'machine' ? machines.delete(id) : disks.deleteSnapshot(id));
    }
    for (const { id, kind } of await createPool(daemon.incus, owner, options).list())
      await (kind === 'volume' ? disks.deleteVolume(id) : disks.deleteSnapshot(id));
    await daemon.stop();
  });

  const done = async (change: () => Promise<Unsettled | undefined>): Promise<void> => {
    while ((await change()) !== undefined) await sleep(200);
    // Once more, as after a crash.
    expect(await change()).toBeUndefined();
  };
  const inside = async (id: string, ...command: string[]): Promise<string> => {
    const { code, stdout, stderr } = await daemon.incus.exec(nameOf('machine', id), command);
    if (code !== 0) throw new Error(`${command.join(' ')}: ${stderr}`);
    return stdout.trim();
  };
  const write = (id: string, file: string, text: string) => inside(id, 'sh', '-c', `echo "${text}" > ${file} && sync`);
  /** Begins a command that stays, as soon as the machine has come so far. */
  const leave = async (id: string, unit: string, ...command: string[]): Promise<void> => {
    // Early in the boot it may fail and begin all the same.
    const isActive = () => daemon.incus.exec(nameOf('machine', id), ['systemctl', 'is-active', unit]);
    const begin = () => daemon.incus.exec(nameOf('machine', id), ['systemd-run', `--unit=${unit}`, ...command]);
    while ((await isActive()).code !== 0 && (await begin()).code !== 0) await sleep(200);
  };
  const running = async (more: Partial<MachineSpec> = {}): Promise<string> => {
    const addresses = { privateIp: `172.26.249.${host++}`, ipv6: [] };
    const spec = newSpec({ addresses, ...more });
    await machines.create(spec);
    await machines.start(spec.id);
    return spec.id;
  };
  const volume = async (from?: VolumeSpec['from'], sizeInGb = 1): Promise<string> => {
    const spec = { id: randomUUID(), name: 'data', zone: 'us-east-1a', sizeInGb, from };
    await done(() => disks.createVolume(spec));
    return spec.id;
  };
  const attach = (id: string, machine: string, path = '/dev/xvdf') => done(() => disks.attachVolume(id, machine, path));
  const detach = (id: string, machine: string) => done(() => disks.detachVolume(id, machine));
  const stop = (id: string) => machines.stop(id, true);
  const whole = async (id: string): Promise<void> => {
    while ((await disks.snapshotProgress(id)).until !== undefined) await sleep(300);
    expect(await disks.snapshotProgress(id)).toEqual({ percent: 100 });
  };
  const file = (name: string): string => createPool(daemon.incus, owner, options).file(name);
  const loopsOf = async (id: string): Promise<string> =>
    (await promisify(execFile)('losetup', ['-j', file(nameOf('volume', id))])).stdout.trim();
  const nothingLeftOf = async (id: string): Promise<void> => {
    expect(await loopsOf(id)).toBe('');
    expect(existsSync(file(nameOf('volume', id)))).toBe(false);
    expect(existsSync(createLoops(run).path(nameOf('volume', id)))).toBe(false);
  };

  test('what is written to a disk is there in the next machine, and deleting leaves nothing', async () => {
    const [one, two] = [await running(), await running()];
    const disk = await volume();
    await attach(disk, one);
    await inside(one, 'mkfs.ext4', '-q', '/dev/xvdf');
    await inside(one, 'mount', '/dev/xvdf', '/mnt');
    await inside(one, 'install', '-o', 'admin', '-d', '/mnt/of-admin');
    await write(one, '/mnt/text', 'kept');
    expect(await inside(one, 'blockdev', '--getsize64', '/dev/xvdf')).toBe(String(2 ** 30));
    await expect(disks.attachVolume(disk, two, '/dev/xvdf')).rejects.toThrow(EngineRefusal);
    await stop(one);
    await detach(disk, one);
    expect(await loopsOf(disk)).toBe('');
    await attach(disk, two, '/dev/xvdg');
    await inside(two, 'mount', '/dev/xvdg', '/mnt');
    expect(await inside(two, 'cat', '/mnt/text')).toBe('kept');
    expect(await inside(two, 'stat', '-c', '%U', '/mnt/of-admin')).toBe('admin');
    await machines.delete(two);
    await detach(disk, two);
    await machines.delete(one);
    await disks.deleteVolume(disk);
    await disks.deleteVolume(disk);
    await nothingLeftOf(disk);
  });

  test('a disk is never written to by two: one that is in use stays where it is, and one that is not is unmounted', async () => {
    const machine = await running();
    const disk = await volume();
    await attach(disk, machine);
    await inside(machine, 'mkfs.ext4', '-q', '/dev/xvdf');
    await inside(machine, 'mount', '/dev/xvdf', '/mnt');
    await leave(machine, 'sitter', '--working-directory=/mnt', 'sleep', '1000');
    await expect(disks.detachVolume(disk, machine)).rejects.toThrow(EngineRefusal);
    expect(await inside(machine, 'ls', '/dev/xvdf')).toBe('/dev/xvdf');
    await write(machine, '/mnt/text', 'kept');
    await inside(machine, 'systemctl', 'stop', 'sitter');
    await detach(disk, machine);
    await expect(inside(machine, 'ls', '/dev/xvdf')).rejects.toThrow();
    expect(await loopsOf(disk)).toBe('');
    await attach(disk, machine);
    await inside(machine, 'mount', '/dev/xvdf', '/mnt');
    expect(await inside(machine, 'cat', '/mnt/text')).toBe('kept');
    await machines.delete(machine);
    await disks.deleteVolume(disk);
    await nothingLeftOf(disk);
  });

  test('a machine that starts has its disks again, also after the host has', async () => {
    const machine = await running();
    const disk = await volume();
    await attach(disk, machine);
    await inside(machine, 'mkfs.ext4', '-q', '/dev/xvdf');
    await inside(machine, 'mkdir', '/data');
    await write(machine, '/etc/fstab', '/dev/xvdf /data ext4 defaults,nofail 0 2');
    await inside(machine, 'mount', '-a');
    await write(machine, '/data/text', 'kept');
    await stop(machine);
    // The host goes off and comes back: Incus starts the machine before Lateen is there.
    expect(await createLoops(run).close(nameOf('volume', disk), file(nameOf('volume', disk)))).toBe(true);
    await machines.start(machine);
    await restart();
    expect(await inside(machine, 'cat', '/data/text')).toBe('kept');
    await stop(machine);
    await machines.start(machine);
    const mounted = async (): Promise<string> => inside(machine, 'cat', '/data/text').catch(() => '');
    while ((await mounted()) !== 'kept') await sleep(200);
    await machines.delete(machine);
    await disks.deleteVolume(disk);
    await nothingLeftOf(disk);
  });

  test('a snapshot of a mounted disk is whole, outlives the disk and makes larger ones', async () => {
    const machine = await running();
    const disk = await volume();
    await attach(disk, machine);
    await inside(machine, 'mkfs.ext4', '-q', '/dev/xvdf');
    await inside(machine, 'mount', '/dev/xvdf', '/mnt');
    await write(machine, '/mnt/text', 'first');
    const [snapshot, other] = [randomUUID(), randomUUID()];
    for (const _ of [1, 2]) await disks.snapshotVolume(snapshot, disk);
    await whole(snapshot);
    const shares = await run('btrfs', ['filesystem', 'du', '--raw', '--summarize', file(nameOf('snapshot', snapshot))]);
    const [total, exclusive] = shares.split('\n')[1]?.trim().split(/\s+/).map(Number) ?? [];
    expect(total).toBeGreaterThan(0);
    expect(exclusive).toBe(0);
    await write(machine, '/mnt/text', 'second');
    await disks.copySnapshot(other, snapshot);
    await disks.deleteSnapshot(snapshot);
    await expect(disks.snapshotProgress(snapshot)).rejects.toThrow(EngineRefusal);
    await run('e2fsck', ['-fn', file(nameOf('snapshot', other))]);
    const second = await volume({ snapshot: other }, 2);
    await attach(second, machine, '/dev/xvdg');
    await inside(machine, 'e2fsck', '-fp', '/dev/xvdg');
    await inside(machine, 'resize2fs', '/dev/xvdg');
    await inside(machine, 'mkdir', '/second');
    await inside(machine, 'mount', '/dev/xvdg', '/second');
    expect(await inside(machine, 'cat', '/second/text')).toBe('first');
    expect(
      Number(await inside(machine, 'df', '--output=size', '/second').then((text) => text.split('\n')[1])),
    ).toBeGreaterThan(1.5 * 2 ** 20);
    await machines.delete(machine);
    for (const id of [disk, second]) await disks.deleteVolume(id);
    await disks.deleteSnapshot(other);
    for (const id of [disk, second]) await nothingLeftOf(id);
  });

  test('a machine and its disks are of one moment, and a new one of them has an identity of its own', async () => {
    const machine = await running();
    const disk = await volume();
    await attach(disk, machine);
    await inside(machine, 'mkfs.ext4', '-q', '/dev/xvdf');
    await inside(machine, 'mount', '/dev/xvdf', '/mnt');
    // Counts up, first on the one disk and then on the other.
    const counting =
      'i=0; while :; do i=$((i+1)); echo $i > /root/count; sync /root/count; echo $i > /mnt/count; sync /mnt/count; done';
    await leave(machine, 'counting', 'sh', '-c', counting);
    const hostKeys = async (of: string) => {
      for (;;) {
        const keys = await machines.hostKeys(of, 'ssh');
        if (keys.length > 0) return keys;
        await sleep(200);
      }
    };
    const [keys, machineId] = [await hostKeys(machine), await inside(machine, 'cat', '/etc/machine-id')];
    const [snapshot, copy] = [randomUUID(), randomUUID()];
    for (const _ of [1, 2]) await disks.snapshotMachine(snapshot, machine, [{ id: disk, path: '/dev/xvdf' }]);
    await whole(snapshot);
    // All goes on.
    const at = Number(await inside(machine, 'cat', '/mnt/count'));
    while (Number(await inside(machine, 'cat', '/mnt/count')) <= at) await sleep(100);
    await machines.delete(machine);
    await disks.deleteVolume(disk);
    await disks.copySnapshot(copy, snapshot);
    await disks.deleteSnapshot(snapshot);
    const [again, data] = [await running({ from: copy }), await volume({ snapshot: copy, path: '/dev/xvdf' })];
    await disks.deleteSnapshot(copy);
    await attach(data, again, '/dev/xvdf');
    await inside(again, 'mount', '/dev/xvdf', '/mnt');
    const [system, attached] = [
      await inside(again, 'cat', '/root/count'),
      await inside(again, 'cat', '/mnt/count'),
    ].map(Number);
    expect(system).toBeGreaterThan(0);
    expect([system, (system ?? 0) - 1]).toContain(attached);
    expect((await hostKeys(again)).map(({ publicKey }) => publicKey)).not.toEqual(
      keys.map(({ publicKey }) => publicKey),
    );
    expect(await inside(again, 'cat', '/etc/machine-id')).not.toBe(machineId);
    expect(await inside(again, 'hostname')).toMatch(/^ip-172-26-249-/);
    await machines.delete(again);
    await disks.deleteVolume(data);
    await nothingLeftOf(data);
  });

  test('the system disk of a machine becomes a disk, also when the work was cut short', async () => {
    const machine = await running();
    await write(machine, '/home/admin/text', 'kept');
    await inside(machine, 'chown', 'admin', '/home/admin/text');
    const snapshot = randomUUID();
    for (const _ of [1, 2]) await disks.snapshotVolume(snapshot, machine);
    expect((await disks.snapshotProgress(snapshot)).until).toBeGreaterThan(0);
    await restart();
    await whole(snapshot);
    expect(await daemon.incus.find(`/1.0/instances/${nameOf('snapshot', snapshot)}`)).toBeUndefined();
    const disk = await volume({ snapshot }, 8);
    await attach(disk, machine);
    await inside(machine, 'mount', '/dev/xvdf', '/mnt');
    expect(await inside(machine, 'cat', '/mnt/home/admin/text')).toBe('kept');
    expect(await inside(machine, 'stat', '-c', '%U', '/mnt/home/admin/text')).toBe('admin');
    await machines.delete(machine);
    await disks.deleteVolume(disk);
    await disks.deleteSnapshot(snapshot);
    await nothingLeftOf(disk);
  });

  test('the system disk in a snapshot of a machine becomes a disk', async () => {
    const machine = await running();
    await write(machine, '/root/text', 'kept');
    const [snapshot, exported] = [randomUUID(), randomUUID()];
    await disks.snapshotMachine(snapshot, machine, []);
    await done(() => disks.exportSnapshot(exported, snapshot));
    await disks.deleteSnapshot(snapshot);
    const disk = await volume({ snapshot: exported, path: '/dev/xvda' }, 8);
    await attach(disk, machine);
    await inside(machine, 'mount', '/dev/xvdf', '/mnt');
    expect(await inside(machine, 'cat', '/mnt/root/text')).toBe('kept');
    await machines.delete(machine);
    await disks.deleteVolume(disk);
    await disks.deleteSnapshot(exported);
    await nothingLeftOf(disk);
  });

  test('what is not there is refused, and leaves nothing', async () => {
    const [id, gone] = [randomUUID(), randomUUID()];
    const spec = { id, name: 'data', zone: 'us-east-1a', sizeInGb: 1 };
    for (const path of [undefined, '/dev/xvdf', '/dev/xvda'])
      await expect(disks.createVolume({ ...spec, from: { snapshot: gone, path } })).rejects.toThrow(EngineRefusal);
    await nothingLeftOf(id);
    for (const change of [
      () => disks.attachVolume(gone, gone, '/dev/xvdf'),
      () => disks.snapshotMachine(id, gone, []),
      () => disks.snapshotVolume(id, gone),
      () => disks.copySnapshot(id, gone),
      () => disks.exportSnapshot(id, gone),
      () => disks.snapshotProgress(gone),
    ])
      await expect(change()).rejects.toThrow(EngineRefusal);
    expect(await disks.detachVolume(gone, gone)).toBeUndefined();
    await disks.deleteVolume(gone);
    await disks.deleteSnapshot(gone);
    expect(await daemon.incus.find(`/1.0/instances/${nameOf('snapshot', id)}`)).toBeUndefined();
  });
});
