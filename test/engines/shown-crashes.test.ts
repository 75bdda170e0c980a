/** What is left when Lateen, its Incus or a creation comes to a bad end. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Operation } from '@aws-sdk/client-lightsail';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { IncusInstance } from '../../src/engines/incus/instances.ts';
import { label } from '../../src/engines/incus/labels.ts';
import { testWithAwsCli } from '../clients/aws-cli.ts';
import { finished } from '../instances.ts';
import { missing } from './incus.ts';
import { startWorld, type World } from './world.ts';

const why = missing();
if (why !== undefined) console.info(`skipped: crashes with machines that run, since ${why}`);

describe.skipIf(why !== undefined)('bad ends', () => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.end());

  const zone = ['--availability-zone', 'us-east-1a'];
  const begin = async (names: readonly string[]): Promise<Operation[]> => {
    const choice = [...zone, '--blueprint-id', 'debian_12', '--bundle-id', 'nano_3_0'];
    const { operations } = await world.aws.answer<{ operations: Operation[] }>(
      'create-instances',
      ...['--instance-names', ...names],
      ...choice,
    );
    return operations;
  };
  /** Machines of this Lateen, by what Incus calls their state. */
  const machines = async (): Promise<string[]> => {
    const owner = readFileSync(join(world.server().data, 'owner'), 'utf8').trim();
    const all = await world.daemon.incus.get<IncusInstance[]>('/1.0/instances?recursion=1');
    return all.filter(({ config }) => config[label.owner] === owner).map(({ status }) => status);
  };
  /** What `lateen doctor --state` finds that is not well. */
  const dangling = async (): Promise<unknown[]> => {
    const { stdout } = await world.server().cli('doctor', '--state', '--json');
    const { checks } = JSON.parse(stdout) as { checks: { state: string }[] };
    return checks.filter(({ state }) => state === 'problem');
  };

  testWithAwsCli(
    'killed again and again in the middle of many creations, it has a consistent world afterwards',
    async () => {
      const names = Array.from({ length: 5 }, (_, index) => `many-${index}`);
      const operations = await begin(names);
      for (const after of [200, 700, 1_200]) {
        await sleep(after);
        await world.restart('kill');
      }
      const ended = await finished(world.api(), operations);
      expect(ended.map(({ status }) => status)).toEqual(names.map(() => 'Succeeded'));
      expect(await machines()).toEqual(names.map(() => 'Running'));
      expect(await dangling()).toEqual([]);
      for (const name of names) expect(await world.inside(name, 'hostname')).toMatch(/^ip-172-26-/);
      const deleted = await Promise.all(
        names
          .slice(1)
          .map(async (instanceName) => (await world.api().deleteInstance({ instanceName })).operations ?? []),
      );
      await world.restart('kill');
      await finished(world.api(), deleted.flat());
      while ((await machines()).length > 1) await sleep(100);
      expect(await dangling()).toEqual([]);
    },
  );

  testWithAwsCli("what cannot be made ends Failed with the engine's own words, and leaves nothing", async () => {
    const project = '/1.0/projects/lateen?project=default';
    const { config, description } = await world.daemon.incus.get<{ config: object; description: string }>(project);
    const before = await machines();
    const limit = { ...config, 'limits.instances': String(before.length) };
    await world.daemon.incus.put(project, { config: limit, description });
    try {
      expect(await finished(world.api(), await begin(['one-too-many']))).toMatchObject([
        { status: 'Failed', errorDetails: expect.stringContaining('Reached maximum number of instances') },
      ]);
    } finally {
      await world.daemon.incus.put(project, { config, description });
    }
    expect(await machines()).toEqual(before);
    const { code, stderr } = await world.aws.run('get-instance --instance-name one-too-many');
    expect([code, stderr]).toEqual([255, expect.stringContaining('NotFoundException')]);
    expect(await dangling()).toEqual([]);
  });

  testWithAwsCli('a daemon that is started again loses no machine, and Lateen goes on with it', async () => {
    const boot = 'cat /proc/sys/kernel/random/boot_id; uptime -s';
    const before = await world.inside('many-0', boot);
    await world.daemon.restart();
    expect(await world.inside('many-0', boot)).toBe(before);
    expect((await world.instance('many-0')).state?.name).toBe('running');
    await world.create(['after']);
    await world.done('stop-instance', '--instance-name', 'many-0');
    expect((await machines()).sort()).toEqual(['Running', 'Stopped']);
    expect(await dangling()).toEqual([]);
  });
});
