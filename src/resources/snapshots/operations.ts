import type { Handlers } from '../../context.ts';
import { recordOperation, subjectOf } from '../../operations/record.ts';
import { addResource } from '../resource.ts';
import { checkWhole, getSnapshot, kindOf, nounOfSnapshot, type SnapshotResource } from './snapshot.ts';
import { getAutomatic, nameOf, sourceOf } from './source.ts';
import { copySnapshot } from './tasks.ts';
import { copyOf } from './view.ts';

export const snapshots = {
  /** The request goes to the Region that the copy is to be in (F218). */
  CopySnapshot: (ctx, { sourceSnapshotName, sourceResourceName, targetSnapshotName, sourceRegion, ...more }) => {
    const source = sourceOf({ sourceSnapshotName }, { sourceResourceName }, more);
    const scope = { account: ctx.scope.account, region: sourceRegion };
    return ctx.write(async (tx) => {
      const found: SnapshotResource =
        'resource' in source
          ? await getAutomatic(tx, scope, source, ['Instance', 'Disk'])
          : await getSnapshot(tx, scope, source.snapshot);
      checkWhole(found, 'copied');
      const kind = kindOf(found);
      const id = ctx.ids.uuid();
      const { uses: _uses, ...inner } = found.inner;
      const body = copyOf(ctx, kind, id, targetSnapshotName, found.body);
      await addResource(tx, ctx, nounOfSnapshot(found), id, body, inner);
      const operations = [
        await recordOperation(tx, ctx, {
          type: 'CopySnapshot',
          subject: subjectOf(body),
          status: 'Started',
          details: `${sourceRegion}:${nameOf(source)}`,
        }),
      ];
      const input = { snapshot: id, operations: operations.map((operation) => operation.id ?? '') };
      await ctx.enqueue(tx, copySnapshot, { scope: ctx.scope, resource: found.row.id, input });
      return { operations };
    });
  },
} satisfies Handlers<'CopySnapshot'>;
