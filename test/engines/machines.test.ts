/** The engine incus by itself: the contract that every engine keeps, and what only real machines do. */
import { rmSync } from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCatalogue } from '../../src/catalogue.ts';
import { incusDefaults } from '../../src/engines/incus/config.ts';
import { startIncusEngine } from '../../src/engines/incus/engine.ts';
import type { IncusInstance } from '../../src/engines/incus/instances.ts';
import { label, nameOf } from '../../src/engines/incus/labels.ts';
import { EngineRefusal } from '../../src/engines/machine.ts';
import { createInstanceKeys } from '../../src/iam/instance-keys.ts';
import { randomIds } from '../../src/ids.ts';
import { simulatedPublicCidr } from '../../src/network.ts';
import { migrate } from '../../src/store/migrate.ts';
import { createSeal } from '../../src/store/seal.ts';
import { openSqlite } from '../../src/store/sqlite/store.ts';
import type { Store } from '../../src/store/store.ts';
import { type Bench, contract, newSpec, settled } from './contract.ts';
import { missing, startTestIncus, type TestIncus } from './incus.ts';

const why = missing();
if (why !== undefined) console.info(`skipped: machines of Incus, since ${why}`);

describe.skipIf(why !== undefined)('machines of Incus', () => {
  let folder: string;
  let store: Store;
  let daemon: TestIncus;
  let engine: Awaited<ReturnType<typeof startIncusEngine>>;
  let started = false;
  let bench: Bench;

  const start = async (data = folder): Promise<void> => {
    engine = await startIncusEngine({
      options: { incus: daemon.socket, ...incusDefaults },
      data,
      store,
      clock: { now: Date.now },
      catalogue: createCatalogue(),
      ids: randomIds,
      publicCidr: simulatedPublicCidr,
      publicIsRouted: false,
      instanceKeys: createInstanceKeys(createSeal(randomIds.bytes(32), randomIds), randomIds, Date.now),
      hostPorts: [],
      log: (line) => console.info(JSON.stringify(line)),
    });
    started = true;
    bench = { machines: engine, now: Date.now };
  };
  const instance = (id: string): Promise<IncusInstance> => daemon.incus.get(`/1.0/instances/${nameOf('machine', id)}`);
  const inside = (id: string, ...command: string[]) => daemon.incus.exec(nameOf('machine', id), command);
  const booted = async (...args: Parameters<typeof newSpec>) => {
    const spec = newSpec(...args);
    await engine.create(spec);
    await engine.start(spec.id);
    return spec;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lateen-engine-'));
    store = openSqlite(join(folder, 'lateen.db'));
    await migrate(store);
    daemon = await startTestIncus();
    await start();
  });

  afterAll(async () => {
    if (started) {
      const owner = (await readFile(join(folder, 'owner'), 'utf8')).trim();
      const all = await daemon.incus.get<IncusInstance[]>('/1.0/instances?recursion=1');
      const ours = all.filter(({ config }) => config[label.owner] === owner);
      for (const { config } of ours) await engine.delete(config[label.id] ?? '');
      await engine.close();
    }
    await store.close();
    await daemon.stop();
    rmSync(folder, { recursive: true });
  });

  contract(() => bench);

  test('a machine of a blueprint without an image is refused with the command that mends it, and leaves nothing', async () => {
    const spec = newSpec({ blueprintId: 'amazon_linux_2' });
    await expect(engine.create(spec)).rejects.toThrow(EngineRefusal);
    await expect(engine.create(spec)).rejects.toThrow('lateen images build amazon_linux_2');
    expect(await daemon.incus.find(`/1.0/instances/${nameOf('machine', spec.id)}`)).toBeUndefined();
  });

  test('what was cut short while it was made is made anew', async () => {
    const spec = newSpec();
    await engine.create(spec);
    // As it is when the process ended before the last word of a creation.
    const path = `/1.0/instances/${nameOf('machine', spec.id)}`;
    const { config, ...rest } = await instance(spec.id);
    const { 'user.lateen.complete': _done, ...unfinished } = config;
    await daemon.incus.put(path, { ...rest, config: unfinished });
    expect(await engine.observe(spec.id)).toBeUndefined();
    await engine.create(spec);
    expect(await engine.observe(spec.id)).toEqual({ state: 'stopped' });
    await engine.delete(spec.id);
  });

  test('a reboot that is asked for twice is one reboot', async () => {
    const { id } = await booted();
    const startedAt = async (): Promise<string> => (await instance(id)).last_used_at;
    const first = await startedAt();
    await engine.reboot(id, 'one');
    const second = await startedAt();
    expect(second).not.toBe(first);
    await engine.reboot(id, 'one');
    expect(await startedAt()).toBe(second);
    await engine.reboot(id, 'two');
    expect(await startedAt()).not.toBe(second);
    await engine.delete(id);
  });

  test('the machine has the limits of its size, and the ones of the next after a resize', async () => {
    const { id } = await booted({ size: { cpuCount: 1, ramSizeInGb: 0.5, diskSizeInGb: 8 } });
    const limits = async (): Promise<string[]> => {
      const { devices, config } = await instance(id);
      return [config['limits.cpu'] ?? '', config['limits.memory'] ?? '', devices.root?.size ?? ''];
    };
    expect(await limits()).toEqual(['1', '512MiB', '8GiB']);
    await engine.stop(id, true);
    await engine.resize(id, { cpuCount: 2, ramSizeInGb: 1, diskSizeInGb: 10 });
    await engine.start(id);
    expect(await limits()).toEqual(['2', '1024MiB', '10GiB']);
    expect((await inside(id, 'nproc')).stdout.trim()).toBe('2');
    await engine.delete(id);
  });

  test('a machine that halts by itself is told of, and so is one that did while nobody watched', async () => {
    const { id } = await booted();
    const told = async (happening: () => Promise<unknown>): Promise<void> => {
      let unwatch: () => void = () => {};
      const seen = new Promise<void>((resolve) => {
        unwatch = engine.watch!((stopped) => stopped === id && resolve());
      });
      await happening();
      await seen;
      unwatch();
    };
    await settled(bench, id, 'running');
    await told(async () => {
      // One that has only begun to boot does not hear it.
      while ((await engine.observe(id))?.state === 'running') {
        await inside(id, 'systemctl', 'poweroff').catch(() => {});
        await sleep(500);
      }
    });
    await settled(bench, id, 'stopped');
    await told(async () => {});
    await engine.delete(id);
  });

  test('a restart of the engine finds the machines as they were', async () => {
    const spec = await booted();
    await engine.close();
    await start();
    expect(await engine.observe(spec.id)).toEqual({ state: 'running' });
    await engine.create(spec);
    await engine.delete(spec.id);
  });

  test('after the host was down, what ran runs again, and what was off stays off', async ({ skip }) => {
    if (process.env.LATEEN_INCUS !== undefined) return skip('the daemon is not ours to restart');
    const [ran, halted, stopped] = [await booted(), await booted(), await booted()];
    await engine.stop(stopped.id, true);
    while ((await engine.observe(halted.id))?.state === 'running') {
      await inside(halted.id, 'systemctl', 'poweroff').catch(() => {});
      await sleep(500);
    }
    const states = () => Promise.all([ran, halted, stopped].map(async ({ id }) => (await engine.observe(id))?.state));
    // Lateen goes on while the daemon comes back, and then both come back.
    const told: string[] = [];
    const unwatch = engine.watch!((id, to) => void told.push(`${id} ${to}`));
    await daemon.reboot();
    await settled(bench, ran.id, 'running');
    while (!told.includes(`${halted.id} stopped`)) await sleep(50);
    unwatch();
    expect(await states()).toEqual(['running', 'stopped', 'stopped']);
    await engine.close();
    await daemon.reboot();
    expect((await instance(ran.id)).status).toBe('Stopped');
    await start();
    expect(await states()).toEqual(['running', 'stopped', 'stopped']);
    await Promise.all([ran, halted, stopped].map(({ id }) => engine.delete(id)));
  });

  test('a second Lateen on the same bridge is refused, and changes nothing', async () => {
    const spec = await booted();
    const other = await mkdtemp(join(tmpdir(), 'lateen-other-'));
    await expect(start(other)).rejects.toThrow('Another Lateen has its machines on the bridge lateen0');
    expect(await engine.mend?.()).toEqual([]);
    await engine.delete(spec.id);
    rmSync(other, { recursive: true });
  });

  test("another Lateen's machines are nobody's to see or to touch", async () => {
    const spec = await booted();
    await daemon.incus.patch(`/1.0/instances/${nameOf('machine', spec.id)}`, { config: { [label.owner]: 'another' } });
    expect(await engine.observe(spec.id)).toBeUndefined();
    await expect(engine.stop(spec.id, true)).resolves.toBeUndefined();
    await expect(engine.delete(spec.id)).rejects.toThrow(EngineRefusal);
    expect((await instance(spec.id)).status).toBe('Running');
    const { config } = await instance(spec.id);
    const owner = (await instance(await booted().then(({ id }) => id))).config[label.owner] ?? '';
    await daemon.incus.patch(`/1.0/instances/${nameOf('machine', spec.id)}`, {
      config: { ...config, [label.owner]: owner },
    });
    await engine.delete(spec.id);
  });
});
