import type { Handlers } from '../../context.ts';
import { invalidInput } from '../../errors.ts';
import { instance } from '../instances/noun.ts';
import { getResource } from '../resource.ts';
import { readRange } from './rules.ts';
import { datapoint } from './view.ts';

export const metrics = {
  /** F514 to F521. The figures are the machine's, and nothing of them is kept here. */
  async GetInstanceMetricData(ctx, input) {
    const { instanceName, metricName, statistics, unit } = input;
    const metric = ctx.catalogue.instanceMetric(metricName);
    if (metric === undefined) throw invalidInput(`Instances have no metric ${metricName}.`);
    const range = readRange(input, metric, ctx.catalogue);
    const { row } = await ctx.read((tx) => getResource(tx, ctx.scope, instance, instanceName));
    const found = await ctx.machines.metrics(row.id, { metric: metricName, ...range });
    return { metricName, metricData: found.map((part) => datapoint(part, statistics, unit)) };
  },
} satisfies Handlers<'GetInstanceMetricData'>;
