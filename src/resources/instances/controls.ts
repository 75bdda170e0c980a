import type { Scope } from '../../context.ts';
import type { Change, Machines } from '../../engines/machine.ts';
import type { Store } from '../../store/store.ts';
import type { Enqueue } from '../../tasks/queue.ts';
import { getResource } from '../resource.ts';
import { instance } from './noun.ts';
import { tellMachine } from './tasks.ts';

/** What the controls of machines work on. */
export interface MachineControls {
  readonly store: Store;
  readonly machines: Pick<Machines, 'stop'>;
  readonly enqueue: Enqueue;
  readonly follow: (id: string, to: Change) => Promise<void>;
  /** Says that there is work in the queue. */
  readonly poke: () => void;
}

/** Cuts the power of an instance's machine as if it had halted by itself: the instance follows. Throws NotFoundException. */
export const haltMachine = async (world: MachineControls, scope: Scope, name: string): Promise<void> => {
  const { row } = await world.store.read((tx) => getResource(tx, scope, instance, name));
  await world.machines.stop(row.id, true);
  await world.follow(row.id, 'stopped');
  world.poke();
};

/** Tells the engine once more which addresses, ports and options an instance's machine has. Throws NotFoundException. */
export const tellAgain = async (world: MachineControls, scope: Scope, name: string): Promise<void> => {
  await world.store.write(scope.account, async (tx) => {
    const { row } = await getResource(tx, scope, instance, name);
    await world.enqueue(tx, tellMachine, { scope, resource: row.id, input: {} });
  });
  world.poke();
};
