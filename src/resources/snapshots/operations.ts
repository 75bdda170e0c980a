import type { Handlers } from '../../context.ts';
import { recordOperation, subjectOf } from '../../operations/record.ts';
import { addResource } from '../resource.ts';
import { checkWhole, getSnapshot, kindOf, nounOfSnapshot } from './snapshot.ts';
import { refuseAutomatic, sourceOf } from './source.ts';
import { copySnapshot } from './tasks.ts';
import { copyOf } from './view.ts';

export const snapshots = {
  /** The request goes to the Region that the copy is to be in (F218). */
  CopySnapshot: (ctx, { sourceSnapshotName, sourceResourceName, targetSnapshotName, sourceRegion, ...more }) => {
    const source = sourceOf({ sourceSnapshotName }, { sourceResourceName }, more);
    const scope = { account: ctx.scope.account, region: sourceRegion };
    return ctx.write(async (tx) => {
      if ('resource' in source) return refuseAutomatic(tx, scope, source.resource, ['Instance', 'Disk']);
      const found = await getSnapshot(tx, scope, source.snapshot);
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
          details: `${sourceRegion}:${source.snapshot}`,
        }),
      ];
      const input = { snapshot: id, operations: operations.map((operation) => operation.id ?? '') };
      await ctx.enqueue(tx, copySnapshot, { scope: ctx.scope, resource: found.row.id, input });
      return { operations };
    });
  },
} satisfies Handlers<'CopySnapshot'>;
