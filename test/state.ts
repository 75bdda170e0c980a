import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ContainerService, Disk, Instance } from '../src/api/generated/types.ts';
import type { StateReport } from '../src/resources/consistency/check.ts';
import type { Api } from './call.ts';

type Row = Readonly<Record<string, string | number | null>>;

/** All rows by table, as `lateen state save` writes them, and what `lateen doctor --state` finds. */
export interface State {
  (table: string): readonly Row[];
  readonly report: StateReport;
}

export const readState = async (api: Api, data: string): Promise<State> => {
  const file = join(data, 'state-of-a-test.jsonl');
  await api.control('SaveState', { file });
  const [, ...lines] = readFileSync(file, 'utf8').trim().split('\n');
  rmSync(file);
  const rows = lines.map((line) => JSON.parse(line) as [string, Row]);
  const report = (await api.control('CheckState')) as unknown as StateReport;
  return Object.assign((table: string) => rows.filter(([name]) => name === table).map(([, row]) => row), { report });
};

/**
 * What holds whenever nothing is under way: nothing dangles, no work is left, every instance has its machine in the state that it
 * shows, and every disk its volume in the machine that it shows. The evaluation of an alarm is work for as long as the alarm is there,
 * the renewal of a certificate for as long as the certificate, what an add-on is for for as long as it is enabled, and the next
 * window of a database for as long as the database.
 */
export const expectWhole = (state: State): void => {
  expect(state.report.findings, 'what dangles').toEqual([]);
  const resources = state('resource');
  const of = (kind: string) => resources.filter((row) => row.kind === kind);
  const [instances, disks, databases] = [of('Instance'), of('Disk'), of('RelationalDatabase')];
  const setups = state('https_setup');
  const installed = setups.filter(({ status, id }) => status === 'succeeded' && owns(state, id));
  const ids = new Set([...resources, ...installed].map(({ id }) => id));
  const schedules = [...instances, ...disks].flatMap((row) => {
    const { autoSnapshot, stopOnIdle } = innerOf<Planned>(row);
    return [autoSnapshot, stopOnIdle].flatMap((plan) => plan?.schedule ?? []);
  });
  const upkeeps = databases.map((row) => innerOf<{ upkeep: string }>(row).upkeep);
  const waits = ({ kind, resource }: Row) =>
    (['EvaluateAlarm', 'RenewCertificate', 'RenewInstanceCertificate'].includes(`${kind}`) && ids.has(resource!)) ||
    (['StopIdleInstance', 'TakeAutoSnapshots'].includes(`${kind}`) && schedules.includes(`${resource}`)) ||
    (kind === 'KeepRelationalDatabase' && upkeeps.includes(`${resource}`));
  expect(
    state('task').filter((task) => !waits(task)),
    'work that is left',
  ).toEqual([]);

  const machines = new Map(state('machine').map(({ id, body }) => [id, JSON.parse(String(body))]));
  const taken = resources.filter(({ kind, state }) => /Snapshot$/.test(`${kind}`) || isExported(`${kind}`, `${state}`));
  // What failed holds nothing.
  const automatic = state('auto_snapshot').filter(({ state }) => state !== 'error');
  for (const id of ids) {
    const own = automatic.filter(({ source }) => source === id);
    expect(own.length, `automatic snapshots of ${id}`).toBeLessThanOrEqual(7);
  }
  // Of a container service that could not be made nothing is there but its row. Buckets are no machines.
  const made = of('ContainerService').filter(isMade);
  const kept = [
    ...instances,
    ...disks,
    ...of('LoadBalancer'),
    ...of('Distribution'),
    ...databases,
    ...made,
    ...taken,
    ...automatic,
  ].map(({ id }) => id);
  expect([...machines.keys()].sort(), 'machines').toEqual(kept.sort());
  for (const row of instances) expectMachine(machines.get(row.id) as Machine, String(row.state), bodyOf(row));
  for (const row of disks) expectVolume(machines.get(row.id) as Volume, bodyOf(row), instances);
  expectSites(instances, machines, setups, installed);

  const on = [...machines].filter(([, { power }]) => power === 'on').map(([id]) => id);
  const running = state('machine_run')
    .filter(({ ended_at }) => ended_at === null)
    .map(({ machine }) => machine);
  expect(running.sort(), 'runs that go on').toEqual(on.sort());
};

const owns = (state: State, id: Row[string] | undefined): boolean => state('secret').some(({ owner }) => owner === id);

interface Site {
  readonly https?: { readonly names: readonly string[] };
}

/** A machine serves HTTPS with what was set up last, and every set-up is of an instance and over. */
const expectSites = (
  instances: readonly Row[],
  machines: ReadonlyMap<Row[string] | undefined, Site>,
  setups: readonly Row[],
  installed: readonly Row[],
): void => {
  const served = instances.flatMap(({ id }) =>
    machines.get(id)?.https ? [`${id} ${machines.get(id)?.https?.names}`] : [],
  );
  const wanted = installed.map(
    (row) => `${row.instance} ${bodyOf<{ request: { domainNames: string[] } }>(row).request.domainNames}`,
  );
  expect(served.sort(), 'certificates of machines').toEqual(wanted.sort());
  const ids = new Set(instances.map(({ id }) => id));
  for (const { id, instance, status } of setups) {
    expect(ids.has(instance!), `the instance of the set-up ${id}`).toBe(true);
    expect(status).not.toBe('inProgress');
  }
};

/** A container service that could not be made says so. */
const isMade = (row: Row): boolean =>
  row.state !== 'PENDING' || bodyOf<ContainerService>(row).stateDetail === undefined;

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

interface Planned {
  readonly autoSnapshot?: { readonly schedule?: string };
  readonly stopOnIdle?: { readonly schedule?: string };
}

const bodyOf = <T>({ body }: Row): T => JSON.parse(String(body)) as T;
const innerOf = <T>({ inner_body }: Row): T => JSON.parse(String(inner_body)) as T;

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
