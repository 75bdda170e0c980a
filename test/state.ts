import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Disk, Instance, LoadBalancer, LoadBalancerTlsCertificate, StaticIp } from '../src/api/generated/types.ts';
import type { Api } from './call.ts';

type Row = Readonly<Record<string, string | number | null>>;

/** All rows by table, as `lateen state save` writes them. */
export type State = (table: string) => readonly Row[];

export const readState = async (api: Api, data: string): Promise<State> => {
  const file = join(data, 'state-of-a-test.jsonl');
  await api.control('SaveState', { file });
  const [, ...lines] = readFileSync(file, 'utf8').trim().split('\n');
  rmSync(file);
  const rows = lines.map((line) => JSON.parse(line) as [string, Row]);
  return (table) => rows.filter(([name]) => name === table).map(([, row]) => row);
};

/**
 * What holds whenever nothing is under way: no work is left, every instance has its machine in the state that it shows, and every disk
 * its volume in the machine that it shows, both ends of a link tell of it, nothing belongs to somebody who is gone, no name and no
 * address is there twice, and the quotas count what there is. The evaluation of an alarm is work for as long as the alarm is there, and
 * the next automatic snapshot for as long as the add-on is enabled.
 */
export const expectWhole = (state: State): void => {
  const resources = state('resource');
  const of = (kind: string) => resources.filter((row) => row.kind === kind);
  const [instances, disks, staticIps, balancers] = [of('Instance'), of('Disk'), of('StaticIp'), of('LoadBalancer')];
  const watched = new Map(state('alarm').map(({ id, monitored }) => [id, monitored]));
  const schedules = schedulesOf([...instances, ...disks]);
  // A renewal waits for the end of its certificate, an evaluation for the next turn of its alarm, a schedule for its time of day.
  const waits = ({ kind, resource }: Row) =>
    kind === 'RenewCertificate' ||
    (kind === 'EvaluateAlarm' && watched.has(resource!)) ||
    (kind === 'TakeAutoSnapshots' && schedules.includes(String(resource)));
  expect(
    state('task').filter((task) => !waits(task)),
    'work that is left',
  ).toEqual([]);
  const followed = state('task').filter(({ kind }) => kind === 'TakeAutoSnapshots');
  expect(followed.map(({ resource }) => resource).sort(), 'schedules').toEqual(schedules.sort());
  expectAutoSnapshots(state('auto_snapshot'), [...instances, ...disks]);
  expect([...watched.keys()].sort(), 'alarms').toEqual(
    of('Alarm')
      .map(({ id }) => id)
      .sort(),
  );

  const machines = new Map(state('machine').map(({ id, body }) => [id, JSON.parse(String(body))]));
  const taken = resources.filter(({ kind, state }) => /Snapshot$/.test(`${kind}`) || isExported(`${kind}`, `${state}`));
  // What failed holds nothing.
  const automatic = state('auto_snapshot').filter(({ state }) => state !== 'error');
  const kept = [...instances, ...disks, ...balancers, ...taken, ...automatic].map(({ id }) => id);
  expect([...machines.keys()].sort(), 'machines').toEqual(kept.sort());
  for (const row of instances) expectMachine(machines.get(row.id) as Machine, String(row.state), bodyOf(row));
  for (const row of disks) expectVolume(machines.get(row.id) as Volume, bodyOf(row), instances);
  expectLinks(instances, disks, staticIps);
  expectTargets(balancers, instances);
  expectCertificates(balancers, of('LoadBalancerTlsCertificate'));

  const runs = state('machine_run');
  const on = [...machines].filter(([, { power }]) => power === 'on').map(([id]) => id);
  const running = runs.filter(({ ended_at }) => ended_at === null).map(({ machine }) => machine);
  expect(running.sort(), 'runs that go on').toEqual(on.sort());
  expect(
    runs.filter(({ machine }) => !machines.has(String(machine))),
    'runs without a machine',
  ).toEqual([]);

  const names = resources.map(({ account, region, name }) => `${account} ${region} ${name}`);
  expect(names, 'names').toEqual([...new Set(names)]);

  // The authority's key is nobody's.
  const ids = new Set(['authority', ...resources.map(({ id }) => id)]);
  for (const [id, monitored] of watched) expect(ids.has(monitored!), `what the alarm ${id} monitors`).toBe(true);
  for (const table of ['secret', 'address'])
    expect(
      state(table).filter(({ owner }) => !ids.has(owner as string)),
      `${table} without an owner`,
    ).toEqual([]);
  expect(addressesHeld(state), 'addresses').toEqual(addressesShown(instances, staticIps));

  for (const { account, kind, used } of state('usage')) {
    const counted = resources.filter((row) => row.account === account && row.kind === kind);
    expect(used, `usage of ${kind}`).toBe(counted.length);
  }
};

