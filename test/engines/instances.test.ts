/** Instances that run, black box: the API by the SDK, and ssh. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lightsail } from '@aws-sdk/client-lightsail';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { IncusInstance } from '../../src/engines/incus/instances.ts';
import { create, finished, getInstance, launch } from '../instances.ts';
import { client, type Server, startServer } from '../lateen.ts';
import { missing, startTestIncus, type TestIncus } from './incus.ts';
import { secretFiles, ssh } from './ssh.ts';

const why = missing();
if (why !== undefined) console.info(`skipped: instances that run, since ${why}`);

describe.skipIf(why !== undefined)('instances that run', () => {
  let folder: string;
  let daemon: TestIncus;
  let server: Server;
  let api: Lightsail;
  let started = false;

  const start = async (data?: string): Promise<void> => {
    const args = ['--engine', 'incus', '--incus', daemon.socket];
    server = await startServer({ args, ...(data === undefined ? {} : { data }) });
    api = client(server);
    started = true;
  };
  /** Machines of this Lateen, as Incus has them. */
  const machines = async (): Promise<IncusInstance[]> => {
    const all = await daemon.incus.get<IncusInstance[]>('/1.0/instances?recursion=1');
    return all.filter(({ config }) => names.some((name) => config['user.lateen.spec']?.includes(`"name":"${name}"`)));
  };
  const names: string[] = [];
  const named = (name: string): string => {
    names.push(`core-${name}`);
    return `core-${name}`;
  };
  const stateOf = async (name: string): Promise<string | undefined> => (await getInstance(api, name)).state?.name;
  const remove = async (name: string): Promise<void> => {
    const { operations } = await api.deleteInstance({ instanceName: name });
    await finished(api, operations);
  };

  const byDefaultKey = async (name: string, command: string): Promise<string> => {
    const { publicIpAddress, username } = await getInstance(api, name);
    const { privateKeyBase64 = '' } = await api.downloadDefaultKeyPair({});
    secretFiles(folder, { default: privateKeyBase64 });
    return ssh({ host: `${username}@${publicIpAddress}`, identity: join(folder, 'default') }, command);
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lateen-ssh-'));
    daemon = await startTestIncus();
    await start();
  });

  afterAll(async () => {
    const { instances = [] } = started ? await api.getInstances({}) : {};
    for (const { name = '' } of instances) await remove(name);
    while ((await machines()).length > 0) await sleep(200);
    if (started) await server.stop();
    await daemon.stop();
    rmSync(folder, { recursive: true });
  });

  test('the state follows the machine: stopped by the API, started, rebooted, and halting by itself', async () => {
    const name = named('states');
    await launch(api, name);
    const boot = await byDefaultKey(name, 'cat /proc/sys/kernel/random/boot_id; uptime -s');
    await finished(api, (await api.rebootInstance({ instanceName: name })).operations);
    while ((await byDefaultKey(name, 'cat /proc/sys/kernel/random/boot_id; uptime -s')) === boot) await sleep(500);
    await finished(api, (await api.stopInstance({ instanceName: name })).operations);
    expect(await stateOf(name)).toBe('stopped');
    expect((await machines()).map(({ status }) => status)).toContain('Stopped');
    await finished(api, (await api.startInstance({ instanceName: name })).operations);
    expect(await stateOf(name)).toBe('running');
    await byDefaultKey(name, 'sudo systemd-run --quiet --on-active=1 systemctl poweroff');
    while ((await stateOf(name)) !== 'stopped') await sleep(200);
    expect((await getInstance(api, name)).publicIpAddress).toBeUndefined();
  });

  test('killed in the middle of creations, it makes them to their end after a restart', async () => {
    for (const after of [50, 400, 900]) {
      const created = [named(`killed-${after}-a`), named(`killed-${after}-b`)];
      const operations = await create(api, created);
      await sleep(after);
      await server.kill();
      await start(server.data);
      const ended = await finished(api, operations);
      expect(ended.map(({ status }) => status)).toEqual(['Succeeded', 'Succeeded']);
      for (const name of created) expect(await stateOf(name)).toBe('running');
      const found = (await machines()).filter(({ config }) =>
        created.some((name) => config['user.lateen.spec']?.includes(`"name":"${name}"`)),
      );
      expect(found.map(({ status }) => status)).toEqual(['Running', 'Running']);
      await Promise.all(created.map(remove));
      while ((await machines()).some(({ name }) => found.some((machine) => machine.name === name))) await sleep(100);
    }
  });

  test('killed in the middle of a deletion, it leaves nothing', async () => {
    const name = named('deleted');
    await launch(api, name);
    const [machine] = (await machines()).filter(({ config }) =>
      config['user.lateen.spec']?.includes(`"name":"${name}"`),
    );
    await api.deleteInstance({ instanceName: name });
    await server.kill();
    await start(server.data);
    while ((await machines()).some(({ name }) => name === machine?.name)) await sleep(100);
  });

  test('a blueprint that has no image here says so', async () => {
    const name = named('none');
    const outcome = await create(api, [name], { blueprintId: 'centos_stream_9' }).then(
      (operations) => finished(api, operations),
      (error: Error) => error,
    );
    const text = outcome instanceof Error ? outcome.message : outcome[0]?.errorDetails;
    expect(text).toContain('The blueprint centos_stream_9 has no image');
  });
});
