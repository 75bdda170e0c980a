import type { ResourceType } from '../../api/generated/types.ts';
import type { Tx } from '../store.ts';
import { autoSnapshotColumns } from './auto-snapshots.ts';
import { columns, type ResourceRow } from './resources.ts';

const marks = (values: readonly unknown[]): string => values.map(() => '?').join(', ');

/** Those of the ids that have a row, as a resource or as an automatic snapshot. For a page of them, not for all. */
export const findResources = async (tx: Tx, ids: readonly string[]): Promise<readonly ResourceRow[]> => [
  ...(await tx.all<ResourceRow>(`select ${columns} from resource where id in (${marks(ids)})`, ...ids)),
  ...(await tx.all<ResourceRow>(
    `select ${autoSnapshotColumns} from auto_snapshot where id in (${marks(ids)})`,
    ...ids,
  )),
];

/** Those of the ids that a task is about. */
export const busyAmong = async (tx: Tx, ids: readonly string[]): Promise<ReadonlySet<string>> => {
  const rows = await tx.all<{ resource: string }>(
    `select distinct resource from task where resource in (${marks(ids)})`,
    ...ids,
  );
  return new Set(rows.map(({ resource }) => resource));
};

/** Whether anything knows of the id: a row, or a task that is about it or has it as input. Reads all tasks. */
export const isKnown = async (tx: Tx, id: string): Promise<boolean> => {
  const known = await tx.get(
    `select 1 as found from resource where id = ?
     union all select 1 from auto_snapshot where id = ?
     union all select 1 from task where resource = ? or input like ? limit 1`,
    id,
    id,
    id,
    `%${id}%`,
  );
  return known !== undefined;
};

/** Rows of these kinds, of all accounts, behind position `after`, oldest first. */
export const pageOfKinds = (
  tx: Tx,
  kinds: readonly ResourceType[],
  after: number,
  size: number,
): Promise<readonly (ResourceRow & { readonly seq: number })[]> =>
  tx.all(
    `select seq, ${columns} from resource where kind in (${marks(kinds)}) and seq > ? order by seq limit ?`,
    ...kinds,
    after,
    size,
  );
