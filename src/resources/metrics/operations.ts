import type { MetricDatapoint } from '../../api/generated/types.ts';
import type { Context, Handlers } from '../../context.ts';
import { bucket } from '../buckets/noun.ts';
import { database } from '../databases/noun.ts';
import { instance } from '../instances/noun.ts';
import { loadBalancer } from '../load-balancers/noun.ts';
import { getResource, type Noun } from '../resource.ts';
import { metricOf, readerOf } from './metered.ts';
import { type MetricRequest, readRange } from './rules.ts';
import { datapoint } from './view.ts';

/** F514 to F518, of whatever kind. The figures are the engine's, and nothing of them is kept here. */
const read = async <Name extends string, Body extends object, Inner extends object>(
  ctx: Context,
  noun: Noun<Body, Inner>,
  name: string,
  input: MetricRequest<Name>,
): Promise<{ metricName: Name; metricData: MetricDatapoint[] }> => {
  const { metricName, statistics, unit } = input;
  const range = readRange(input, metricOf(ctx.catalogue, noun.kind, metricName), ctx.catalogue);
  const { row } = await ctx.read((tx) => getResource(tx, ctx.scope, noun, name));
  const found = await readerOf(noun.kind)(ctx, row.id, { metric: metricName, ...range });
  return { metricName, metricData: found.map((part) => datapoint(part, statistics, unit)) };
};

export const metrics = {
  /** F402 */
  GetBucketMetricData: (ctx, input) => read(ctx, bucket, input.bucketName, input),

  /** F519 to F521 */
  GetInstanceMetricData: (ctx, input) => read(ctx, instance, input.instanceName, input),

  /** F522 */
  GetLoadBalancerMetricData: (ctx, input) => read(ctx, loadBalancer, input.loadBalancerName, input),

  /** F479 */
  GetRelationalDatabaseMetricData: (ctx, input) => read(ctx, database, input.relationalDatabaseName, input),
} satisfies Handlers<
  'GetBucketMetricData' | 'GetInstanceMetricData' | 'GetLoadBalancerMetricData' | 'GetRelationalDatabaseMetricData'
>;
