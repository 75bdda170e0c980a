import type { Operation } from '../../api/generated/types.ts';
import type { Tx } from '../../store/store.ts';
import { saveResource } from '../resource.ts';
import { type InstanceResource, instance } from './noun.ts';
import { beginForInstance, type Hands } from './record.ts';
import { states } from './rules.ts';
import { stopInstance } from './tasks.ts';

/** Stops an instance that may be stopped, whoever wants it. */
export const beginStop = async (
  tx: Tx,
  ctx: Hands,
  found: InstanceResource,
  inner = found.inner,
): Promise<Operation> => {
  await saveResource(tx, instance, found, { ...found.body, state: states.stopping }, inner);
  return beginForInstance(tx, ctx, found, 'StopInstance', stopInstance, {});
};
