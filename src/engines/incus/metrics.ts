import type { Catalogue } from '../../catalogue.ts';
import type { Clock } from '../../clock.ts';
import {
  deleteSamples,
  deleteSamplesBefore,
  lastSample,
  putSample,
  samplesOf,
} from '../../store/records/machine-samples.ts';
import type { Store, Tx } from '../../store/store.ts';
import type { MachineSize, Machines } from '../machine.ts';
import { sumUp } from '../simulated/sum-up.ts';
import type { Incus } from './client.ts';
import { type IncusInstance, isOf, knownIn } from './instances.ts';
import { label } from './labels.ts';
import { addTo, burstOf, checkMs, type Reading, type Sample, slotMs, visitSample } from './samples.ts';

export interface MetricsOptions {
  readonly incus: Incus;
  readonly owner: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly catalogue: Catalogue;
  /** How often the metadata service has answered a machine without a token. */
  readonly untokened: (machine: string) => number;
  readonly log: (line: Record<string, unknown>) => void;
}

/** Figures of machines, kept for as long as the catalogue says. */
export interface Metrics extends Pick<Machines, 'metrics'> {
  /** Looks at all machines once. Done each minute by itself. */
  look(): Promise<void>;
  forget(machine: string): Promise<void>;
  close(): Promise<void>;
}

interface State {
  readonly processes: number;
  readonly cpu: { readonly usage: number };
  readonly network: Readonly<
    Record<
      string,
      {
        readonly addresses: readonly { readonly family: string; readonly scope: string }[];
        readonly counters: { readonly bytes_received: number; readonly bytes_sent: number };
      }
    >
  > | null;
}

type Watched = IncusInstance & { readonly state: State | null };

/** A machine that has just been started may take a while until it has its address. */
const graceMs = 120_000;

/** Watches the machines of `owner` from now on. The figures are in the database: a day of them is 288 short rows per machine. */
export const createMetrics = ({ incus, owner, store, clock, catalogue, untokened, log }: MetricsOptions): Metrics => {
  let readings = new Map<string, Reading>();
  let prunedAt = 0;
  let looking: Promise<void> = Promise.resolve();

  const note = async (tx: Tx, id: string, size: MachineSize, before: Reading, reading: Reading): Promise<void> => {
    const now = clock.now();
    const slot = Math.floor(now / slotMs) * slotMs;
    const row = await lastSample(tx, id);
    const last = row && { slot: row.slot, sample: JSON.parse(row.body) as Sample };
    const minute = Math.floor((now - slot) / checkMs);
    const burst = burstOf(size.cpuCount, catalogue.cpuBaseline(size), last, now);
    const current = last?.slot === slot ? last.sample : undefined;
    await putSample(tx, id, slot, JSON.stringify(addTo(current, size.cpuCount, before, reading, minute, burst)));
  };
  const look = async (): Promise<void> => {
    const all = await incus.get<readonly Watched[]>('/1.0/instances?recursion=2');
    const running = all.filter((instance) => isOf(instance, owner, 'machine') && instance.status === 'Running');
    const seen = new Map(
      running.map((instance) => {
        const id = instance.config[label.id] ?? '';
        return [id, readingOf(instance, untokened(id))];
      }),
    );
    await store.write('machine samples', async (tx) => {
      for (const instance of running) {
        const { id, size } = knownIn(instance);
        const [before, reading] = [readings.get(id), seen.get(id)];
        if (before !== undefined && reading !== undefined) await note(tx, id, size, before, reading);
      }
      const keptSince = clock.now() - catalogue.metricRetention;
      if (keptSince - prunedAt < slotMs) return;
      prunedAt = keptSince;
      await deleteSamplesBefore(tx, keptSince);
    });
    readings = seen;
  };
  const timer = setInterval(() => {
    looking = look().catch((error: unknown) =>
      log({ level: 'warn', message: 'machines could not be looked at', error: String(error) }),
    );
  }, checkMs).unref();

  return {
    look,
    forget: (machine) => store.write('machine samples', (tx) => deleteSamples(tx, machine)),
    async metrics(id, query) {
      const since = Math.max(query.start, clock.now() - catalogue.metricRetention);
      const rows = await store.read((tx) => samplesOf(tx, id, since - slotMs + 1, query.end));
      return sumUp(query, (visit) => {
        for (const { slot, body } of rows) {
          visitSample(query.metric, slot, JSON.parse(body) as Sample, (at, figure) => {
            if (at >= since && at < query.end) visit(at, figure);
          });
        }
      });
    },
    async close() {
      clearInterval(timer);
      await looking;
    },
  };
};

const readingOf = ({ state, last_used_at }: Watched, untokened: number): Reading => {
  const nic = state?.network?.eth0;
  const isNew = Date.now() - Date.parse(last_used_at) < graceMs;
  const hasAddress = nic?.addresses.some(({ scope }) => scope === 'global') ?? false;
  return {
    at: Date.now(),
    cpuSeconds: (state?.cpu.usage ?? 0) / 1e9,
    bytesIn: nic?.counters.bytes_received ?? 0,
    bytesOut: nic?.counters.bytes_sent ?? 0,
    untokened,
    answers: isNew || ((state?.processes ?? 0) > 0 && hasAddress),
  };
};
