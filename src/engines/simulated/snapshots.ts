import type { Catalogue, Transition } from '../../catalogue.ts';
import type { Clock } from '../../clock.ts';
import { deleteMachine, findMachine, putMachine } from '../../store/records/machines.ts';
import type { Store, Tx } from '../../store/store.ts';
import { EngineRefusal, type Machines } from '../machine.ts';

/** A snapshot, or an image that was made from one, that is only a row. Times in ms of Lateen's clock. */
interface Snapshot {
  readonly snapshotOf: string;
  readonly begunAt: number;
  readonly settlesAt: number;
}

type Snapshots = Pick<
  Machines,
  'snapshotMachine' | 'snapshotVolume' | 'copySnapshot' | 'snapshotProgress' | 'deleteSnapshot' | 'exportSnapshot'
>;

/** How often a snapshot that grows is worth a look, in parts of its time. */
const looks = 4;

/** Throws `EngineRefusal` when what a volume or a machine is to begin as is not there. */
export const expectSnapshot = async (tx: Tx, id: string | undefined): Promise<void> => {
  if (id !== undefined && (await findMachine(tx, id)) === undefined)
    throw new EngineRefusal(`there is no simulated snapshot ${id}`);
};

/** Snapshots that take their time and hold nothing. */
export const createSimulatedSnapshots = (store: Store, clock: Clock, catalogue: Catalogue): Snapshots => {
  const begin = (id: string, of: string, transition: Transition): Promise<void> =>
    store.write('machines', async (tx) => {
      if ((await findMachine(tx, id)) !== undefined) return;
      if ((await findMachine(tx, of)) === undefined)
        throw new EngineRefusal(`there is nothing simulated under ${of} to take a snapshot of`);
      const begunAt = clock.now();
      const snapshot: Snapshot = { snapshotOf: of, begunAt, settlesAt: begunAt + catalogue.time(transition) };
      await putMachine(tx, id, JSON.stringify(snapshot));
    });
  const find = async (id: string): Promise<Snapshot> => {
    const body = await store.read((tx) => findMachine(tx, id));
    if (body === undefined) throw new EngineRefusal(`there is no simulated snapshot ${id}`);
    return JSON.parse(body) as Snapshot;
  };

  return {
    snapshotMachine: (id, machine) => begin(id, machine, 'snapshot'),
    snapshotVolume: (id, volume) => begin(id, volume, 'snapshot'),
    copySnapshot: (id, from) => begin(id, from, 'copySnapshot'),
    snapshotProgress: async (id) => progress(await find(id), clock.now()),
    deleteSnapshot: (id) => store.write('machines', (tx) => deleteMachine(tx, id)),
    async exportSnapshot(id, snapshot) {
      await begin(id, snapshot, 'exportSnapshot');
      const { settlesAt } = await find(id);
      return clock.now() < settlesAt ? { until: settlesAt } : undefined;
    },
  };
};

const progress = ({ begunAt, settlesAt }: Snapshot, now: number) => {
  if (now >= settlesAt) return { percent: 100 };
  const part = (settlesAt - begunAt) / looks;
  const passed = Math.floor((now - begunAt) / part);
  return { percent: (100 * passed) / looks, until: Math.ceil(begunAt + (passed + 1) * part) };
};
