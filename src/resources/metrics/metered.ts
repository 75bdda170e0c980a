import type { DistributionMetricName, LoadBalancerMetricName, ResourceType } from '../../api/generated/types.ts';
import type { Catalogue, Metric } from '../../catalogue.ts';
import type { Context } from '../../context.ts';
import type { MetricQuery, Statistics } from '../../engines/machine.ts';
import { invalidInput } from '../../errors.ts';

/** The engines that figures come from. */
export type Meters = Pick<Context, 'machines' | 'distributions'>;

/** Figures of the resource with that id. `metric` is one that the catalogue gives its kind. */
export type MetricReader = (meters: Meters, id: string, query: MetricQuery<string>) => Promise<readonly Statistics[]>;

/** Where the figures of each kind come from; the catalogue has the names of its metrics. */
const readers: Partial<Record<ResourceType, MetricReader>> = {
  Distribution: ({ distributions }, id, query) =>
    distributions.metrics(id, query as MetricQuery<DistributionMetricName>),
  Instance: ({ machines }, id, query) => machines.metrics(id, query as MetricQuery),
  LoadBalancer: ({ machines }, id, query) => machines.balancerMetrics(id, query as MetricQuery<LoadBalancerMetricName>),
};

/** Throws Error for a kind that has no figures. */
export const readerOf = (kind: ResourceType): MetricReader => {
  const reader = readers[kind];
  if (reader === undefined) throw new Error(`a ${kind} has no figures`);
  return reader;
};

/** Throws InvalidInputException when such a resource has no metric of that name. */
export const metricOf = (catalogue: Catalogue, kind: ResourceType, name: string): Metric => {
  const metric = catalogue.metric(kind, name);
  if (metric === undefined) throw invalidInput(`A resource of the type ${kind} has no metric ${name}.`);
  return metric;
};
