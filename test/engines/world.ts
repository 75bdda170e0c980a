import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Instance, Lightsail, Operation } from '@aws-sdk/client-lightsail';
import { expect } from 'vitest';
import { incusDefaults } from '../../src/engines/incus/config.ts';
import type { IncusInstance } from '../../src/engines/incus/instances.ts';
import { label } from '../../src/engines/incus/labels.ts';
import { run } from '../../src/engines/incus/network/run.ts';
import { type Api, apiOf } from '../call.ts';
import { type AwsCli, awsCliFor } from '../clients/aws-cli.ts';
import { finished, getInstance } from '../instances.ts';
import { client, type Server, startServer, temporaryFolder } from '../lateen.ts';
import { startTestIncus, type TestIncus } from './incus.ts';
import { type Login, secretFiles, ssh } from './ssh.ts';

/** A Lateen with machines that run, as its users have it: the AWS CLI, ssh, and a folder for their keys. */
export interface World {
  readonly daemon: TestIncus;
  readonly aws: AwsCli;
  readonly folder: string;
  server(): Server;
  api(): Lightsail;
  controls(): Api;
  /** Ends Lateen, with SIGTERM unless `how` says otherwise, and starts it on the same data. `between` happens meanwhile. */
  restart(how?: 'stop' | 'kill', between?: () => Promise<void>): Promise<void>;
  /** A call of the AWS CLI whose operations all succeed. */
  done(command: string, ...more: string[]): Promise<void>;
  /** Makes the smallest instances of Debian, unless `more` says otherwise, and waits until they run. */
  create(names: readonly string[], ...more: string[]): Promise<void>;
  instance(name: string): Promise<Instance>;
  /** How its owner logs in, with the default key pair. */
  login(name: string): Promise<Login>;
  inside(name: string, command: string): Promise<string>;
  /** Deletes everything by the API, sees that nothing is left of it in Incus or on the host, and ends. */
  end(): Promise<void>;
}

export const startWorld = async (...args: readonly string[]): Promise<World> => {
  const before = await onTheHost();
  const folder = temporaryFolder();
  const daemon = await startTestIncus();
  const start = (data?: string) =>
    startServer({
      args: ['--engine', 'incus', '--incus', daemon.socket, ...args],
      ...(data === undefined ? {} : { data }),
    });
  let server = await start().catch(async (error: unknown) => {
    await daemon.stop();
    throw error;
  });
  let api = client(server);
  const aws = awsCliFor(() => server);

  const done: World['done'] = async (command, ...more) => {
    const { operations, operation } = await aws.answer<{ operations?: Operation[]; operation?: Operation }>(
      command,
      ...more,
    );
    const ended = await finished(api, operations ?? [operation!]);
    for (const { operationType, status, errorDetails } of ended)
      expect({ operationType, status, errorDetails }).toEqual({
        operationType,
        status: 'Succeeded',
        errorDetails: undefined,
      });
  };
  const login: World['login'] = async (name) => {
    const { publicIpAddress, username } = await getInstance(api, name);
    const identity = join(folder, 'default');
    const { privateKeyBase64 = '' } = await api.downloadDefaultKeyPair({});
    secretFiles(folder, { default: privateKeyBase64 });
    return { host: `${username}@${publicIpAddress}`, identity };
  };

  return {
    daemon,
    aws,
    folder,
    server: () => server,
    api: () => api,
    controls: () => apiOf(server),
    async restart(how = 'stop', between = async () => {}) {
      await server[how]();
      await between();
      server = await start(server.data);
      api = client(server);
    },
    done,
    create: (names, ...more) => {
      const settings = { 'blueprint-id': 'debian_12', 'bundle-id': 'nano_3_0', 'availability-zone': 'us-east-1a' };
      const unsaid = Object.entries(settings).filter(([name]) => !more.includes(`--${name}`));
      const options = unsaid.flatMap(([name, value]) => [`--${name}`, value]);
      return done('create-instances', '--instance-names', ...names, ...options, ...more);
    },
    instance: (name) => getInstance(api, name),
    login,
    inside: async (name, command) => ssh(await login(name), command),
    async end() {
      try {
        await deleteAll(api);
        await nothingLeft(daemon, server);
      } finally {
        await server.stop();
        await daemon.stop();
      }
      // A daemon that was given keeps its bridge.
      if (process.env.LATEEN_INCUS === undefined) expect(await onTheHost()).toEqual(before);
    },
  };
};

