import { createHash } from 'node:crypto';
import type { Catalogue, Transition } from '../../catalogue.ts';
import type { Clock } from '../../clock.ts';
import { beginRun, deleteRuns, endRun, runsOf } from '../../store/records/machine-runs.ts';
import { deleteMachine, findMachine, putMachine } from '../../store/records/machines.ts';
import type { Store, Tx } from '../../store/store.ts';
import type { DatabaseEngine, DatabaseSettings, Databases } from '../databases.ts';
import { EngineRefusal, type MachineSize, type Unsettled } from '../machine.ts';
import { visitDatabaseFigures } from './database-figures.ts';
import { databaseLog } from './database-logs.ts';
import { sumUp } from './sum-up.ts';

/** A database that is only a row; times are ms of Lateen's clock. */
interface Simulated {
  readonly database: true;
  readonly engine: DatabaseEngine;
  readonly port: number;
  readonly size: MachineSize;
  readonly power: 'on' | 'off';
  readonly settlesAt: number;
  /** What it was told last, without the password. */
  readonly settings: Omit<DatabaseSettings, 'password'>;
  /** Digest of the settings with the password, which must not lie here. */
  readonly told: string;
  /** The last reboot or backup. */
  readonly request?: string;
}

/** A snapshot that is only a row. */
interface Snapshot {
  readonly snapshotOf: string;
  readonly settlesAt: number;
}

/** What of a database counts while it runs: kept with the time that it ran. */
export interface DatabaseRun {
  readonly engine: DatabaseEngine;
  readonly engineVersion: string;
  readonly port: number;
  readonly size: MachineSize;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Databases that behave and store nothing. */
export const createSimulatedDatabases = (store: Store, clock: Clock, catalogue: Catalogue): Databases => {
  const find = async (tx: Tx, id: string): Promise<Simulated> => {
    const body = await findMachine(tx, id);
    if (body === undefined) throw new EngineRefusal(`there is no simulated database ${id}`);
    return JSON.parse(body) as Simulated;
  };
  const put = (tx: Tx, id: string, body: Simulated | Snapshot): Promise<void> =>
    putMachine(tx, id, JSON.stringify(body));
  const after = (transition: Transition): number => clock.now() + catalogue.time(transition);
  const unsettled = ({ settlesAt }: { readonly settlesAt: number }): Unsettled | undefined =>
    clock.now() < settlesAt ? { until: settlesAt } : undefined;
  const begin = (tx: Tx, id: string, of: Simulated): Promise<void> => {
    const { engine, port, size, settings } = of;
    const run: DatabaseRun = {
      engine,
      port,
      size,
      engineVersion: settings.engineVersion,
      parameters: settings.parameters,
    };
    return beginRun(tx, id, of.settlesAt, JSON.stringify(run), clock.now() - catalogue.metricRetention);
  };

  /** Changes the row, unless `to` finds that it was changed so already; answers when it is settled. */
  const change = (
    id: string,
    to: (known: Simulated, tx: Tx) => Simulated | Promise<Simulated>,
  ): Promise<Unsettled | undefined> =>
    store.write('machines', async (tx) => {
      const known = await find(tx, id);
      const changed = await to(known, tx);
      if (changed !== known) await put(tx, id, changed);
      return unsettled(changed);
    });

  /** What waits for a start is in force after it. */
  const restarted = (known: Simulated, settlesAt: number): Simulated => ({
    ...known,
    power: 'on',
    settlesAt,
    settings: { ...known.settings, parameters: known.settings.parametersAtStart },
  });

  return {
    create: ({ id, engine, port, size, settings: { password, ...settings }, from }) =>
      store.write('machines', async (tx) => {
        const known = await findMachine(tx, id);
        if (known !== undefined) return unsettled(JSON.parse(known) as Simulated);
        const origin = from && ('snapshot' in from ? from.snapshot : from.database);
        if (origin !== undefined && (await findMachine(tx, origin)) === undefined)
          throw new EngineRefusal(`there is nothing simulated under ${origin} to restore`);
        const made: Simulated = {
          database: true,
          engine,
          port,
          size,
          power: 'on',
          settlesAt: after('createDatabase'),
          settings,
          told: digest({ password, ...settings }),
        };
        await put(tx, id, made);
        await begin(tx, id, made);
        return unsettled(made);
      }),

    change: (id, { password, ...settings }) =>
      change(id, async (known, tx) => {
        const told = digest({ password, ...settings });
        if (known.told === told) return known;
        const changed = { ...known, settings, told, settlesAt: after('changeDatabase') };
        const upgraded = settings.engineVersion !== known.settings.engineVersion;
        if (upgraded && known.power === 'on') {
          await endRun(tx, id, clock.now());
          await begin(tx, id, changed);
        }
        return changed;
      }),

    start: (id) =>
      change(id, async (known, tx) => {
        if (known.power === 'on') return known;
        const started = restarted(known, after('startDatabase'));
        await begin(tx, id, started);
        return started;
      }),

    stop: (id) =>
      change(id, async (known, tx) => {
        if (known.power === 'off') return known;
        await endRun(tx, id, clock.now());
        return { ...known, power: 'off', settlesAt: after('stopDatabase') };
      }),

    reboot: (id, request) =>
      change(id, async (known, tx) => {
        if (known.request === request) return known;
        const rebooted = { ...restarted(known, after('rebootDatabase')), request };
        await endRun(tx, id, clock.now());
        await begin(tx, id, rebooted);
        return rebooted;
      }),

    delete: (id) =>
      store.write('machines', async (tx) => {
        await deleteMachine(tx, id);
        await deleteRuns(tx, id);
      }),

    backup: (id, request) =>
      change(id, (known) =>
        known.request === request ? known : { ...known, request, settlesAt: after('backupDatabase') },
      ),

    snapshot: (id, database) =>
      store.write('machines', async (tx) => {
        const known = await findMachine(tx, id);
        if (known !== undefined) return unsettled(JSON.parse(known) as Snapshot);
        await find(tx, database);
        const snapshot = { snapshotOf: database, settlesAt: after('snapshotDatabase') };
        await put(tx, id, snapshot);
        return unsettled(snapshot);
      }),

    deleteSnapshot: (id) => store.write('machines', (tx) => deleteMachine(tx, id)),

    async logs(id, stream, { start, end }) {
      const now = clock.now();
      const lines = (await runs(id)).flatMap((run) => databaseLog(id, stream, run, { start, end, now }));
      return lines.sort((one, other) => one.at - other.at);
    },

    async metrics(id, query) {
      const range = { ...query, start: Math.max(query.start, clock.now() - catalogue.metricRetention) };
      const all = await runs(id);
      const since = all[0]?.start ?? 0;
      return sumUp(query, (visit) => {
        for (const run of all) visitDatabaseFigures(id, { ...run, since, end: run.end ?? clock.now() }, range, visit);
      });
    },
  };

  async function runs(id: string) {
    const rows = await store.read((tx) => runsOf(tx, id));
    return rows.map(({ startedAt, endedAt, size }) => ({
      start: startedAt,
      end: endedAt ?? undefined,
      of: JSON.parse(size) as DatabaseRun,
    }));
  }
};

const digest = (settings: DatabaseSettings): string =>
  createHash('sha256').update(JSON.stringify(settings)).digest('hex');
