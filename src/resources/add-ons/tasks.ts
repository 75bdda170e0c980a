import { isDeepStrictEqual } from 'node:util';
import type { AddOn, AddOnType, Disk, Instance } from '../../api/generated/types.ts';
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
import { findHolder, type Holder, type Settings, saveSettings, settingsOf } from './holder.ts';
import { dayOf, type Running, timeOf, turn } from './plan.ts';
import { autoSnapshot } from './rules.ts';
import { stopIdleInstance } from './watch.ts';

/** The add-on shows the time of the next snapshot, which may be another than the one that is set. */
export const withNext = (addOn: AddOn | undefined, plan: Running): Settings => ({
  addOn: addOn && { ...addOn, nextSnapshotTimeOfDay: timeOf(plan.nextAt) },
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
          if (found === undefined) return undefined;
          const { addOn, plan } = settingsOf(found, autoSnapshot);
          if (plan?.schedule !== task.resource) return undefined;
          const now = task.clock.now();
          const next = turn(plan as Running, now, addOn?.snapshotTimeOfDay ?? '');
          if (next.take) await take(tx, task, found, dayOf(now));
          if (next.plan !== plan) await saveSettings(tx, found, autoSnapshot, withNext(addOn, next.plan));
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

const disabled = ({ addOn, plan }: Settings): Settings => {
  const { nextSnapshotTimeOfDay: _none, ...known } = addOn ?? {};
  return { addOn: { ...known, status: 'Disabled' }, plan: { last: plan?.last } };
};

const enabled = ({ addOn, plan }: Settings): Settings => ({ addOn: { ...addOn, status: 'Enabled' }, plan });

/** What comes of an add-on that is on its way. */
const ends: Readonly<Record<string, typeof enabled>> = { Disabling: disabled, Enabling: enabled };

const ended = (settings: Settings): Settings => ends[settings.addOn?.status ?? '']?.(settings) ?? settings;

interface Change {
  readonly type: AddOnType;
  readonly before: Settings;
  readonly after: Settings;
}

/** Ends a change; another plan has another next turn. */
const settle = async (tx: Tx, task: TaskContext<Change>, found: Holder, to: Settings): Promise<void> => {
  const { type } = task.input;
  const { plan } = settingsOf(found, type);
  await saveSettings(tx, found, type, to);
  if (plan?.schedule !== undefined && plan !== to.plan) await hastenTasks(tx, plan.schedule, task.clock.now());
};

/** The holder, unless it is gone, or something else was wished for since: then the end of that is the end of this. */
const findChanging = async (tx: Tx, { resource, input }: TaskContext<Change>): Promise<Holder | undefined> => {
  const found = await findHolder(tx, resource);
  const isSame = found && settingsOf(found, input.type).addOn?.status === input.after.addOn?.status;
  return isSame ? found : undefined;
};

/** An add-on is set as `after` with the answer, and on or off when the resource has its turn. No engine has a part in it. */
export const setAddOn: TaskKind<Change> = {
  name: 'SetAddOn',
  steps: [{ name: 'set', run: async () => undefined }],
  async finish(tx, task) {
    const found = await findChanging(tx, task);
    if (found !== undefined) await settle(tx, task, found, ended(settingsOf(found, task.input.type)));
  },
  /** All is as it was, unless a snapshot was taken since: then it goes on. */
  async fail(tx, task) {
    const found = await findChanging(tx, task);
    if (found === undefined) return;
    const { type, before, after } = task.input;
    const known = settingsOf(found, type);
    await settle(tx, task, found, isDeepStrictEqual(known, after) ? ended(before) : enabled(known));
  },
};

export const addOnTasks = [setAddOn, stopIdleInstance, takeAutoSnapshots];