/** Of one Region, in an order in which nothing holds another. */
const deleteAll = async (api: Lightsail): Promise<void> => {
  const names = (all: readonly { readonly name?: string | undefined }[] = []) => all.map(({ name = '' }) => name);
  const over = async (
    all: readonly string[],
    remove: (name: string) => Promise<{ operations?: Operation[] | undefined }>,
  ) => {
    for (const name of all) {
      const ended = await finished(api, (await remove(name)).operations);
      expect(ended.map(({ status }) => status)).not.toContain('Failed');
    }
  };
  await over(names((await api.getInstances({})).instances), (instanceName) =>
    api.deleteInstance({ instanceName, forceDeleteAddOns: true }),
  );
  await over(names((await api.getStaticIps({})).staticIps), (staticIpName) => api.releaseStaticIp({ staticIpName }));
  for (;;) {
    const { disks = [] } = await api.getDisks({});
    if (disks.every(({ state }) => state === 'available')) break;
    await sleep(100);
  }
  await over(names((await api.getDisks({})).disks), (diskName) =>
    api.deleteDisk({ diskName, forceDeleteAddOns: true }),
  );
  await over(names((await api.getInstanceSnapshots({})).instanceSnapshots), (instanceSnapshotName) =>
    api.deleteInstanceSnapshot({ instanceSnapshotName }),
  );
  await over(names((await api.getDiskSnapshots({})).diskSnapshots), (diskSnapshotName) =>
    api.deleteDiskSnapshot({ diskSnapshotName }),
  );
};

/** Waits until the tasks are through that deletions leave behind, and no longer than the test. */
const nothingLeft = async ({ incus }: TestIncus, server: Server): Promise<void> => {
  const owner = readFileSync(join(server.data, 'owner'), 'utf8').trim();
  const volumes = `/1.0/storage-pools/${incusDefaults.incusPool}/volumes/custom?recursion=1`;
  const labelled = async (path: string) =>
    (await incus.get<Pick<IncusInstance, 'name' | 'config'>[]>(path))
      // One that is just being deleted is listed without any config.
      .filter(({ config }) => config === null || config[label.owner] === owner)
      .map(({ name }) => name);
  const left = async (): Promise<readonly string[]> => [
    ...(await labelled('/1.0/instances?recursion=1')),
    ...(await labelled(volumes)),
    ...(await rulesLeft()),
    ...readdirSync('/dev').filter((name) => name === 'lateen' && readdirSync('/dev/lateen').length > 0),
  ];
  while ((await left()).length > 0) await sleep(200);
  const { stdout, code } = await server.cli('doctor', '--state', '--json');
  const { checks } = JSON.parse(stdout) as { checks: { check: string; state: string; found: string }[] };
  expect(checks.filter(({ state }) => state === 'problem')).toEqual([]);
  expect(code).toBe(0);
};

/** Elements of the maps, which are what machines have in the table. */
const rulesLeft = async (): Promise<string[]> => {
  const text = await run('nft', ['-j', 'list', 'table', 'inet', 'lateen']);
  const { nftables } = JSON.parse(text) as { nftables: { map?: { name: string; elem?: unknown[] } }[] };
  return nftables.flatMap(({ map }) => (map?.elem === undefined ? [] : [map.name]));
};

/** What others would notice that a Lateen and its Incus were here. */
const onTheHost = async (): Promise<Readonly<Record<string, readonly string[]>>> => {
  const lines = async (command: string, ...args: string[]) =>
    (await run(command, args)).split('\n').filter((line) => line.trim() !== '');
  const names = (all: readonly string[]) => all.map((line) => line.split(/[\s@]/)[0] ?? '').sort();
  return {
    links: names(await lines('ip', '-brief', 'link')),
    routes: (await lines('ip', 'route')).map((line) => line.trim()).sort(),
    tables: await lines('nft', 'list', 'tables'),
  };
};
