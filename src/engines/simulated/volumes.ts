import type { Catalogue, Transition } from '../../catalogue.ts';
import type { Clock } from '../../clock.ts';
import { deleteMachine, findMachine, putMachine } from '../../store/records/machines.ts';
import type { Store, Tx } from '../../store/store.ts';
import { EngineRefusal, type Machines, type Unsettled } from '../machine.ts';
import { expectSnapshot } from './snapshots.ts';

/** A volume that is only a row: what it is, the last change to it, and until when that takes. */
interface Volume {
  readonly sizeInGb: number;
  /** Id of the machine that has it. */
  readonly on?: string | undefined;
  readonly change: string;
  /** Milliseconds of Lateen's clock. */
  readonly settlesAt: number;
}

type Changed = Omit<Volume, 'change' | 'settlesAt'>;
type Volumes = Pick<Machines, 'createVolume' | 'deleteVolume' | 'attachVolume' | 'detachVolume'>;

/** Volumes that behave and hold nothing. */
export const createSimulatedVolumes = (store: Store, clock: Clock, catalogue: Catalogue): Volumes => {
  /**
   * Makes a change, unless it is the one that was made last, and tells when it is over. `to` answers with undefined when there is
   * nothing to change.
   */
  const settle = (
    id: string,
    change: string,
    takes: Transition,
    to: (known: Volume | undefined, tx: Tx) => Changed | undefined | Promise<Changed | undefined>,
  ): Promise<Unsettled | undefined> =>
    store.write('machines', async (tx) => {
      const body = await findMachine(tx, id);
      let volume = body === undefined ? undefined : (JSON.parse(body) as Volume);
      if (volume?.change !== change) {
        const changed = await to(volume, tx);
        if (changed === undefined) return undefined;
        volume = { ...changed, change, settlesAt: clock.now() + catalogue.time(takes) };
        await putMachine(tx, id, JSON.stringify(volume));
      }
      return clock.now() < volume.settlesAt ? { until: volume.settlesAt } : undefined;
    });

  return {
    createVolume: ({ id, sizeInGb, from }) =>
      settle(id, 'create', 'createDisk', async (known, tx) => {
        if (known !== undefined) return undefined;
        await expectSnapshot(tx, from?.snapshot);
        return { sizeInGb };
      }),
    deleteVolume: (id) => store.write('machines', (tx) => deleteMachine(tx, id)),
    attachVolume: (id, machine, path) =>
      settle(id, `attach ${machine} ${path}`, 'attachDisk', async (known, tx) => {
        if ((await findMachine(tx, machine)) === undefined)
          throw new EngineRefusal(`there is no simulated machine ${machine}`);
        if (known === undefined) throw new EngineRefusal(`there is no simulated volume ${id}`);
        if (known.on !== undefined && known.on !== machine && (await findMachine(tx, known.on)) !== undefined)
          throw new EngineRefusal(`the simulated volume ${id} is in use`);
        return { ...known, on: machine };
      }),
    detachVolume: (id, machine) =>
      settle(id, `detach ${machine}`, 'detachDisk', (known) =>
        known?.on === machine ? { ...known, on: undefined } : undefined,
      ),
  };
};
