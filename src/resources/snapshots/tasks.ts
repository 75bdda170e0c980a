import type { AttachedVolume } from '../../engines/machine.ts';
import { failOperation } from '../../operations/record.ts';
import type { Tx } from '../../store/store.ts';
import { createEnqueue } from '../../tasks/queue.ts';
import type { TaskContext, TaskKind } from '../../tasks/task.ts';
import { deleteSnapshot } from './delete.ts';
import { keepNewest } from './keep.ts';
import { findSnapshot, kindOf, removeSnapshot, saveSnapshot, sourceIdOf, wholeState } from './snapshot.ts';

/** The task's own resource is the source: whatever changes or deletes that later waits until the snapshot has begun. */
export interface Beginning {
  /** Id of the new snapshot. */
  readonly snapshot: string;
  /** They end when the snapshot is whole. */
  readonly operations: readonly string[];
}

/** Work that is done as soon as the snapshot has begun; `completeSnapshot` sees to the rest, and the source is free again. */
const beginning = <I extends Beginning>(
  name: string,
  step: string,
  begin: (task: TaskContext<I>) => Promise<void>,
): TaskKind<I> => ({
  name,
  steps: [
    {
      name: step,
      async run(task) {
        await begin(task);
        return undefined;
      },
      undo: ({ machines, input }) => machines.deleteSnapshot(input.snapshot),
    },
  ],
  finish: (tx, { account, region, clock, input: { snapshot, operations } }) =>
    createEnqueue(clock)(tx, completeSnapshot, {
      scope: { account, region },
      resource: snapshot,
      input: {},
      operations,
    }),
  async fail(tx, task, error) {
    await giveUp(tx, task, task.input.snapshot);
    for (const id of task.input.operations) await failOperation(tx, task.clock, id, error);
  },
});

export const createInstanceSnapshot = beginning<Beginning & { volumes: readonly AttachedVolume[] }>(
  'CreateInstanceSnapshot',
  'take',
  ({ machines, resource, input }) => machines.snapshotMachine(input.snapshot, resource, input.volumes),
);

/** Of a disk, or of an instance's system disk. */
export const createDiskSnapshot = beginning('CreateDiskSnapshot', 'take', ({ machines, resource, input }) =>
  machines.snapshotVolume(input.snapshot, resource),
);

export const copySnapshot = beginning('CopySnapshot', 'copy', ({ machines, resource, input }) =>
  machines.copySnapshot(input.snapshot, resource),
);

/** A snapshot that has begun grows until it is whole. Only those of disks show how far they are (F202). */
export const completeSnapshot: TaskKind<object> = {
  name: 'CompleteSnapshot',
  steps: [
    {
      name: 'complete',
      async run(task) {
        const { percent, until } = await task.machines.snapshotProgress(task.resource);
        if (until === undefined) return undefined;
        await task.write((tx) => show(tx, task, 'pending', percent));
        return { until };
      },
      undo: ({ machines, resource }) => machines.deleteSnapshot(resource),
    },
  ],
  finish: (tx, task) => show(tx, task, 'whole', 100),
  fail: (tx, task) => giveUp(tx, task, task.resource),
};

const show = async (tx: Tx, task: TaskContext<unknown>, state: 'pending' | 'whole', percent: number): Promise<void> => {
  const found = await findSnapshot(tx, task.resource);
  if (found === undefined) return;
  const kind = kindOf(found);
  await saveSnapshot(tx, found, {
    ...found.body,
    state: state === 'whole' ? wholeState[kind] : state,
    progress: kind === 'DiskSnapshot' ? `${percent}%` : undefined,
  });
  const source = sourceIdOf(found);
  if (source !== undefined && state === 'whole') await keepNewest(tx, task, source);
};

/** A manual snapshot that cannot be taken leaves nothing behind but its operations, and an automatic one its row, which says so (F247). */
const giveUp = async (tx: Tx, task: TaskContext<unknown>, id: string): Promise<void> => {
  const found = await findSnapshot(tx, id);
  if (found === undefined) return;
  const source = sourceIdOf(found);
  if (source === undefined) return removeSnapshot(tx, found);
  await saveSnapshot(tx, found, { ...found.body, state: 'error' });
  await keepNewest(tx, task, source);
};

export const snapshotTasks = [
  createInstanceSnapshot,
  createDiskSnapshot,
  copySnapshot,
  completeSnapshot,
  deleteSnapshot,
];
