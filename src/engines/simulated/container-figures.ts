import type { ContainerMetricQuery } from '../containers.ts';
import type { DeploymentRun } from './container-logs.ts';
import type { Visit } from './figures.ts';
import { createWorkload, slotMs } from './workload.ts';

/** The share of its CPUs that a node uses in the middle, and what the system on it has of the memory. */
const usualShare = 0.25;
const systemMemory = 0.18;

/** Tells `visit` the figures over all nodes, oldest first: one for every slot that something ran in from beginning to end. */
export const visitContainerFigures = (
  id: string,
  runs: readonly DeploymentRun[],
  { metric, start, end }: ContainerMetricQuery,
  visit: Visit,
): void => {
  const workload = createWorkload(id, usualShare);
  const figures = {
    CPUUtilization: (slot: number) => 100 * Math.min(1, workload.demand(slot)),
    MemoryUtilization: (slot: number, containers: number) =>
      100 *
      Math.min(
        0.97,
        systemMemory + (0.1 + 0.15 * workload.chance(0, 31)) * containers + 0.02 * workload.chance(slot, 32),
      ),
  };
  let next = Math.ceil(start / slotMs);
  for (const { since, until = end, deployment } of runs) {
    const containers = Object.keys(deployment.containers).length;
    const last = Math.min(Math.floor(until / slotMs), Math.ceil(end / slotMs));
    for (let slot = Math.max(next, Math.ceil(since / slotMs)); slot < last; slot++) {
      visit(slot * slotMs, figures[metric](slot, containers));
      next = slot + 1;
    }
  }
};
