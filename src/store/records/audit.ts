import type { Tx } from '../store.ts';

/** A call of the audit log: `body` is a record in CloudTrail's form (JSON text), `at` ms of the machine's clock. */
export interface AuditRow {
  readonly seq: number;
  readonly at: number;
  readonly body: string;
}

export const insertAudit = async (tx: Tx, at: number, body: string): Promise<void> => {
  await tx.run('insert into audit (at, body) values (?, ?)', at, body);
};

const columns = 'select seq, at, body from audit';

/** At most `count` rows behind `seq`, the oldest first. */
export const auditAfter = (tx: Tx, seq: number, count: number): Promise<readonly AuditRow[]> =>
  tx.all<AuditRow>(`${columns} where seq > ? order by seq limit ?`, seq, count);

/** At most `count` rows before `seq`, the newest first. */
export const auditBefore = (tx: Tx, seq: number, count: number): Promise<readonly AuditRow[]> =>
  tx.all<AuditRow>(`${columns} where seq < ? order by seq desc limit ?`, seq, count);

/** The place of the first row from `at` on; undefined when there is none. */
export const auditFrom = async (tx: Tx, at: number): Promise<number | undefined> =>
  (await tx.get<{ seq: number }>('select seq from audit where at >= ? order by at, seq limit 1', at))?.seq;

/** Deletes at most `count` rows from before `at`, and says how many. */
export const deleteAuditBefore = (tx: Tx, at: number, count: number): Promise<number> =>
  tx.run('delete from audit where seq in (select seq from audit where at < ? order by at limit ?)', at, count);
