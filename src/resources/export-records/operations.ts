import type { ExportSnapshotRecord } from '../../api/generated/types.ts';
import { raw } from '../../api/serialize.ts';
import type { Handlers } from '../../context.ts';
import { recordBoth, subjectOf } from '../../operations/record.ts';
import type { InstanceSnapshotInner } from '../instance-snapshots/noun.ts';
import { listResources } from '../list.ts';
import { addResource } from '../resource.ts';
import { checkWhole, getSnapshot, type SnapshotInner, useSnapshot } from '../snapshots/snapshot.ts';
import { exportRecord } from './noun.ts';
import { exportSnapshot } from './tasks.ts';
import { newExportRecord } from './view.ts';

export const exportRecords = {
  ExportSnapshot: (ctx, { sourceSnapshotName }) =>
    ctx.write(async (tx) => {
      const found = await getSnapshot(tx, ctx.scope, sourceSnapshotName);
      checkWhole(found, 'exported');
      const id = ctx.ids.uuid();
      const body = newExportRecord(ctx, id, found);
      await addResource(tx, ctx, exportRecord, id, body, { firewall: firewallOf(found.inner) });
      await useSnapshot(tx, found);
      const order = { type: 'ExportSnapshot', status: 'Started' } as const;
      const operations = await recordBoth(tx, ctx, order, subjectOf(body), subjectOf(found.body));
      await ctx.enqueue(tx, exportSnapshot, {
        scope: ctx.scope,
        resource: id,
        input: { snapshot: found.row.id },
        operations: operations.map((operation) => operation.id ?? ''),
      });
      return { operations };
    }),

  async GetExportSnapshotRecords(ctx, { pageToken }) {
    const { text, nextPageToken } = await listResources(ctx, 'ExportSnapshotRecord', pageToken);
    return { exportSnapshotRecords: raw<ExportSnapshotRecord[]>(`[${text}]`), nextPageToken };
  },
} satisfies Handlers<'ExportSnapshot' | 'GetExportSnapshotRecords'>;

/** Snapshots of instances have one; those of disks do not. */
const firewallOf = (inner: SnapshotInner | InstanceSnapshotInner) =>
  'ports' in inner ? { ports: inner.ports, ipAddressType: inner.ipAddressType } : undefined;
