import type { Incus } from './client.ts';
import type { Instances } from './instances.ts';
import { nameOf } from './labels.ts';

/** How an instance that went off shows in the events: it halted itself, or somebody stopped it. */
const ends = new Set(['instance-shutdown', 'instance-stopped']);

const prefix = `/1.0/instances/${nameOf('machine', '')}`;

/** Tells `stopped` of machines that are off, as `Machines.watch` says. */
export const watchMachines = (
  incus: Incus,
  instances: Instances,
  stopped: (id: string) => void,
  log: (line: Record<string, unknown>) => void,
): (() => void) =>
  incus.onEvent((event) => {
    if (event.type === 'lifecycle') {
      if (ends.has(event.action) && event.source.startsWith(prefix)) stopped(event.source.slice(prefix.length));
      return;
    }
    instances.list().then(
      (all) => {
        for (const { id, status } of all) if (status === 'Stopped') stopped(id);
      },
      (error: unknown) => log({ level: 'warn', message: 'machines could not be listed', error: String(error) }),
    );
  });
