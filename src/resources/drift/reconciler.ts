import { isDeepStrictEqual } from 'node:util';
import type { Instance, ResourceType } from '../../api/generated/types.ts';
import type { Change, Kept, Machines } from '../../engines/machine.ts';
import { busyAmong, findResources, isKnown, pageOfKinds } from '../../store/records/drift.ts';
import { getMeta, setMeta } from '../../store/records/meta.ts';
import type { ResourceRow } from '../../store/records/resources.ts';
import type { Store } from '../../store/store.ts';
import type { Enqueue } from '../../tasks/queue.ts';
import { tellMachine, toldOf } from '../instances/tasks.ts';
import type { Deviation, Drift } from './drift.ts';

type Engine = Pick<Machines, 'list' | 'mend' | 'delete' | 'deleteVolume' | 'deleteSnapshot'>;

export interface ReconcilerOptions {
  readonly store: Store;
  readonly machines: Engine;
  readonly enqueue: Enqueue;
  /** The instance of a machine is to show how that has changed. */
  readonly follow: (id: string, to: Change) => Promise<void>;
  /** Says that there is work in the queue. */
  readonly poke: () => void;
  readonly log: (line: Record<string, unknown>) => void;
  /** How often to look, in ms of the machine's clock. */
  readonly everyMs?: number;
}

/** Holds rows and engine together: what happened to one behind the other's back is noticed, told, and mended where that is safe. */
export interface Reconciler {
  start(): void;
  /** Has it look soon: something has happened. */
  soon(): void;
  /** What the last look has found; with `now`, after another one. */
  drift(now: boolean): Promise<Drift>;
  /** Waits for a look under way. */
  stop(): Promise<void>;
}

const minute = 60_000;
const soonMs = 5_000;
/** How many rows are read at once. */
const page = 100;

/** What a row of the kind has in the engine. */
const keptAs: Readonly<Partial<Record<ResourceType, Kept['kind']>>> = {
  Instance: 'machine',
  Disk: 'volume',
  InstanceSnapshot: 'snapshot',
  DiskSnapshot: 'snapshot',
};
const kinds = Object.keys(keptAs) as ResourceType[];

/**
 * Whether the database is the one that the engine works for: `yes` or `no`. An empty one, as of a start with the wrong options, knows
 * nothing of what there is, and must not make orphans of it.
 */
const trust = 'engine-known';

