import type { Instance, LoadBalancer } from '../../api/generated/types.ts';
import type { Scope } from '../../context.ts';
import { findById, findResource } from '../../store/records/resources.ts';
import type { Tx } from '../../store/store.ts';
import { type InstanceInner, type InstanceResource, instance } from '../instances/noun.ts';
import { readResource, saveResource } from '../resource.ts';
import { type LoadBalancerInner, type LoadBalancerResource, loadBalancer, type Target } from './noun.ts';
import { withoutTarget } from './view.ts';

/** The load balancers that have the instance as a target, each with that target. */
export const balancersOf = async (
  tx: Tx,
  scope: Scope,
  { row, inner }: InstanceResource,
): Promise<readonly { found: LoadBalancerResource; target: Target }[]> => {
  const all: { found: LoadBalancerResource; target: Target }[] = [];
  for (const name of inner.loadBalancers ?? []) {
    const balancer = await findResource(tx, scope, 'LoadBalancer', name);
    if (balancer === undefined) continue;
    const found = readResource<LoadBalancer, LoadBalancerInner>(balancer);
    const target = found.inner.targets.find((other) => other.instance === row.id);
    if (target !== undefined) all.push({ found, target });
  }
  return all;
};

/** Writes into the instance's row that it is, or is no longer, a target of the load balancer. */
export const saveLink = (tx: Tx, found: InstanceResource, balancer: string, linked: boolean): Promise<unknown> => {
  const others = (found.inner.loadBalancers ?? []).filter((name) => name !== balancer);
  const loadBalancers = linked ? [...others, balancer] : others;
  return saveResource(tx, instance, found, found.body, {
    ...found.inner,
    loadBalancers: loadBalancers.length === 0 ? undefined : loadBalancers,
  });
};

/** Takes a target off both rows. Its instance may be gone already. */
export const dropTarget = async (
  tx: Tx,
  found: LoadBalancerResource,
  target: Target,
): Promise<LoadBalancerResource> => {
  const row = await findById(tx, target.instance);
  if (row !== undefined) await saveLink(tx, readResource<Instance, InstanceInner>(row), found.row.name, false);
  const { body, inner } = withoutTarget(found, target);
  return saveResource(tx, loadBalancer, found, body, inner);
};
