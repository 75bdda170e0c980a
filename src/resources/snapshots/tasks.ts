import type { AttachedVolume } from '../../engines/machine.ts';
import { failOperation } from '../../operations/record.ts';
import { deleteResource } from '../../store/records/resources.ts';
import type { Tx } from '../../store/store.ts';
import { createEnqueue } from '../../tasks/queue.ts';
import type { TaskContext, TaskKind } from '../../tasks/task.ts';
import { findSnapshot, kindOf, saveSnapshot, wholeState } from './snapshot.ts';

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
  async fail(tx, { clock, input }, error) {
    await remove(tx, input.snapshot);
    for (const id of input.operations) await failOperation(tx, clock, id, error);
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
        await task.write((tx) => show(tx, task.resource, 'pending', percent));
        return { until };
      },
      undo: ({ machines, resource }) => machines.deleteSnapshot(resource),
    },
  ],
  finish: (tx, { resource }) => show(tx, resource, 'whole', 100),
  fail: (tx, { resource }) => remove(tx, resource),
};

/** The row went with the answer. */
export const deleteSnapshot: TaskKind<object> = {
  name: 'DeleteSnapshot',
  unfailing: true,
  steps: [
    {
      name: 'delete',
      async run({ machines, resource }) {
        await machines.deleteSnapshot(resource);
        return undefined;
      },
    },
  ],
};

const show = async (tx: Tx, id: string, state: 'pending' | 'whole', percent: number): Promise<void> => {
  const found = await findSnapshot(tx, id);
  if (found === undefined) return;
  const kind = kindOf(found);
  await saveSnapshot(tx, found, {
    ...found.body,
    state: state === 'whole' ? wholeState[kind] : state,
    progress: kind === 'DiskSnapshot' ? `${percent}%` : undefined,
  });
};

/** A snapshot that cannot be taken leaves nothing behind but its operations. */
const remove = async (tx: Tx, id: string): Promise<void> => {
  const found = await findSnapshot(tx, id);
  if (found !== undefined) await deleteResource(tx, found.row);
};

export const snapshotTasks = [
  createInstanceSnapshot,
  createDiskSnapshot,
  copySnapshot,
  completeSnapshot,
  deleteSnapshot,
];
