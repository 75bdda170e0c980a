import type { Tx } from '../store.ts';
import type { ResourceRow } from './resources.ts';

/** An automatic snapshot: as a manual one, but that its name is its day (YYYY-MM-DD), unique for the resource with the id `source`. */
export interface AutoSnapshotRow extends ResourceRow {
  readonly source: string;
}

export const autoSnapshotColumns =
  'id, source, day as "name", account, region, kind, state, created_at as "createdAt", body, inner_body as "inner"';

export const insertAutoSnapshot = async (tx: Tx, row: AutoSnapshotRow): Promise<void> => {
  await tx.run(
    `insert into auto_snapshot (id, source, day, account, region, kind, state, created_at, body, inner_body)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    row.id,
    row.source,
    row.name,
    row.account,
    row.region,
    row.kind,
    row.state,
    row.createdAt,
    row.body,
    row.inner,
  );
};

export const updateAutoSnapshot = async (tx: Tx, row: ResourceRow): Promise<void> => {
  await tx.run(
    'update auto_snapshot set state = ?, body = ?, inner_body = ? where id = ?',
    row.state,
    row.body,
    row.inner,
    row.id,
  );
};

export const deleteAutoSnapshot = async (tx: Tx, id: string): Promise<void> => {
  await tx.run('delete from auto_snapshot where id = ?', id);
};

export const findAutoSnapshot = (tx: Tx, id: string): Promise<AutoSnapshotRow | undefined> =>
  tx.get<AutoSnapshotRow>(`select ${autoSnapshotColumns} from auto_snapshot where id = ?`, id);

/** Newest first. */
export const autoSnapshotsOf = (tx: Tx, source: string): Promise<readonly AutoSnapshotRow[]> =>
  tx.all<AutoSnapshotRow>(
    `select ${autoSnapshotColumns} from auto_snapshot where source = ? order by day desc`,
    source,
  );
