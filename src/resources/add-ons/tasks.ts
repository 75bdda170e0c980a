import { isDeepStrictEqual } from 'node:util';
import type { Disk, Instance } from '../../api/generated/types.ts';
import { insertAutoSnapshot } from '../../store/records/auto-snapshots.ts';
import type { ResourceRow } from '../../store/records/resources.ts';
import { hastenTasks } from '../../store/records/tasks.ts';
import type { Tx } from '../../store/store.ts';
import type { TaskContext, TaskKind } from '../../tasks/task.ts';
import { fromDisk, newDiskSnapshot } from '../disk-snapshots/view.ts';
import { innerOf, newInstanceSnapshot, volumesOf } from '../instance-snapshots/view.ts';
import { type Setting, textsOf } from '../resource.ts';
import { nounOfKind, type SnapshotBody, type SnapshotInner, type SnapshotKind } from '../snapshots/snapshot.ts';
import { createDiskSnapshot, createInstanceSnapshot } from '../snapshots/tasks.ts';
import { findHolder, type Holder, type HolderBody, type Settings, saveSettings, settingsOf } from './holder.ts';
import { dayOf, type Running, timeOf, turn } from './plan.ts';
import { addOnOf } from './rules.ts';

/** The add-on shows the time of the next snapshot, which may be another than the one that is set. */
export const withNext = ({ addOns }: Pick<HolderBody, 'addOns'>, plan: Running): Settings => ({
  addOns: addOns?.map((addOn) => ({ ...addOn, nextSnapshotTimeOfDay: timeOf(plan.nextAt) })),
  plan,
});

/**
 * Its resource is the plan's schedule, so it stands in nobody's way: it only begins a snapshot, in a task of what is snapshotted. It runs
 * for as long as the plan does.
 */
export const takeAutoSnapshots: TaskKind<{ readonly source: string }> = {
  name: 'TakeAutoSnapshots',
  unfailing: true,
  steps: [
    {
      name: 'take',
      run: (task) =>
        task.write(async (tx) => {
          const found = await findHolder(tx, task.input.source);
          const plan = found?.inner.autoSnapshot;
          if (found === undefined || plan?.schedule !== task.resource) return undefined;
          const now = task.clock.now();
          const time = addOnOf(found.body)?.snapshotTimeOfDay ?? '';
          const next = turn(plan as Running, now, time);
          if (next.take) await take(tx, task, found, dayOf(now));
          if (next.plan !== plan) await saveSettings(tx, found, withNext(found.body, next.plan));
          return { until: next.plan.nextAt };
        }),
    },
  ],
};

/** Begins the snapshot of the day, behind all that is to happen to its source before. */
const take = async (tx: Tx, task: TaskContext<unknown>, { row, body }: Holder, day: string): Promise<void> => {
  const { account, region, clock } = task;
  const scope = { account, region };
  const setting = { scope, clock };
  const id = task.ids.uuid();
  const input = { snapshot: id, operations: [] };
  if (row.kind === 'Instance') {
    const of = body as Instance;
    await add(tx, setting, row, id, 'InstanceSnapshot', newInstanceSnapshot(setting, id, day, of, []), innerOf(of));
    const order = { scope, resource: row.id, input: { ...input, volumes: volumesOf(of) } };
    await task.enqueue(tx, createInstanceSnapshot, order);
  } else {
    await add(tx, setting, row, id, 'DiskSnapshot', newDiskSnapshot(setting, id, day, fromDisk(body as Disk), []), {});
    await task.enqueue(tx, createDiskSnapshot, { scope, resource: row.id, input });
  }
};

/** A snapshot as any other, but that it belongs to its source, and that copies of it tell what it was (F212). */
const add = (
  tx: Tx,
  { scope, clock }: Setting,
  source: ResourceRow,
  id: string,
  kind: SnapshotKind,
  body: SnapshotBody,
  inner: SnapshotInner,
): Promise<void> =>
  insertAutoSnapshot(tx, {
    id,
    source: source.id,
    ...scope,
    kind,
    name: body.name ?? '',
    createdAt: clock.now(),
    ...textsOf(nounOfKind(kind), { ...body, isFromAutoSnapshot: true }, inner),
  });

const disabled = ({ addOns, plan }: Settings): Settings => ({
  addOns: addOns?.map(({ name, snapshotTimeOfDay }) => ({ name, snapshotTimeOfDay, status: 'Disabled' })),
  plan: { last: plan?.last },
});

const enabled = ({ addOns, plan }: Settings): Settings => ({
  addOns: addOns?.map((addOn) => ({ ...addOn, status: 'Enabled' })),
  plan,
});

const statusOf = (settings: Settings): string => addOnOf(settings)?.status ?? '';

/** What comes of an add-on that is on its way. */
const ends: Readonly<Record<string, typeof enabled>> = { Disabling: disabled, Enabling: enabled };

/** Ends a change; another plan has another next turn. */
const settle = async (tx: Tx, { clock }: TaskContext<unknown>, found: Holder, to: Settings): Promise<void> => {
  const { plan } = settingsOf(found);
  await saveSettings(tx, found, to);
  if (plan?.schedule !== undefined && plan !== to.plan) await hastenTasks(tx, plan.schedule, clock.now());
};

interface Change {
  readonly before: Settings;
  readonly after: Settings;
}

/** The holder, unless it is gone, or something else was wished for since: then the end of that is the end of this. */
const findChanging = async (tx: Tx, { resource, input }: TaskContext<Change>): Promise<Holder | undefined> => {
  const found = await findHolder(tx, resource);
  return found && statusOf(settingsOf(found)) === statusOf(input.after) ? found : undefined;
};

/** An add-on is set as `after` with the answer, and on or off when the resource has its turn. No engine has a part in it. */
export const setAddOn: TaskKind<Change> = {
  name: 'SetAddOn',
  steps: [{ name: 'set', run: async () => undefined }],
  async finish(tx, task) {
    const found = await findChanging(tx, task);
    const end = ends[statusOf(task.input.after)];
    if (found !== undefined && end !== undefined) await settle(tx, task, found, end(settingsOf(found)));
  },
  /** All is as it was, unless a snapshot was taken since: then it goes on. */
  async fail(tx, task) {
    const found = await findChanging(tx, task);
    if (found === undefined) return;
    const known = settingsOf(found);
    const { before, after } = task.input;
    await settle(tx, task, found, isDeepStrictEqual(known, after) ? before : enabled(known));
  },
};

export const addOnTasks = [setAddOn, takeAutoSnapshots];
