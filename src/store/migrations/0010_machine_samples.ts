import type { Dialect } from '../store.ts';

/** What real machines did in a slot of five minutes, which begins at `slot` (ms); the body is the engine's, as JSON text. */
export const machineSamples = ({ long }: Dialect): string[] => [
  `create table machine_sample (
    machine text not null, slot ${long} not null, body text not null, primary key (machine, slot))`,
  'create index machine_sample_by_slot on machine_sample (slot)',
];
