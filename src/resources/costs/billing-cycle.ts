/** A cycle of billing is a month of UTC. */
const cycleOf = (ms: number): string => new Date(ms).toISOString().slice(0, 7);

/** F363, F381: what may change once in a cycle, and was changed last at `changedAt`, if ever. Times in ms. */
export const mayChangeInCycle = (changedAt: number | undefined, now: number): boolean =>
  changedAt === undefined || cycleOf(changedAt) !== cycleOf(now);
