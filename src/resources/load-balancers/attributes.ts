import type {
  IpAddressType,
  LoadBalancer,
  Operation,
  UpdateLoadBalancerAttributeRequest,
} from '../../api/generated/types.ts';
import type { Context } from '../../context.ts';
import { getResource, saveResource } from '../resource.ts';
import { loadBalancer } from './noun.ts';
import { idsOf, recordForBalancer } from './record.ts';
import { checkState, withAttribute } from './rules.ts';
import { applyLoadBalancer } from './tasks.ts';

/** The load balancer shows the change with the answer; the operation ends when the engine has it. */
const change = (
  ctx: Context,
  name: string,
  to: (body: LoadBalancer) => LoadBalancer,
  details?: string,
): Promise<{ operations: Operation[] }> =>
  ctx.write(async (tx) => {
    const found = await getResource(tx, ctx.scope, loadBalancer, name);
    checkState(found.body, 'changed');
    await saveResource(tx, loadBalancer, found, to(found.body), found.inner);
    const operations = [await recordForBalancer(tx, ctx, ctx.operation, name, 'Started', details)];
    await ctx.enqueue(tx, applyLoadBalancer, {
      scope: ctx.scope,
      resource: found.row.id,
      input: {},
      operations: idsOf(operations),
    });
    return { operations };
  });

/** UpdateLoadBalancerAttribute: one attribute per call (F306). */
export const updateAttribute = (
  ctx: Context,
  { loadBalancerName, attributeName, attributeValue }: UpdateLoadBalancerAttributeRequest,
) =>
  change(
    ctx,
    loadBalancerName,
    (body) => withAttribute(body, attributeName, attributeValue, ctx.catalogue),
    attributeName,
  );

/** SetIpAddressType of a load balancer (F156). */
export const changeBalancerAddressType = (ctx: Context, name: string, ipAddressType: IpAddressType) =>
  change(ctx, name, (body) => ({ ...body, ipAddressType }));
