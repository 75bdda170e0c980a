import type { Clock } from '../../clock.ts';
import { formatAddress } from '../../store/records/addresses.ts';
import { monitoredBy } from '../../store/records/alarms.ts';
import {
  addressesOf,
  allAutoSnapshots,
  allResources,
  allTasks,
  hasOwner,
  openOperations,
  orphans,
  owned,
  strayEntries,
  type TaskSummary,
  wrongUsage,
} from '../../store/records/consistency.ts';
import { findOperation } from '../../store/records/operations.ts';
import { findById, findNamed, type ResourceRow } from '../../store/records/resources.ts';
import { findLabel, idleLabels } from '../../store/records/subdomain-labels.ts';
import type { Store, Tx } from '../../store/store.ts';
import { readResource } from '../resource.ts';
import { fqdnOf } from '../subdomains/rules.ts';
import { type Look, type Rule, rules } from './rules.ts';

/** One thing that is wrong. `subject` is what it is wrong with. */
export interface Finding {
  readonly account?: string | undefined;
  readonly region?: string | undefined;
  readonly subject: string;
  readonly problem: string;
}

export interface StateReport {
  /** How many resources, automatic snapshots, tasks and operations that go on were looked at. */
  readonly rows: number;
  /** The first of them. */
  readonly findings: readonly Finding[];
  /** How many there are. */
  readonly count: number;
}

const mostFindings = 1_000;
/** Longer than any step waits, but for those that wait for their resource: one that is gone is not worth a wait. */
const longestWaitMs = 3_600_000;
/** So often only work is tried that must not fail. */
const mostAttempts = 10;

/** Ids that are no resource's, and may own something. */
const houseOwners: ReadonlySet<string> = new Set(['authority', 'listeners']);
/** What goes when the task that follows a deletion goes. */
const followers: ReadonlySet<string> = new Set([
  'address',
  'balancer_spell',
  'machine',
  'machine_run',
  'object_bucket',
]);

const uuids = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/**
 * Walks all state, as it is at one moment, and finds what dangles: links without an end, things that belong to nobody, work that
 * was begun and that nothing ends, counters that count wrong. In memory are the ids that tasks name, and nothing else.
 */
export const checkState = (store: Store, clock: Clock): Promise<StateReport> =>
  store.snapshot(async (tx) => {
    const [findings, underWay] = [[] as Finding[], new Set<string>()];
    let [rows, count] = [0, 0];
    const tell = (finding: Finding): void => {
      count += 1;
      if (count <= mostFindings) findings.push(finding);
    };

    for await (const task of allTasks(tx)) {
      rows += 1;
      for (const [id] of `${task.resource} ${task.operations} ${task.input}`.matchAll(uuids)) underWay.add(id);
      for (const problem of await problemsOfTask(tx, task, clock.now())) {
        const { account, region, kind, resource } = task;
        tell({ account, region, subject: `task ${kind} of ${resource}`, problem });
      }
    }
    for await (const { account, region, id, resourceName } of openOperations(tx)) {
      rows += 1;
      if (!underWay.has(id))
        tell({
          account,
          region,
          subject: `operation ${id} of ${resourceName}`,
          problem: 'goes on, and no task ends it',
        });
    }
    for await (const row of allResources(tx)) {
      rows += 1;
      const { account, region, kind, name } = row;
      for (const problem of await problemsOf(tx, row, underWay))
        tell({ account, region, subject: `${kind} ${name}`, problem });
    }
    for await (const row of allAutoSnapshots(tx)) {
      rows += 1;
      const { account, region, name } = row;
      const problems = await problemsOf(tx, row, underWay);
      // What is pending or in use goes later than its source, and tasks name it until then.
      if (!underWay.has(row.id) && (await findById(tx, row.source)) === undefined)
        problems.push('was taken of a resource that is not there');
      for (const problem of problems)
        tell({ account, region, subject: `AutoSnapshot ${name} of ${row.source}`, problem });
    }
    for (const place of owned) {
      for await (const id of orphans(tx, place)) {
        if (houseOwners.has(id) || (followers.has(place.table) && underWay.has(id))) continue;
        tell({ subject: `${place.table} of ${id}`, problem: 'belongs to a resource that is not there' });
      }
    }
    for (const label of await idleLabels(tx, fqdnOf('')))
      tell({ subject: `subdomain_label of ${label}`, problem: 'is kept for subdomains that are not there' });
    for (const { account, table, name, problem } of await strayEntries(tx))
      tell({ account, subject: `${table} of ${name}`, problem });
    for (const { account, kind, used, counted } of await wrongUsage(tx))
      tell({ account, subject: `quota of ${kind}`, problem: `counts ${used}, and there are ${counted}` });
    return { rows, findings, count };
  });

const problemsOfTask = async (tx: Tx, task: TaskSummary, now: number): Promise<readonly string[]> => {
  const problems: string[] = [];
  for (const id of JSON.parse(task.operations) as string[])
    if ((await findOperation(tx, id)) === undefined) problems.push(`is to end the operation ${id}, which is not there`);
  if (task.runAt > now + longestWaitMs && !(await isAboutSomebody(tx, task)))
    problems.push(`waits until ${new Date(task.runAt).toISOString()} for a resource that is not there`);
  if (task.attempts >= mostAttempts) problems.push(`was tried ${task.attempts} times in vain: ${task.error}`);
  return problems;
};

/** Whether it is about a resource that is there, or names one. */
const isAboutSomebody = async (tx: Tx, { resource, input }: TaskSummary): Promise<boolean> => {
  for (const [id] of `${resource} ${input}`.matchAll(uuids)) if (await hasOwner(tx, id)) return true;
  return false;
};

const problemsOf = async (tx: Tx, row: ResourceRow, underWay: ReadonlySet<string>): Promise<string[]> => {
  const found = readResource(row);
  const look: Look = {
    async named(name, region = row.region) {
      const other = await findNamed(tx, { account: row.account, region }, name);
      return other && readResource(other);
    },
    isUnderWay: (id) => underWay.has(id),
    holdsLabel: async (label) => (await findLabel(tx, label, 0))?.account === row.account,
    addresses: async () => (await addressesOf(tx, row.id)).map(formatAddress),
    monitored: () => monitoredBy(tx, row.id),
  };
  const problems: string[] = [];
  for (const rule of (rules[row.kind] ?? []) as readonly Rule<typeof found>[])
    problems.push(...(await rule(found, look)));
  return problems;
};
