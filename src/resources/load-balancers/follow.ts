import type { LoadBalancer } from '../../api/generated/types.ts';
import type { Context } from '../../context.ts';
import type { Tx } from '../../store/store.ts';
import type { TaskContext } from '../../tasks/task.ts';
import type { InstanceResource } from '../instances/noun.ts';
import { saveResource } from '../resource.ts';
import { loadBalancer } from './noun.ts';
import { balancersOf } from './targets.ts';
import { applyLoadBalancer, checkTarget } from './tasks.ts';
import { healthOf, withHealth, withoutTarget } from './view.ts';

/** Load balancers show at once that a target has stopped (F304); one that runs is checked. */
export const followInstance = async (tx: Tx, task: TaskContext<unknown>, changed: InstanceResource): Promise<void> => {
  const stopped = changed.body.state?.name === 'stopped';
  for (const { found, target } of await balancersOf(tx, task, changed)) {
    const body = shown(found.body, target.name, stopped);
    if (body !== found.body) await saveResource(tx, loadBalancer, found, body, found.inner);
    if (!stopped)
      await task.enqueue(tx, checkTarget, { scope: task, resource: target.id, input: { balancer: found.row.id } });
  }
};

const shown = (body: LoadBalancer, name: string, stopped: boolean): LoadBalancer => {
  const health = healthOf(body, name);
  if (health === 'draining') return body;
  if (stopped) return withHealth(body, name, 'unused', 'Instance.InvalidState');
  return health === 'unused' ? withHealth(body, name, 'initial', 'Lb.InitialHealthChecking') : body;
};

/** For an instance that is being deleted: its load balancers stay, without it. */
export const leaveBalancers = async (tx: Tx, ctx: Context, leaving: InstanceResource): Promise<void> => {
  for (const { found, target } of await balancersOf(tx, ctx.scope, leaving)) {
    const { body, inner } = withoutTarget(found, target);
    await saveResource(tx, loadBalancer, found, body, inner);
    await ctx.enqueue(tx, applyLoadBalancer, { scope: ctx.scope, resource: found.row.id, input: {} });
  }
};
