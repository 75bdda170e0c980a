import type { Handlers } from '../../context.ts';
import { notFound } from '../../errors.ts';
import { subjectOf } from '../../operations/record.ts';
import { autoSnapshotsOf } from '../../store/records/auto-snapshots.ts';
import { getHolder } from '../add-ons/holder.ts';
import { readResource } from '../resource.ts';
import { remove } from '../snapshots/delete.ts';
import { detailsOf } from './view.ts';

export const autoSnapshots = {
  /** Newest first (F246); those of a resource whose add-on was disabled too. */
  GetAutoSnapshots: (ctx, { resourceName }) =>
    ctx.read(async (tx) => {
      const { row } = await getHolder(tx, ctx.scope, resourceName);
      const rows = await autoSnapshotsOf(tx, row.id);
      return {
        autoSnapshots: rows.map((found) => detailsOf(readResource(found))),
        resourceName,
        resourceType: row.kind,
      };
    }),

  /** F250: its operation shows the Region where others show the zone. */
  DeleteAutoSnapshot: (ctx, { resourceName, date }) =>
    ctx.write(async (tx) => {
      const { row, body } = await getHolder(tx, ctx.scope, resourceName);
      const found = (await autoSnapshotsOf(tx, row.id)).find(({ name }) => name === date);
      if (found === undefined) throw notFound('AutoSnapshot');
      return remove(tx, ctx, readResource(found), {
        subject: { ...subjectOf(body), zone: ctx.scope.region },
        details: `${ctx.operation}-${date}`,
      });
    }),
} satisfies Handlers<'GetAutoSnapshots' | 'DeleteAutoSnapshot'>;
