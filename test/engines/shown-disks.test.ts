/** Disks and snapshots of machines that run, as an owner uses them: with the AWS CLI and ssh. */
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { testWithAwsCli } from '../clients/aws-cli.ts';
import { until } from '../clients/tools.ts';
import { missing } from './incus.ts';
import { startWorld, type World } from './world.ts';

const why = missing();
if (why !== undefined) console.info(`skipped: disks and snapshots of machines that run, since ${why}`);

const zone = ['--availability-zone', 'us-east-1a'];
const bundle = ['--bundle-id', 'nano_3_0'];

describe.skipIf(why !== undefined)('disks and snapshots', () => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld();
    await world.create(['one', 'two']);
  });
  afterAll(() => world?.end());

  const disk = (name: string) => ['--disk-name', name];
  const attach = (name: string, instance: string) =>
    world.done('attach-disk', ...disk(name), '--instance-name', instance, '--disk-path', '/dev/xvdf');
  const detach = (name: string) => world.done('detach-disk', ...disk(name));
  const mounted = (instance: string, command: string) =>
    world.inside(instance, `sudo mount /dev/xvdf /mnt && ${command} && sudo umount /mnt`);
  const completed = (command: string, path: string, ...more: string[]) =>
    until(
      () => world.aws.query<string>(command, path, ...more),
      (state) => state === 'available',
    );

  testWithAwsCli(
    'a disk is formatted in one machine, and its data is there in another and in a disk of its snapshot',
    async () => {
      await world.done('create-disk', ...disk('data'), ...zone, '--size-in-gb', '8');
      await attach('data', 'one');
      const write = 'sudo mkfs.ext4 -q /dev/xvdf && sudo mount /dev/xvdf /mnt && echo kept | sudo tee /mnt/text';
      expect(await world.inside('one', `${write} && sudo umount /mnt`)).toBe('kept');
      expect(await world.inside('one', 'sudo blockdev --getsize64 /dev/xvdf')).toBe(String(8 * 2 ** 30));
      // F189: only of an instance that is stopped.
      await world.done('stop-instance', '--instance-name', 'one');
      await detach('data');
      await attach('data', 'two');
      expect(await mounted('two', 'cat /mnt/text')).toBe('kept');

      const snapshot = ['--disk-snapshot-name', 'of-data'];
      await world.done('create-disk-snapshot', ...disk('data'), ...snapshot);
      await completed('get-disk-snapshot', 'diskSnapshot.state && `available`', ...snapshot);
      expect(await mounted('two', 'echo changed | sudo tee /mnt/text')).toBe('changed');
      const size = ['--size-in-gb', '16'];
      await world.done('create-disk-from-snapshot', ...disk('again'), ...snapshot, ...zone, ...size);
      await attach('again', 'one');
      await world.done('start-instance', '--instance-name', 'one');
      expect(await mounted('one', 'cat /mnt/text')).toBe('kept');
    },
  );

  testWithAwsCli('an instance is snapshotted, copied to another Region and restored with its data', async () => {
    await world.inside('one', 'echo first > text && sync');
    const snapshot = ['--instance-snapshot-name', 'of-one'];
    await world.done('create-instance-snapshot', '--instance-name', 'one', ...snapshot);
    await world.inside('one', 'echo second > text && sync');
    const restored = ['--instance-names', 'restored', ...zone, ...bundle];
    await world.done('create-instances-from-snapshot', ...restored, ...snapshot);
    expect(await world.inside('restored', 'cat text; hostname')).toMatch(/^first\nip-172-26-/);
    expect(await world.inside('one', 'cat text')).toBe('second');

    // Of another size, from a copy that outlives what it is of.
    const copy = ['--source-snapshot-name', 'of-one', '--target-snapshot-name', 'copy', '--source-region', 'us-east-1'];
    await world.done('copy-snapshot', ...copy);
    await world.done('delete-instance-snapshot', ...snapshot);
    const larger = ['--instance-names', 'larger', ...zone, '--bundle-id', 'micro_3_0'];
    await world.done('create-instances-from-snapshot', ...larger, '--instance-snapshot-name', 'copy');
    expect(await world.inside('larger', "cat text; free -m | awk '/^Mem/ { print $2 }'")).toBe('first\n1024');
  });

  testWithAwsCli('an automatic snapshot is made at its hour, and makes an instance', async () => {
    const addOn = '{"addOnType": "AutoSnapshot", "autoSnapshotAddOnRequest": {"snapshotTimeOfDay": "06:00"}}';
    await world.done('enable-add-on', '--resource-name', 'two', '--add-on-request', addOn);
    await world.inside('two', 'echo of the day > text && sync');
    const { code } = await world.server().cli('clock', 'advance', '24h');
    expect(code).toBe(0);
    const made = await until(
      () =>
        world.aws.query<{ date: string; status: string }[]>(
          'get-auto-snapshots',
          'autoSnapshots[].{date: date, status: status}',
          ...['--resource-name', 'two'],
        ),
      (all) => all.length > 0 && all.every(({ status }) => status === 'Success'),
    );
    expect(made).toHaveLength(1);
    await world.inside('two', 'echo later > text && sync');
    const source = ['--source-instance-name', 'two', '--use-latest-restorable-auto-snapshot'];
    await world.done('create-instances-from-snapshot', '--instance-names', 'of-the-day', ...zone, ...bundle, ...source);
    expect(await world.inside('of-the-day', 'cat text')).toBe('of the day');
  });
});