/** An export that failed has left nothing. */
const isExported = (kind: string, state: string): boolean => kind === 'ExportSnapshotRecord' && state !== 'Failed';

interface Machine {
  readonly power: 'on' | 'off';
  readonly size: Readonly<Record<string, number>>;
}

const expectMachine = ({ power, size }: Machine, state: string, { name, hardware }: Instance): void => {
  expect({ name, power, state }).toEqual({ name, power, state: power === 'on' ? 'running' : 'stopped' });
  // One that is off may get another size when it starts.
  if (power === 'off') return;
  const { cpuCount, ramSizeInGb, disks = [] } = hardware ?? {};
  const diskSizeInGb = disks.find((disk) => disk.isSystemDisk)?.sizeInGb;
  expect({ name, ...size }).toEqual({ name, cpuCount, ramSizeInGb, diskSizeInGb });
};

interface Volume {
  readonly sizeInGb: number;
  readonly on?: string;
}

const bodyOf = <T>({ body }: Row): T => JSON.parse(String(body)) as T;
const innerOf = <T>({ inner_body }: Row): T => JSON.parse(String(inner_body)) as T;

/** The same for Regions and accounts apart: names are unique in one of both only. */
const linkOf = ({ account, region }: Row, ...what: unknown[]): string => [account, region, ...what].join(' ');

const expectVolume = (
  { sizeInGb, on }: Volume,
  { name, attachedTo, ...disk }: Disk,
  instances: readonly Row[],
): void => {
  const holder = instances.find(({ id }) => id === on);
  const shown = {
    name,
    sizeInGb: disk.sizeInGb,
    holder: attachedTo,
    state: attachedTo === undefined ? 'available' : 'in-use',
  };
  expect({ name, sizeInGb, holder: holder?.name, state: disk.state }).toEqual(shown);
};

const expectLinks = (instances: readonly Row[], disks: readonly Row[], staticIps: readonly Row[]): void => {
  const attached = disks.flatMap((row) => {
    const { name, isAttached, attachedTo, path } = bodyOf<Disk>(row);
    expect({ name, isAttached, isPlaced: path !== undefined }).toEqual({
      name,
      isAttached: attachedTo !== undefined,
      isPlaced: isAttached,
    });
    return isAttached ? [linkOf(row, name, attachedTo, path)] : [];
  });
  const held = instances.flatMap((row) =>
    (bodyOf<Instance>(row).hardware?.disks ?? [])
      .filter(({ isSystemDisk }) => !isSystemDisk)
      .map(({ name, path }) => linkOf(row, name, row.name, path)),
  );
  expect(held.sort(), 'disks of instances').toEqual(attached.sort());

  const given = staticIps.flatMap((row) => {
    const { isAttached, attachedTo, ipAddress } = bodyOf<StaticIp>(row);
    expect(isAttached).toBe(attachedTo !== undefined);
    return isAttached ? [linkOf(row, row.name, attachedTo, ipAddress)] : [];
  });
  const had = instances.flatMap((row) => {
    const { isStaticIp, publicIpAddress } = bodyOf<Instance>(row);
    const { staticIp } = innerOf<{ staticIp?: string }>(row);
    return isStaticIp || staticIp !== undefined ? [linkOf(row, staticIp, row.name, publicIpAddress)] : [];
  });
  expect(had.sort(), 'static IPs of instances').toEqual(given.sort());
};

