import type { LoadBalancer } from '../../api/generated/types.ts';
import type { Noun, Resource } from '../resource.ts';

/** One instance behind one load balancer, from its attachment to its detachment. */
export interface Target {
  /** Of the attachment: an instance that comes back, or another one of its name, is another target. */
  readonly id: string;
  readonly instance: string;
  readonly name: string;
}

/** What Lateen knows of a load balancer beside what it shows: its targets, in the order of the health summary. */
export interface LoadBalancerInner {
  readonly targets: readonly Target[];
  /** Public IPv4 addresses, where aliases lead unless it is for IPv6 only. */
  readonly addresses?: readonly string[] | undefined;
}

export type LoadBalancerResource = Resource<LoadBalancer, LoadBalancerInner>;

export const loadBalancer: Noun<LoadBalancer, LoadBalancerInner> = {
  kind: 'LoadBalancer',
  shape: 'LoadBalancer',
  state: (body) => body.state ?? 'unknown',
};
