import { setTimeout as sleep } from 'node:timers/promises';
import type { Incus } from './client.ts';
import { type Instances, type LabelledInstance, settleOperations } from './instances.ts';

/** What Incus keeps of an instance over its own end, and that of the host: whether it ran until then. */
const lastPower = 'volatile.last_state.power';

/** An instance that has only just halted is written down as off a moment later. */
const settledMs = 500;

const isCutOff = ({ status, config }: LabelledInstance): boolean =>
  status === 'Stopped' && config[lastPower] === 'RUNNING';

/**
 * Starts the machines again that went down with the host or the daemon, and gives those that are off for good, or would not start.
 * Incus itself starts none (boot.autostart): the firewall must be there first.
 */
export const reviveMachines = async (
  incus: Incus,
  instances: Instances,
  log: (line: Record<string, unknown>) => void,
): Promise<string[]> => {
  const stopped = (await instances.list()).filter(({ status }) => status === 'Stopped');
  if (stopped.some(isCutOff)) await sleep(settledMs);
  const off: string[] = [];
  for (const machine of stopped) {
    const { id } = machine;
    const found = isCutOff(machine)
      ? await settleOperations(incus, instances.path(id)).then(() => instances.find(id))
      : machine;
    if (found === undefined || found.status !== 'Stopped') continue;
    if (!isCutOff(found)) off.push(id);
    else {
      await incus.put(`${instances.path(id)}/state`, { action: 'start', timeout: -1 }).catch((error: unknown) => {
        log({ level: 'warn', message: `machine ${id} does not start again`, error: String(error) });
        off.push(id);
      });
    }
  }
  return off;
};
