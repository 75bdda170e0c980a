import type { Tx } from '../../store/store.ts';
import type { Step, TaskContext, TaskKind } from '../../tasks/task.ts';
import { saveResource } from '../resource.ts';
import { type CacheReset, distribution } from './noun.ts';
import { removeDistribution } from './remove.ts';
import { findDistribution, tellEngine } from './spec.ts';

/** The steps of a task whose resource is a distribution tell the engine what the row says. */
const apply: Step<unknown> = { name: 'apply', run: (task) => tellEngine(task, task.resource) };

const become =
  (status: 'Deployed' | 'Failed') =>
  async (tx: Tx, { resource }: TaskContext<unknown>): Promise<void> => {
    const found = await findDistribution(tx, resource);
    if (found !== undefined) await saveResource(tx, distribution, found, { ...found.body, status }, found.inner);
  };

export const createDistribution: TaskKind<object> = {
  name: 'CreateDistribution',
  steps: [{ ...apply, undo: (task) => task.distributions.remove(task.resource) }],
  finish: become('Deployed'),
  /** A distribution that cannot be made leaves nothing behind but its operation. */
  async fail(tx, task) {
    const found = await findDistribution(tx, task.resource);
    if (found !== undefined) await removeDistribution(tx, found);
  },
};

/** The row shows the change already, and keeps it as a wish when it fails: the next task tells the engine of it. */
export const updateDistribution: TaskKind<object> = {
  name: 'UpdateDistribution',
  steps: [apply],
  finish: become('Deployed'),
  fail: become('Failed'),
};

/** For what nobody asked for, as a renewed certificate: it is tried until the engine has it too. */
export const applyDistribution: TaskKind<object> = {
  name: 'ApplyDistribution',
  unfailing: true,
  steps: [apply],
  finish: become('Deployed'),
};

/** The row went with the answer. */
export const deleteDistribution: TaskKind<object> = {
  name: 'DeleteDistribution',
  unfailing: true,
  steps: [
    {
      name: 'delete',
      async run(task) {
        await task.distributions.remove(task.resource);
        return undefined;
      },
    },
  ],
};

/** `id` is the reset's, `before` what is shown again if it fails. */
export const resetCache: TaskKind<{ id: string; before?: CacheReset | undefined }> = {
  name: 'ResetDistributionCache',
  steps: [{ name: 'reset', run: (task) => task.distributions.resetCache(task.resource, task.input.id) }],
  async finish(tx, task) {
    const found = await findDistribution(tx, task.resource);
    const { reset } = found?.inner ?? {};
    if (found === undefined || reset?.id !== task.input.id) return;
    await saveResource(tx, distribution, found, found.body, {
      ...found.inner,
      reset: { ...reset, status: 'Completed' },
    });
  },
  async fail(tx, task) {
    const found = await findDistribution(tx, task.resource);
    if (found?.inner.reset?.id !== task.input.id) return;
    const { before } = task.input;
    // Resets come one after the other, so the one before is over.
    const reset = before && ({ ...before, status: 'Completed' } as const);
    await saveResource(tx, distribution, found, found.body, { ...found.inner, reset });
  },
};

export const distributionTasks = [
  createDistribution,
  updateDistribution,
  applyDistribution,
  deleteDistribution,
  resetCache,
];
