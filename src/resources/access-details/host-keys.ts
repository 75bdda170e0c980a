import type { HostKeyAttributes, Instance, InstanceAccessProtocol } from '../../api/generated/types.ts';
import { seconds } from '../../clock.ts';
import type { Context } from '../../context.ts';
import { EngineRefusal, type Machines } from '../../engines/machine.ts';
import { notFound } from '../../errors.ts';
import { findById } from '../../store/records/resources.ts';
import { type InstanceInner, instance } from '../instances/noun.ts';
import { type Resource, readResource, saveResource } from '../resource.ts';
import { mustAskForHostKeys } from './rules.ts';

/**
 * The host keys that the machine was seen with (F150). When there are none yet, a running machine is asked, and what it answers
 * is kept; any other has none to show. Throws NotFoundException when the instance goes meanwhile.
 */
export const knownHostKeys = async (
  ctx: Context,
  { row: { id }, body, inner }: Resource<Instance, InstanceInner>,
  protocol: InstanceAccessProtocol,
): Promise<readonly HostKeyAttributes[]> => {
  const known = inner.knownHostKeys[protocol];
  if (!mustAskForHostKeys(body, known)) return known ?? [];
  const witnessedAt = seconds(ctx.clock.now());
  const seen = (await ask(ctx.machines, id, protocol)).map((key) => ({ ...key, witnessedAt }));
  return ctx.write(async (tx) => {
    const row = await findById(tx, id);
    if (row === undefined) throw notFound('Instance');
    const found = readResource<Instance, InstanceInner>(row);
    // Whoever asked at the same time and was first has been answered with these.
    const first = found.inner.knownHostKeys[protocol] ?? [];
    if (first.length > 0 || seen.length === 0) return first;
    const keys = { ...found.inner.knownHostKeys, [protocol]: seen };
    await saveResource(tx, instance, found, found.body, { ...found.inner, knownHostKeys: keys });
    return seen;
  });
};

/** A machine that cannot tell has no keys to show; that it went is found out afterwards. */
const ask = async (machines: Machines, ...of: Parameters<Machines['hostKeys']>): ReturnType<Machines['hostKeys']> => {
  try {
    return await machines.hostKeys(...of);
  } catch (error) {
    if (error instanceof EngineRefusal) return [];
    throw error;
  }
};
