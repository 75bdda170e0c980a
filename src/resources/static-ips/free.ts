import type { Clock } from '../../clock.ts';
import type { Tx } from '../../store/store.ts';
import type { InstanceResource } from '../instances/noun.ts';
import { getResource, saveResource } from '../resource.ts';
import { type StaticIpResource, staticIp } from './noun.ts';

interface Now {
  readonly clock: Clock;
}

/** Nothing has the address any more; its account keeps it. */
export const becomeFree = (tx: Tx, now: Now, found: StaticIpResource): Promise<StaticIpResource> => {
  const { attachedTo: _instance, ...body } = found.body;
  return saveResource(tx, staticIp, found, { ...body, isAttached: false }, found.inner, now);
};

/** For an instance that goes, whose row goes in the same transaction: its static IP stays. */
export const freeStaticIp = async (tx: Tx, now: Now, { row, inner }: InstanceResource): Promise<void> => {
  if (inner.staticIp !== undefined) await becomeFree(tx, now, await getResource(tx, row, staticIp, inner.staticIp));
};