interface Plan {
  readonly schedule?: string;
  readonly nextAt?: number;
}

/** A resource has a schedule while its add-on is on, and then shows the hour that it waits for. */
const schedulesOf = (holders: readonly Row[]): string[] =>
  holders.flatMap((row) => {
    const { schedule, nextAt } = innerOf<{ autoSnapshot?: Plan }>(row).autoSnapshot ?? {};
    const addOn = bodyOf<Instance | Disk>(row).addOns?.[0];
    const next = nextAt && `${new Date(nextAt).toISOString().slice(11, 13)}:00`;
    expect({ isOn: addOn?.status === 'Enabled', next: addOn?.nextSnapshotTimeOfDay }).toEqual({
      isOn: schedule !== undefined,
      next,
    });
    return schedule === undefined ? [] : [schedule];
  });

const expectAutoSnapshots = (snapshots: readonly Row[], holders: readonly Row[]): void => {
  const ofWhat = new Map(holders.map(({ id, kind }) => [id, `${kind}Snapshot`]));
  for (const { id, source, kind, state, inner_body } of snapshots) {
    expect(kind, `source of the automatic snapshot ${id}`).toBe(ofWhat.get(source!));
    expect(['available', 'completed', 'error']).toContain(state);
    expect(JSON.parse(String(inner_body)), `uses of ${id}`).not.toHaveProperty('uses');
  }
  for (const source of ofWhat.keys()) {
    const whole = snapshots.filter((row) => row.source === source && row.state !== 'error');
    expect(whole.length, `automatic snapshots of ${source}`).toBeLessThanOrEqual(7);
  }
};

interface Target {
  readonly instance: string;
  readonly name: string;
}

const expectTargets = (balancers: readonly Row[], instances: readonly Row[]): void => {
  const targets = balancers.flatMap((row) => {
    const known = innerOf<{ targets: Target[] }>(row).targets;
    const shown = bodyOf<LoadBalancer>(row).instanceHealthSummary?.map(({ instanceName }) => instanceName);
    expect(shown, 'health').toEqual(known.map(({ name }) => name));
    return known.map(({ instance, name }) => linkOf(row, row.name, instance, name));
  });
  const served = instances.flatMap((row) =>
    (innerOf<{ loadBalancers?: string[] }>(row).loadBalancers ?? []).map((name) => linkOf(row, name, row.id, row.name)),
  );
  expect(served.sort(), 'load balancers of instances').toEqual(targets.sort());
};

const expectCertificates = (balancers: readonly Row[], certificates: readonly Row[]): void => {
  const listed = balancers.flatMap((row) =>
    (bodyOf<LoadBalancer>(row).tlsCertificateSummaries ?? []).map(({ name, isAttached }) =>
      linkOf(row, row.name, name, isAttached),
    ),
  );
  const known = certificates.map((row) => {
    const { loadBalancerName, isAttached } = bodyOf<LoadBalancerTlsCertificate>(row);
    return linkOf(row, loadBalancerName, row.name, isAttached);
  });
  expect(known.sort(), 'certificates').toEqual(listed.sort());
};

const dotted = (address: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');

const addressesHeld = (state: State): string[] =>
  state('address')
    .map(({ owner, address }) => `${owner} ${dotted(Number(address))}`)
    .sort();

/** A static address is the static IP's, whoever has it. */
const addressesShown = (instances: readonly Row[], staticIps: readonly Row[]): string[] =>
  [...instances, ...staticIps]
    .flatMap((row) => {
      const { privateIpAddress, publicIpAddress, isStaticIp, ipAddress } = bodyOf<Instance & StaticIp>(row);
      return [privateIpAddress, isStaticIp ? undefined : publicIpAddress, ipAddress]
        .filter((address) => address !== undefined)
        .map((address) => `${row.id} ${address}`);
    })
    .sort();
