import type { LogLine } from '../databases.ts';
import type { DatabaseRun } from './databases.ts';
import { createWorkload, type Workload } from './workload.ts';

/** One time that a database was on; `end` is absent for as long as it is. Times in ms of Lateen's clock. */
interface Run {
  readonly start: number;
  readonly end: number | undefined;
  readonly of: DatabaseRun;
}

interface Range {
  readonly start: number;
  readonly end: number;
  readonly now: number;
}

/** What a log tells of one run. */
interface Stream {
  /** At its beginning and at its end. */
  begins(of: DatabaseRun): readonly string[];
  ends(of: DatabaseRun): readonly string[];
  /** What comes up in between: a look every so many ms, and what it finds. */
  readonly everyMs: number;
  looks(slot: number, workload: Workload, of: DatabaseRun): readonly string[];
  stamp(at: number, message: string): string;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const between = (workload: Workload, slot: number, topic: number, least: number, most: number): number =>
  Math.round(least + (most - least) * workload.chance(slot, topic));
/** Of the network that is set aside for documentation. */
const client = (workload: Workload, slot: number): string => `192.0.2.${between(workload, slot, 40, 1, 254)}`;
const on = ({ parameters }: DatabaseRun, name: string): boolean => parameters[name] === '1';

const mysqlStamp = (at: number, message: string): string =>
  `${new Date(at).toISOString().replace('Z', '000Z')} ${message}`;
const silent = { begins: () => [], ends: () => [] };

const statement = (workload: Workload, slot: number): string =>
  workload.chance(slot, 41) < 0.5 ? 'SELECT 1' : 'SHOW GLOBAL STATUS';

/** Streams of both engines (F478). The audit log tells of nothing for as long as nothing is set up to be audited. */
const streams: Readonly<Record<DatabaseRun['engine'], Readonly<Record<string, Stream>>>> = {
  mysql: {
    audit: { ...silent, everyMs: hourMs, looks: () => [], stamp: mysqlStamp },
    error: {
      begins: ({ engineVersion, port }) => [
        `0 [System] [MY-010116] [Server] /rdsdbbin/mysql/bin/mysqld (mysqld ${engineVersion}) starting as process 1`,
        '1 [System] [MY-013576] [InnoDB] InnoDB initialization has started.',
        '1 [System] [MY-013577] [InnoDB] InnoDB initialization has ended.',
        `0 [System] [MY-010931] [Server] /rdsdbbin/mysql/bin/mysqld: ready for connections. Version: '${engineVersion}'  socket: '/tmp/mysql.sock'  port: ${port}`,
      ],
      ends: ({ engineVersion }) => [
        `0 [System] [MY-010910] [Server] /rdsdbbin/mysql/bin/mysqld: Shutdown complete (mysqld ${engineVersion}).`,
      ],
      everyMs: hourMs,
      looks: (slot, workload) =>
        workload.chance(slot, 42) < 0.3
          ? [
              `${between(workload, slot, 43, 10, 9_999)} [Warning] [MY-010055] [Server] IP address '${client(workload, slot)}' could not be resolved: Name or service not known`,
            ]
          : [],
      stamp: mysqlStamp,
    },
    general: {
      ...silent,
      everyMs: minuteMs,
      looks: (slot, workload, of) =>
        on(of, 'general_log') ? [`${between(workload, slot, 43, 10, 9_999)} Query\t${statement(workload, slot)}`] : [],
      stamp: mysqlStamp,
    },
    slowquery: {
      ...silent,
      everyMs: hourMs,
      looks: (slot, workload, of) =>
        on(of, 'slow_query_log') && workload.chance(slot, 44) < 0.25
          ? [
              `# Query_time: ${(10 + 20 * workload.chance(slot, 45)).toFixed(6)}  Lock_time: 0.000002 Rows_sent: 1  Rows_examined: ${between(workload, slot, 46, 100_000, 9_000_000)}`,
            ]
          : [],
      stamp: mysqlStamp,
    },
  },
  postgres: {
    postgresql: {
      begins: ({ engineVersion, port }) => [
        `LOG:  starting PostgreSQL ${engineVersion} on x86_64-pc-linux-gnu`,
        `LOG:  listening on IPv4 address "0.0.0.0", port ${port}`,
        'LOG:  database system is ready to accept connections',
      ],
      ends: () => ['LOG:  received fast shutdown request', 'LOG:  database system is shut down'],
      everyMs: 5 * minuteMs,
      looks: (slot, workload) => [
        'LOG:  checkpoint starting: time',
        `LOG:  checkpoint complete: wrote ${between(workload, slot, 47, 1, 900)} buffers; 0 WAL file(s) added, 0 removed, 1 recycled`,
      ],
      stamp: (at, message) => `${new Date(at).toISOString().replace('T', ' ').slice(0, 19)} UTC::@:[1]:${message}`,
    },
  },
};

/** The lines that a stream has of one run, within the range and not after now. The same at every call. */
export const databaseLog = (id: string, name: string, run: Run, { start, end, now }: Range): LogLine[] => {
  const stream = streams[run.of.engine][name];
  if (stream === undefined) return [];
  const workload = createWorkload(id, 0);
  const last = Math.min(end, now + 1);
  const lines: { at: number; messages: readonly string[] }[] = [{ at: run.start, messages: stream.begins(run.of) }];
  const [from, to] = [Math.max(run.start + 1, start), Math.min(run.end ?? last, last)];
  for (let slot = Math.ceil(from / stream.everyMs); slot * stream.everyMs < to; slot++)
    lines.push({ at: slot * stream.everyMs, messages: stream.looks(slot, workload, run.of) });
  if (run.end !== undefined) lines.push({ at: run.end, messages: stream.ends(run.of) });
  return lines
    .filter(({ at }) => at >= start && at < last)
    .flatMap(({ at, messages }) => messages.map((message) => ({ at, message: stream.stamp(at, message) })));
};
