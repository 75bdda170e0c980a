import type { TargetObservation } from '../../engines/machine.ts';
import { releaseAddressesOf } from '../../store/records/addresses.ts';
import { deleteResource, findById } from '../../store/records/resources.ts';
import type { Tx } from '../../store/store.ts';
import type { Step, TaskContext, TaskKind } from '../../tasks/task.ts';
import { deleteAlarmsOf } from '../alarms/delete.ts';
import { deleteCertificatesOf } from '../load-balancer-certificates/rows.ts';
import { saveResource } from '../resource.ts';
import { type LoadBalancerResource, loadBalancer, type Target } from './noun.ts';
import { findBalancer, tellEngine } from './spec.ts';
import { dropTarget } from './targets.ts';
import { healthOf, withHealth } from './view.ts';

/** How often to look at a target whose engine does not say when it will change, in ms. */
const lookAgainMs = 1_000;

/** The steps of a task whose resource is a load balancer tell the engine what the row says. */
const apply: Step<unknown> = { name: 'apply', run: (task) => tellEngine(task, task.resource) };

export const createLoadBalancer: TaskKind<object> = {
  name: 'CreateLoadBalancer',
  steps: [{ ...apply, undo: (task) => task.machines.removeBalancer(task.resource) }],
  async finish(tx, task) {
    const found = await findBalancer(tx, task.resource);
    if (found !== undefined)
      await saveResource(tx, loadBalancer, found, { ...found.body, state: 'active' }, found.inner);
  },
  /** A load balancer that cannot be made leaves nothing behind but its operation. */
  async fail(tx, task) {
    const found = await findBalancer(tx, task.resource);
    if (found === undefined) return;
    await deleteCertificatesOf(tx, task, found);
    await deleteAlarmsOf(tx, task, found.row);
    await deleteResource(tx, found.row);
    await releaseAddressesOf(tx, task.resource);
  },
};

/** The row shows the change already, so it is tried until the engine has it too. */
export const applyLoadBalancer: TaskKind<object> = { name: 'ApplyLoadBalancer', unfailing: true, steps: [apply] };

/** The rows went with the answer. */
export const deleteLoadBalancer: TaskKind<object> = {
  name: 'DeleteLoadBalancer',
  unfailing: true,
  steps: [
    {
      name: 'delete',
      async run(task) {
        await task.machines.removeBalancer(task.resource);
        return undefined;
      },
    },
  ],
};

interface Found {
  readonly found: LoadBalancerResource;
  readonly target: Target;
}

/** Undefined once the target has left, or its load balancer is gone. */
const findTarget = async (tx: Tx, balancer: string, id: string): Promise<Found | undefined> => {
  const found = await findBalancer(tx, balancer);
  const target = found?.inner.targets.find((other) => other.id === id);
  return found && target && { found, target };
};

/** `targets` are ids of attachments. */
export const attachInstances: TaskKind<{ targets: readonly string[] }> = {
  name: 'AttachInstancesToLoadBalancer',
  steps: [
    {
      name: 'register',
      run: (task) => tellEngine(task, task.resource),
      async undo(task) {
        await task.write((tx) => dropTargets(tx, task));
        await tellEngine(task, task.resource);
      },
    },
  ],
  async finish(tx, task) {
    for (const id of task.input.targets) {
      const known = await findTarget(tx, task.resource, id);
      // One that is to leave again drains already.
      if (known === undefined || healthOf(known.found.body, known.target.name) === 'draining') continue;
      await beginChecks(tx, task, known, 'Lb.InitialHealthChecking');
    }
  },
  fail: (tx, task) => dropTargets(tx, task),
};

const dropTargets = async (tx: Tx, task: TaskContext<{ targets: readonly string[] }>): Promise<void> => {
  for (const id of task.input.targets) {
    const known = await findTarget(tx, task.resource, id);
    if (known !== undefined) await dropTarget(tx, known.found, known.target);
  }
};

const beginChecks = async (
  tx: Tx,
  task: TaskContext<unknown>,
  { found, target }: Found,
  reason: 'Lb.RegistrationInProgress' | 'Lb.InitialHealthChecking',
): Promise<void> => {
  await saveResource(tx, loadBalancer, found, withHealth(found.body, target.name, 'initial', reason), found.inner);
  await task.enqueue(tx, checkTarget, { scope: task, resource: target.id, input: { balancer: found.row.id } });
};

/** Follows the health of one target until it stays as it is. The resource is the attachment. */
export const checkTarget: TaskKind<{ balancer: string }> = {
  name: 'CheckTarget',
  unfailing: true,
  steps: [
    {
      name: 'check',
      async run(task) {
        const { balancer } = task.input;
        const known = await task.read((tx) => findTarget(tx, balancer, task.resource));
        if (known === undefined || healthOf(known.found.body, known.target.name) === 'draining') return undefined;
        const seen = await task.machines.observeTarget(balancer, known.target.instance);
        if (seen === undefined) return undefined;
        await task.write((tx) => showHealth(tx, task, seen));
        return seen.settlesAt === undefined ? undefined : { until: seen.settlesAt };
      },
    },
  ],
};

/** What was seen may be old by now: an instance that has stopped since is not in use, whatever it was. */
const showHealth = async (
  tx: Tx,
  task: TaskContext<{ balancer: string }>,
  { health, reason }: TargetObservation,
): Promise<void> => {
  const known = await findTarget(tx, task.input.balancer, task.resource);
  if (known === undefined) return;
  const { found, target } = known;
  if (healthOf(found.body, target.name) === 'draining') return;
  const off = (await findById(tx, target.instance))?.state === 'stopped';
  const body = off
    ? withHealth(found.body, target.name, 'unused', 'Instance.InvalidState')
    : withHealth(found.body, target.name, health, reason);
  await saveResource(tx, loadBalancer, found, body, found.inner);
};

/** One instance leaves: it drains, and is off both rows when that is over (F299). The resource is the attachment. */
export const detachInstances: TaskKind<{ balancer: string }> = {
  name: 'DetachInstancesFromLoadBalancer',
  steps: [
    {
      name: 'drain',
      async run(task) {
        const { balancer } = task.input;
        const known = await task.read((tx) => findTarget(tx, balancer, task.resource));
        if (known === undefined) return undefined;
        const unsettled = await tellEngine(task, balancer);
        const seen = await task.machines.observeTarget(balancer, known.target.instance);
        if (seen !== undefined) return { until: seen.settlesAt ?? task.clock.now() + lookAgainMs };
        return unsettled;
      },
      async undo(task) {
        await task.write((tx) => stay(tx, task));
        await tellEngine(task, task.input.balancer);
      },
    },
  ],
  async finish(tx, task) {
    const known = await findTarget(tx, task.input.balancer, task.resource);
    if (known !== undefined) await dropTarget(tx, known.found, known.target);
  },
  fail: (tx, task) => stay(tx, task),
};

/** It is a target like before. */
const stay = async (tx: Tx, task: TaskContext<{ balancer: string }>): Promise<void> => {
  const known = await findTarget(tx, task.input.balancer, task.resource);
  if (known !== undefined) await beginChecks(tx, task, known, 'Lb.RegistrationInProgress');
};

export const loadBalancerTasks = [
  createLoadBalancer,
  applyLoadBalancer,
  deleteLoadBalancer,
  attachInstances,
  checkTarget,
  detachInstances,
];
