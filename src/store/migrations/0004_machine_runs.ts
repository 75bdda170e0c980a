import type { Dialect } from '../store.ts';

/** When simulated machines ran, and with what size (JSON text): all that their metrics are computed from. */
export const machineRuns = ({ long }: Dialect): string[] => [
  `create table machine_run (
    machine text not null, started_at ${long} not null, ended_at ${long}, size text not null, primary key (machine, started_at))`,
];
