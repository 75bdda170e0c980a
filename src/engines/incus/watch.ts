import type { Change } from '../machine.ts';
import type { Incus } from './client.ts';
import type { Instances } from './instances.ts';
import { nameOf } from './labels.ts';
import { reviveMachines } from './revive.ts';

/** How what happened to an instance shows in the events, whoever did it. */
const changes: Readonly<Record<string, Change>> = {
  'instance-shutdown': 'stopped',
  'instance-stopped': 'stopped',
  'instance-started': 'running',
  'instance-restarted': 'running',
  'instance-deleted': 'gone',
};

const prefix = `/1.0/instances/${nameOf('machine', '')}`;

/** Tells of machines that have changed, as `Machines.watch` says. */
export const watchMachines = (
  incus: Incus,
  instances: Instances,
  changed: (id: string, to: Change) => void,
  log: (line: Record<string, unknown>) => void,
): (() => void) =>
  incus.onEvent((event) => {
    if (event.type === 'lifecycle') {
      const to = changes[event.action];
      if (to !== undefined && event.source.startsWith(prefix)) changed(event.source.slice(prefix.length), to);
      return;
    }
    reviveMachines(incus, instances, log).then(
      (off) => {
        for (const id of off) changed(id, 'stopped');
      },
      (error: unknown) => log({ level: 'warn', message: 'machines could not be listed', error: String(error) }),
    );
  });
