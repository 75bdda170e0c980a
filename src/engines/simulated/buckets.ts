import type { Catalogue } from '../../catalogue.ts';
import type { Clock } from '../../clock.ts';
import { deleteMachine, findMachine, putMachine } from '../../store/records/machines.ts';
import type { Store } from '../../store/store.ts';
import type { Buckets } from '../buckets.ts';
import { sumUp } from './sum-up.ts';

const dayMs = 86_400_000;

/** A bucket that is only a row: it is there since `begunAt` (ms of Lateen's clock) and holds nothing. */
interface Simulated {
  readonly begunAt: number;
}

/** Buckets that behave and hold nothing. */
export const createSimulatedBuckets = (store: Store, clock: Clock, catalogue: Catalogue): Buckets => ({
  create: ({ id }) =>
    store.write('machines', async (tx) => {
      if ((await findMachine(tx, id)) !== undefined) return undefined;
      const made: Simulated = { begunAt: clock.now() };
      await putMachine(tx, id, JSON.stringify(made));
      return undefined;
    }),
  delete: (id) =>
    store.write('machines', async (tx) => {
      await deleteMachine(tx, id);
      return undefined;
    }),
  usage: async () => ({ objects: 0, bytes: 0 }),
  async metrics(id, query) {
    const body = await store.read((tx) => findMachine(tx, id));
    if (body === undefined) return [];
    const { begunAt } = JSON.parse(body) as Simulated;
    const now = clock.now();
    const first = Math.max(begunAt, query.start, now - catalogue.metricRetention);
    return sumUp(query, (visit) => {
      for (let at = Math.ceil(first / dayMs) * dayMs; at < query.end && at <= now; at += dayMs) visit(at, 0);
    });
  },
});
