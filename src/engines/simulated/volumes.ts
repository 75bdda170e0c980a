import type { Catalogue } from '../../catalogue.ts';
import type { Clock } from '../../clock.ts';
import { deleteMachine, findMachine, putMachine } from '../../store/records/machines.ts';
import type { Store, Tx } from '../../store/store.ts';
import { EngineRefusal, type Machines, type Unsettled } from '../machine.ts';
import { expectSnapshot } from './snapshots.ts';

/** A volume that is only a row. `busy` is the change under way and when it is done (ms of Lateen's clock). */
interface Volume {
  readonly volume: true;
  readonly sizeInGb: number;
  readonly on?: string | undefined;
  readonly busy?: { readonly change: string; readonly until: number } | undefined;
}

type Volumes = Pick<Machines, 'createVolume' | 'deleteVolume' | 'attachVolume' | 'detachVolume'>;

/** Volumes that behave and hold nothing. */
export const createSimulatedVolumes = (store: Store, clock: Clock, catalogue: Catalogue): Volumes => {
  /** Begins a change, or finds it under way, or done; repeated calls for one change find the same. */
  const settle = (
    id: string,
    change: string,
    takes: number,
    to: (known: Volume | undefined, tx: Tx) => Volume | 'done' | Promise<Volume | 'done'>,
  ): Promise<Unsettled | undefined> =>
    store.write('machines', async (tx) => {
      const body = await findMachine(tx, id);
      const known = body === undefined ? undefined : (JSON.parse(body) as Volume);
      if (known?.busy?.change !== change) {
        const next = await to(known, tx);
        if (next === 'done') return undefined;
        const until = clock.now() + takes;
        await putMachine(tx, id, JSON.stringify({ ...next, busy: { change, until } }));
        return takes > 0 ? { until } : undefined;
      }
      return clock.now() < known.busy.until ? { until: known.busy.until } : undefined;
    });

  return {
    createVolume: ({ id, sizeInGb, from }) =>
      settle(id, 'create', catalogue.time('createDisk'), async (known, tx) => {
        if (known !== undefined) return 'done';
        await expectSnapshot(tx, from?.snapshot);
        return { volume: true, sizeInGb };
      }),
    deleteVolume: (id) => store.write('machines', (tx) => deleteMachine(tx, id)),
    attachVolume: (id, machine, path) =>
      settle(id, `attach ${machine} ${path}`, catalogue.time('attachDisk'), async (known, tx) => {
        if (known === undefined) throw new EngineRefusal(`there is no simulated volume ${id}`);
        if (known.on !== undefined && known.on !== machine && (await findMachine(tx, known.on)) !== undefined)
          throw new EngineRefusal(`the simulated volume ${id} is in use`);
        return { ...known, on: machine };
      }),
    detachVolume: (id, machine) =>
      settle(id, `detach ${machine}`, catalogue.time('detachDisk'), (known) =>
        known === undefined || known.on !== machine ? 'done' : { ...known, on: undefined },
      ),
  };
};
