/** What happens behind Lateen's back: to its machines, to things with its label, and to those of others. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Lightsail } from '@aws-sdk/client-lightsail';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { incusDefaults } from '../../src/engines/incus/config.ts';
import { complete, type IncusInstance } from '../../src/engines/incus/instances.ts';
import { label, labelsOf, nameOf } from '../../src/engines/incus/labels.ts';
import type { Drift } from '../../src/resources/drift/drift.ts';
import { type Api, apiOf } from '../call.ts';
import { finished, getInstance, launch } from '../instances.ts';
import { client, type Server, startServer } from '../lateen.ts';
import { missing, startTestIncus, type TestIncus } from './incus.ts';

const run = promisify(execFile);
const why = missing();
if (why !== undefined) console.info(`skipped: drift of Incus, since ${why}`);

const volumes = `/1.0/storage-pools/${incusDefaults.incusPool}/volumes/custom`;

describe.skipIf(why !== undefined)('a world that others change, too', () => {
  let daemon: TestIncus;
  let server: Server;
  let api: Lightsail;
  let controls: Api;
  let started = false;
  let owner = '';
  const strangers: string[] = [];

  const all = () => daemon.incus.get<IncusInstance[]>('/1.0/instances?recursion=1');
  const machineOf = async (name: string): Promise<IncusInstance> => {
    const found = (await all()).find(({ config }) => config[label.spec]?.includes(`"name":"${name}"`));
    if (found === undefined) throw new Error(`Incus has no machine of ${name}`);
    return found;
  };
  const exists = async (name: string) => (await daemon.incus.find(`/1.0/instances/${name}`)) !== undefined;
  const turn = async (name: string, action: 'start' | 'stop'): Promise<void> => {
    const order = { action, force: action === 'stop', timeout: 60 };
    for (;;) {
      const done = await daemon.incus.put(`/1.0/instances/${name}/state`, order).then(
        () => true,
        (error: Error) => {
          // Lateen has something to do to it at the same time.
          if (!error.message.includes('busy')) throw error;
          return false;
        },
      );
      if (done) return;
      await sleep(100);
    }
  };
  const becomes = async (name: string, state: string): Promise<void> => {
    while ((await getInstance(api, name)).state?.name !== state) await sleep(100);
  };
  /** What it finds when it looks; twice, since what is missing only once may be on its way. */
  const look = async () => {
    await controls.control('GetDrift', { now: true });
    return ((await controls.control('GetDrift', { now: true })) as unknown as Drift).found;
  };
  /** An instance of nothing, with these labels. */
  const make = async (name: string, config: Readonly<Record<string, string>>): Promise<void> => {
    strangers.push(name);
    const root = { type: 'disk', path: '/', pool: incusDefaults.incusPool };
    await daemon.incus.post('/1.0/instances', {
      name,
      source: { type: 'none' },
      profiles: [],
      config,
      devices: { root },
    });
  };

  beforeAll(async () => {
    daemon = await startTestIncus();
    server = await startServer({ args: ['--engine', 'incus', '--incus', daemon.socket] });
    [api, controls] = [client(server), apiOf(server)];
    owner = readFileSync(join(server.data, 'owner'), 'utf8').trim();
    started = true;
  });

  afterAll(async () => {
    for (const name of strangers) await daemon.incus.delete(`/1.0/instances/${name}`);
    if (started) {
      const { instances = [] } = await api.getInstances({});
      for (const { name } of instances)
        await finished(api, (await api.deleteInstance({ instanceName: name })).operations);
      while ((await all()).some(({ config }) => config[label.owner] === owner)) await sleep(200);
      await server.stop();
    }
    await daemon.stop();
  });

  test('an instance follows its machine: halted by itself, stopped and started in Incus', async () => {
    await launch(api, 'drift-follows', {});
    const { name } = await machineOf('drift-follows');
    // One that has only begun to boot does not hear it.
    while ((await machineOf('drift-follows')).status === 'Running') {
      await daemon.incus.exec(name, ['systemctl', 'poweroff']).catch(() => {});
      await sleep(500);
    }
    await becomes('drift-follows', 'stopped');
    expect((await getInstance(api, 'drift-follows')).publicIpAddress).toBeUndefined();

    await turn(name, 'start');
    await becomes('drift-follows', 'running');
    const { publicIpAddress } = await getInstance(api, 'drift-follows');
    expect(publicIpAddress).toBeDefined();
    while (!(await machineOf('drift-follows')).config[label.spec]?.includes(`"publicIp":"${publicIpAddress}"`))
      await sleep(100);

    await turn(name, 'stop');
    await becomes('drift-follows', 'stopped');
    expect(await look()).toEqual([]);
  });

  test('an instance whose machine was deleted stops, is told of, and says why it does not start', async () => {
    await launch(api, 'drift-gone', {});
    const { name } = await machineOf('drift-gone');
    const { privateIpAddress = '' } = await getInstance(api, 'drift-gone');
    await turn(name, 'stop');
    await daemon.incus.delete(`/1.0/instances/${name}`);
    await becomes('drift-gone', 'stopped');
    const found = await look();
    expect(found).toContainEqual(
      expect.objectContaining({ kind: 'machine', name: 'drift-gone', region: 'us-east-1', mended: false }),
    );
    const { operations } = await api.startInstance({ instanceName: 'drift-gone' });
    expect(await finished(api, operations)).toMatchObject([
      { status: 'Failed', errorDetails: expect.stringContaining('it was deleted outside of Lateen') },
    ]);
    await finished(api, (await api.deleteInstance({ instanceName: 'drift-gone' })).operations);
    while ((await look()).length > 0) await sleep(200);
    // Nothing is left of it in the rules.
    const { stdout } = await run('nft', ['list', 'table', 'inet', 'lateen']);
    expect(stdout).not.toContain(privateIpAddress);
  });

  test('a machine that was renamed gets its name back, and a copy stays what it is', async () => {
    const { name } = await machineOf('drift-follows');
    strangers.push('drift-copy');
    await daemon.incus.post('/1.0/instances', { name: 'drift-copy', source: { type: 'copy', source: name } });
    expect(await look()).toEqual([
      expect.objectContaining({ text: `drift-copy in Incus is a copy of ${name}, and nobody's.`, mended: false }),
    ]);
    await daemon.incus.delete('/1.0/instances/drift-copy');

    await daemon.incus.post(`/1.0/instances/${name}`, { name: 'drift-renamed' });
    const { found } = (await controls.control('GetDrift', { now: true })) as unknown as Drift;
    expect(found).toEqual([
      expect.objectContaining({ text: expect.stringContaining('has its name again'), mended: true }),
    ]);
    expect(await exists(name)).toBe(true);
    await finished(api, (await api.startInstance({ instanceName: 'drift-follows' })).operations);
    await becomes('drift-follows', 'running');
  });

  test('the rules of the network come back when somebody takes them, and a lag is made up for', async () => {
    await run('nft', ['delete', 'table', 'inet', 'lateen']);
    await controls.control('GetDrift', { now: true });
    const { publicIpAddress = '', privateIpAddress = '' } = await getInstance(api, 'drift-follows');
    const { stdout } = await run('nft', ['list', 'table', 'inet', 'lateen']);
    expect(stdout).toContain(publicIpAddress);

    const { name, config } = await machineOf('drift-follows');
    const spec = JSON.parse(config[label.spec] ?? '{}');
    const other = { ...spec, addresses: { ...spec.addresses, publicIp: '198.19.255.254' }, firewall: [] };
    await daemon.incus.patch(`/1.0/instances/${name}`, { config: { [label.spec]: JSON.stringify(other) } });
    const { found } = (await controls.control('GetDrift', { now: true })) as unknown as Drift;
    expect(found).toMatchObject([{ name: 'drift-follows', text: expect.stringContaining('told again'), mended: true }]);
    while ((await machineOf('drift-follows')).config[label.spec] !== config[label.spec]) await sleep(100);
    expect((await run('nft', ['list', 'table', 'inet', 'lateen'])).stdout).toContain(privateIpAddress);
  });

  test('what has our label and no row goes; what others have, and what only looks like ours, stays', async () => {
    const [id, begun, snapshot, volume] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
    const labelled = (by: string, kind: 'machine' | 'snapshot' | 'volume', of: string) => ({
      ...labelsOf(by, kind, of),
      [label.spec]: '{"sizeInGb":1,"volumes":[]}',
      [complete]: String(kind !== 'machine'),
    });
    await make(nameOf('machine', id), labelled(owner, 'machine', id));
    // Whole, and without its spec: somebody has meddled.
    await make(nameOf('machine', begun), { ...labelsOf(owner, 'machine', begun), [complete]: 'true' });
    await make(nameOf('snapshot', snapshot), labelled(owner, 'snapshot', snapshot));
    const [another, foreign] = [randomUUID(), randomUUID()];
    await make(nameOf('machine', another), labelled(randomUUID(), 'machine', another));
    await make(nameOf('machine', foreign), {});
    await make('drift-stranger', {});
    const block = (name: string, config: object) =>
      daemon.incus.post(volumes, { name, content_type: 'block', config: { size: '16MiB', ...config } });
    await block(nameOf('volume', volume), labelled(owner, 'volume', volume));
    await block('drift-stranger', labelled(randomUUID(), 'volume', randomUUID()));

    await controls.control('GetDrift', { now: true });
    // A look that began by itself may have found some of them: the log tells of all.
    const told = server
      .stderr()
      .split('\n')
      .filter((line) => line.includes('belonged to nothing'))
      .map((line) => JSON.parse(line) as { id: string; mended: boolean });
    const gone = [id, begun, snapshot, volume];
    expect(told.map((one) => [one.id, one.mended]).sort()).toEqual(gone.map((one) => [one, true]).sort());
    for (const name of [nameOf('machine', id), nameOf('machine', begun), nameOf('snapshot', snapshot)])
      expect(await exists(name)).toBe(false);
    expect(await daemon.incus.find(`${volumes}/${nameOf('volume', volume)}`)).toBeUndefined();
    for (const name of [nameOf('machine', another), nameOf('machine', foreign), 'drift-stranger'])
      expect(await exists(name)).toBe(true);
    expect(await daemon.incus.find(`${volumes}/drift-stranger`)).toBeDefined();
    await daemon.incus.delete(`${volumes}/drift-stranger`);
    expect(await look()).toEqual([]);
  });

  test('a disk whose volume was deleted is told of, and its device does not stay behind', async () => {
    await finished(
      api,
      (await api.createDisk({ diskName: 'drift-disk', availabilityZone: 'us-east-1a', sizeInGb: 8 })).operations,
    );
    const attach = { diskName: 'drift-disk', instanceName: 'drift-follows', diskPath: '/dev/xvdf' };
    expect(await finished(api, (await api.attachDisk(attach)).operations)).toMatchObject([
      { status: 'Succeeded' },
      { status: 'Succeeded' },
    ]);
    const machine = await machineOf('drift-follows');
    const [name = ''] = Object.keys(machine.devices).filter((device) => device.startsWith('v-'));
    expect(existsSync(`/dev/lateen/${name}`)).toBe(true);
    await daemon.incus.delete(`${volumes}/${name}`);
    const found = await look();
    expect(found).toMatchObject([{ kind: 'volume', name: 'drift-disk', mended: false }]);
    expect(existsSync(`/dev/lateen/${name}`)).toBe(false);
    await finished(api, (await api.stopInstance({ instanceName: 'drift-follows' })).operations);
    await finished(api, (await api.detachDisk({ diskName: 'drift-disk' })).operations);
    await finished(api, (await api.deleteDisk({ diskName: 'drift-disk' })).operations);
    await finished(api, (await api.startInstance({ instanceName: 'drift-follows' })).operations);
    expect(await look()).toEqual([]);
  });

  test('a server that starts finds what happened while it was away', async () => {
    const { name } = await machineOf('drift-follows');
    await server.stop();
    started = false;
    await turn(name, 'stop');
    const orphan = randomUUID();
    await make(nameOf('machine', orphan), { ...labelsOf(owner, 'machine', orphan), [complete]: 'true' });
    server = await startServer({ data: server.data, args: ['--engine', 'incus', '--incus', daemon.socket] });
    [api, controls, started] = [client(server), apiOf(server), true];
    await becomes('drift-follows', 'stopped');
    while (await exists(nameOf('machine', orphan))) await sleep(100);
  });
});
