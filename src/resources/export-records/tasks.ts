import type { ExportSnapshotRecord } from '../../api/generated/types.ts';
import { findById } from '../../store/records/resources.ts';
import type { Tx } from '../../store/store.ts';
import type { TaskContext, TaskKind } from '../../tasks/task.ts';
import { readResource, saveResource } from '../resource.ts';
import { releaseSnapshot } from '../snapshots/keep.ts';
import { type ExportInner, exportRecord } from './noun.ts';
import { destinationOf } from './view.ts';

/** `snapshot` is the id of what is exported, which is kept until then. A record of an export that failed stays and says so (F222). */
export const exportSnapshot: TaskKind<{ snapshot: string }> = {
  name: 'ExportSnapshot',
  steps: [
    {
      name: 'export',
      run: ({ machines, resource, input }) => machines.exportSnapshot(resource, input.snapshot),
      undo: ({ machines, resource }) => machines.deleteSnapshot(resource),
    },
  ],
  finish: (tx, task) =>
    end(tx, task, (body) => ({
      ...body,
      destinationInfo: destinationOf(body, task.resource),
      state: 'Succeeded',
    })),
  fail: (tx, task) => end(tx, task, (body) => ({ ...body, state: 'Failed' })),
};

const end = async (
  tx: Tx,
  task: TaskContext<{ snapshot: string }>,
  to: (body: ExportSnapshotRecord) => ExportSnapshotRecord,
): Promise<void> => {
  await releaseSnapshot(tx, task, task.input.snapshot);
  const row = await findById(tx, task.resource);
  if (row === undefined) return;
  const found = readResource<ExportSnapshotRecord, ExportInner>(row);
  await saveResource(tx, exportRecord, found, to(found.body), found.inner);
};

export const exportTasks = [exportSnapshot];