export const createReconciler = (options: ReconcilerOptions): Reconciler => {
  const { store, machines, log, everyMs = minute } = options;
  let last: Drift = { found: [] };
  /** Rows that had nothing in the engine the last time: some are made while a look goes on. */
  let missing = new Set<string>();
  let looking: Promise<void> | undefined;
  let timers: NodeJS.Timeout[] = [];
  let hurry: NodeJS.Timeout | undefined;
  let stopped = false;

  /** The rows of some things, and which of them a task is about. In this order: what is deleted has a task then. */
  const rowsOf = (ids: readonly string[]) =>
    store.read(async (tx) => {
      const rows = new Map((await findResources(tx, ids)).map((row) => [row.id, row]));
      return { rows, busy: await busyAmong(tx, ids) };
    });

  const compare = async (row: ResourceRow, kept: Kept): Promise<Deviation[]> => {
    if (row.kind !== 'Instance' || kept.kind !== 'machine' || !kept.whole) return [];
    const about = { kind: kept.kind, ...ownerOf(row) };
    const change = changeOf(row.state, kept.state);
    if (change !== undefined) {
      await options.follow(row.id, change);
      const text = `The machine was ${change === 'running' ? 'started' : 'stopped'} outside of Lateen. Its instance follows.`;
      return [{ ...about, text, mended: true }];
    }
    const told = toldOf(JSON.parse(row.body) as Instance);
    if (sameJson(told, kept.told)) return [];
    const order = { scope: { account: row.account, region: row.region }, resource: row.id, input: {} };
    await store.write(row.account, (tx) => options.enqueue(tx, tellMachine, order));
    // A machine that was stopped hears like this that it has no public address any more: nothing was out of order.
    const { publicIp } = told.addresses;
    if (row.state === 'stopped' && sameJson(told, { ...kept.told, addresses: { ...kept.told.addresses, publicIp } }))
      return [];
    return [{ ...about, text: 'The engine has other addresses, ports or options. It is told again.', mended: true }];
  };

  /** Goes through what the engine has. */
  const lookAtEngine = async (list: AsyncIterable<Kept>) => {
    const there = new Set<string>();
    const orphans: Kept[] = [];
    const found: Deviation[] = [];
    let known = 0;
    for await (const some of pages(list)) {
      if (stopped) break;
      const { rows, busy } = await rowsOf(some.map(({ id }) => id));
      for (const kept of some) {
        if (kept.whole) there.add(kept.id);
        const row = rows.get(kept.id);
        if (row !== undefined) known++;
        if (busy.has(kept.id)) continue;
        if (row === undefined) orphans.push(kept);
        else found.push(...(await compare(row, kept)));
      }
    }
    return { there, orphans, found, known };
  };

  /** Goes through the rows for what the engine does not have. */
  const lookAtRows = async (there: ReadonlySet<string>): Promise<Deviation[]> => {
    const found: Deviation[] = [];
    const now = new Set<string>();
    for (let after = 0; !stopped; ) {
      const some = await store.read((tx) => pageOfKinds(tx, kinds, after, page));
      const absent = some.filter(({ id }) => !there.has(id));
      const busy = await store.read((tx) =>
        busyAmong(
          tx,
          absent.map(({ id }) => id),
        ),
      );
      for (const row of absent.filter(({ id }) => !busy.has(id))) {
        now.add(row.id);
        if (!missing.has(row.id)) continue;
        if (row.kind === 'Instance') await options.follow(row.id, 'gone');
        found.push({ kind: keptAs[row.kind] ?? 'host', ...ownerOf(row), text: lossOf(row), mended: false });
      }
      if (some.length < page) break;
      after = some.at(-1)?.seq ?? after;
    }
    missing = now;
    return found;
  };

  /** One that was listed just before the end of the task that deletes it is no orphan. Each once. */
  const stillThere = async (orphans: readonly Kept[]): Promise<readonly Kept[]> => {
    const left = new Map<string, Kept>();
    const ids = new Set(orphans.map(({ id }) => id));
    if (ids.size > 0) for await (const kept of machines.list?.() ?? []) if (ids.has(kept.id)) left.set(kept.id, kept);
    return [...left.values()];
  };

  const remove = ({ kind, id }: Kept): Promise<unknown> => {
    const by = {
      machine: () => machines.delete(id),
      volume: () => machines.deleteVolume(id),
      snapshot: () => machines.deleteSnapshot(id),
    };
    return by[kind]();
  };

  const clear = async (orphan: Kept): Promise<Deviation[]> => {
    if (await store.read((tx) => isKnown(tx, orphan.id))) return [];
    const { kind, id } = orphan;
    try {
      await remove(orphan);
      return [{ kind, id, text: `The ${kind} belonged to nothing in the database. It was deleted.`, mended: true }];
    } catch (error) {
      const text = `The ${kind} belongs to nothing in the database, and cannot be deleted: ${messageOf(error)}`;
      return [{ kind, id, text, mended: false }];
    }
  };

  const isTrusted = async (orphans: number, known: number): Promise<boolean> => {
    const before = await store.read((tx) => getMeta(tx, trust));
    const now = orphans === 0 || before === 'yes' || (before === undefined && known > 0) ? 'yes' : 'no';
    if (now !== before) await store.write('meta', (tx) => setMeta(tx, trust, now));
    return now === 'yes';
  };

  const look = async (list: AsyncIterable<Kept>): Promise<void> => {
    const mended = ((await machines.mend?.()) ?? []).map((finding) => ({ kind: 'host' as const, ...finding }));
    const { there, orphans: some, found, known } = await lookAtEngine(list);
    if (stopped) return;
    found.push(...(await lookAtRows(there)));
    const orphans = await stillThere(some);
    if (await isTrusted(orphans.length, known)) {
      for (const orphan of orphans) if (!stopped) found.push(...(await clear(orphan)));
    } else {
      const text = `The engine has ${orphans.length} machines, volumes and snapshots of this Lateen, and the database never knew one of them. Is it the right one? Nothing is deleted.`;
      found.push({ kind: 'host', text, mended: false });
    }
    tell([...mended, ...found]);
    options.poke();
  };

  /** Once: what stays as it is was written down before. */
  const tell = (found: readonly Deviation[]): void => {
    for (const deviation of found) {
      if (last.found.some((before) => isDeepStrictEqual(before, deviation))) continue;
      const { text, mended, ...about } = deviation;
      log({ level: 'error', message: `drift: ${text}`, ...about, mended });
    }
    last = { at: Date.now(), found };
  };

  const once = (): Promise<void> => {
    const list = machines.list?.();
    if (list === undefined || stopped) return Promise.resolve();
    looking ??= look(list)
      .catch((error: unknown) => {
        if (!stopped) log({ level: 'warn', message: 'rows and engine could not be compared', error: messageOf(error) });
      })
      .finally(() => {
        looking = undefined;
      });
    return looking;
  };

  return {
    start() {
      void once();
      timers = [setInterval(once, everyMs).unref()];
    },
    soon() {
      if (stopped) return;
      clearTimeout(hurry);
      hurry = setTimeout(once, soonMs).unref();
    },
    async drift(now) {
      if (now) {
        await looking;
        await once();
      }
      return last;
    },
    async stop() {
      stopped = true;
      clearTimeout(hurry);
      for (const timer of timers) clearInterval(timer);
      await looking;
    },
  };
};

const changeOf = (shown: string, seen: string | undefined): Change | undefined => {
  if (shown === 'running' && seen === 'stopped') return 'stopped';
  return shown === 'stopped' && seen === 'running' ? 'running' : undefined;
};

const ownerOf = ({ id, account, region, name }: ResourceRow) => ({ id, account, region, name });

const lossOf = ({ kind, name }: ResourceRow): string =>
  `What the ${kind} ${name} stands for is gone: it was deleted outside of Lateen. Delete it, and make another one.`;

/** Members that are undefined are not there in JSON, and an engine may keep what it is told as JSON. */
const sameJson = (one: unknown, other: unknown): boolean =>
  isDeepStrictEqual(JSON.parse(JSON.stringify(one)), JSON.parse(JSON.stringify(other)));

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function* pages<T>(items: AsyncIterable<T>): AsyncGenerator<T[]> {
  let some: T[] = [];
  for await (const item of items) {
    some.push(item);
    if (some.length < page) continue;
    yield some;
    some = [];
  }
  if (some.length > 0) yield some;
}
