import type { Scope } from '../../context.ts';
import type { Machines, Terminal, TerminalSize } from '../../engines/machine.ts';
import { EngineRefusal } from '../../engines/machine.ts';
import { ApiError } from '../../errors.ts';
import type { Store } from '../../store/store.ts';
import { getResource } from '../resource.ts';
import { type InstanceResource, instance } from './noun.ts';
import { checkState } from './rules.ts';

/** What a console is looked up and opened with. */
export interface ConsoleWorld {
  readonly store: Store;
  readonly machines: Pick<Machines, 'console'>;
}

const find = ({ store }: ConsoleWorld, scope: Scope, name: string): Promise<InstanceResource> =>
  store.read((tx) => getResource(tx, scope, instance, name));

/** The boot log of an instance. Throws NotFoundException, and OperationFailureException when there is none of it. */
export const readConsoleLog = async (world: ConsoleWorld, scope: Scope, name: string): Promise<string> => {
  const { row } = await find(world, scope, name);
  return world.machines.console.log(row.id).catch(refuse);
};

/** A terminal at an instance that runs. Throws InvalidInputException when it does not, and as above. */
export const openTerminal = async (
  world: ConsoleWorld,
  scope: Scope,
  name: string,
  size: TerminalSize,
): Promise<Terminal> => {
  const { row, body } = await find(world, scope, name);
  checkState(body, 'reached by a terminal');
  return world.machines.console.terminal(row.id, size).catch(refuse);
};

/** The engine's own words. */
const refuse = (error: unknown): never => {
  throw error instanceof EngineRefusal ? new ApiError('OperationFailureException', error.message) : error;
};
