import type { Scope } from '../../context.ts';
import type { Tx } from '../../store/store.ts';
import type { InstanceResource } from '../instances/noun.ts';
import { getResource, saveResource } from '../resource.ts';
import { type StaticIpResource, staticIp } from './noun.ts';

/** Nothing has the address any more; its account keeps it. */
export const becomeFree = (tx: Tx, found: StaticIpResource): Promise<StaticIpResource> => {
  const { attachedTo: _instance, ...body } = found.body;
  return saveResource(tx, staticIp, found, { ...body, isAttached: false }, found.inner);
};

/** For an instance that goes, whose row goes in the same transaction: its static IP stays. */
export const freeStaticIp = async (tx: Tx, scope: Scope, { inner }: InstanceResource): Promise<void> => {
  if (inner.staticIp !== undefined) await becomeFree(tx, await getResource(tx, scope, staticIp, inner.staticIp));
};
