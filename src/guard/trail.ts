import type { Ids } from '../ids.ts';
import {
  type AuditRow,
  auditAfter,
  auditBefore,
  auditFrom,
  deleteAuditBefore,
  insertAudit,
} from '../store/records/audit.ts';
import { SharedSync } from '../store/shared-sync.ts';
import type { Store } from '../store/store.ts';
import { type AuditEvent, type AuditRecord, recordText } from './record.ts';

/** The log of who has done what. */
export interface Trail {
  /** Notes an event; it is kept by the next `flush`. */
  add(event: AuditEvent): void;
  /** Resolves when everything noted so far is committed: everyone who waits at the same time shares a transaction. */
  flush(): Promise<void>;
  read(query: AuditQuery): Promise<AuditPage>;
}

export interface AuditQuery {
  /** Goes on behind this place, or before it with `backwards`. */
  readonly place?: number | undefined;
  /** From the newest to the oldest. */
  readonly backwards?: boolean | undefined;
  /** Milliseconds since the epoch: from `since` on, and before `until`. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  matches(record: AuditRecord): boolean;
}

export interface AuditPage {
  readonly records: readonly AuditRecord[];
  /** Where to go on. */
  readonly place: number;
  /** The newest that was looked at: what comes later lies behind it. */
  readonly newest: number;
  /** Whether all there is has been looked at. */
  readonly end: boolean;
}

export interface TrailOptions {
  readonly store: Store;
  readonly ids: Ids;
  /** Milliseconds of the machine's clock: nobody shall wind the log away. */
  readonly now: () => number;
  /** How long events are kept, in ms. */
  readonly retention: number;
}

/** Rows that one call looks at, so that a long log is read in many short turns. */
const window = 500;
const prunedAtOnce = 500;
const pruneEveryMs = 60_000;
const lock = 'audit';

/** A log in the store. */
export const createTrail = ({ store, ids, now, retention }: TrailOptions): Trail => {
  let pending: (readonly [at: number, body: string])[] = [];
  let pruneAt = now();

  const write = async (): Promise<void> => {
    let taken: typeof pending = [];
    try {
      await store.write(lock, async (tx) => {
        // Whatever was noted until its turn has come; more than once where a transaction is tried again.
        [taken, pending] = [[...taken, ...pending], []];
        for (const [at, body] of taken) await insertAudit(tx, at, body);
        if (now() < pruneAt) return;
        const pruned = await deleteAuditBefore(tx, now() - retention, prunedAtOnce);
        // The rest of many goes with the next ones.
        if (pruned < prunedAtOnce) pruneAt = now() + pruneEveryMs;
      });
    } catch (error) {
      pending = [...taken, ...pending];
      throw error;
    }
  };
  const batches = new SharedSync(async () => {
    if (pending.length > 0) await write();
  });

  /** Where a reading begins: before the first row, or behind the last one. */
  const beginning = async ({ backwards, since, until }: AuditQuery): Promise<number> => {
    if (backwards) {
      const end = until === undefined ? undefined : await store.read((tx) => auditFrom(tx, until));
      return end ?? Number.MAX_SAFE_INTEGER;
    }
    const first = await store.read((tx) => auditFrom(tx, since ?? 0));
    return first === undefined ? lastPlace() : first - 1;
  };

  const lastPlace = async (): Promise<number> =>
    (await store.read((tx) => auditBefore(tx, Number.MAX_SAFE_INTEGER, 1)))[0]?.seq ?? 0;

  return {
    add(event) {
      const at = now();
      pending.push([at, recordText(event, ids.uuid(), at)]);
      batches.mark();
    },
    flush: () => batches.wait(),
    async read(query) {
      const { backwards, since = 0, until = Number.POSITIVE_INFINITY } = query;
      const from = query.place ?? (await beginning(query));
      const rows: readonly AuditRow[] = await store.read((tx) =>
        backwards ? auditBefore(tx, from, window) : auditAfter(tx, from, window),
      );
      const records = rows
        .filter(({ at }) => at >= since && at < until)
        .map(({ body }) => JSON.parse(body) as AuditRecord)
        .filter((record) => query.matches(record));
      const last = rows.at(-1);
      const outside = last !== undefined && (backwards ? last.at < since : last.at >= until);
      const place = last?.seq ?? from;
      const newest = backwards ? (rows[0]?.seq ?? 0) : place;
      return { records, place, newest, end: rows.length < window || outside };
    },
  };
};

/** Keeps nothing: for a retention of no days. */
export const noTrail: Trail = {
  add() {},
  flush: async () => {},
  read: async ({ place = 0 }) => ({ records: [], place, newest: place, end: true }),
};
