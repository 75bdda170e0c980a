import type { LoadBalancerMetricName, ResourceType } from '../../api/generated/types.ts';
import type { Catalogue, Metric } from '../../catalogue.ts';
import type { BucketMetricQuery, Buckets } from '../../engines/buckets.ts';
import type { DatabaseMetricQuery, Databases } from '../../engines/databases.ts';
import type { Machines, MetricQuery, Statistics } from '../../engines/machine.ts';
import { invalidInput } from '../../errors.ts';

/** Who has figures. */
interface Engines {
  readonly machines: Machines;
  readonly buckets: Buckets;
  readonly databases: Databases;
}

/** Figures of the resource with that id. `metric` is one that the catalogue gives its kind. */
export type MetricReader = (engines: Engines, id: string, query: MetricQuery<string>) => Promise<readonly Statistics[]>;

/** Where the figures of each kind come from; the catalogue has the names of its metrics. */
const readers: Partial<Record<ResourceType, MetricReader>> = {
  Bucket: ({ buckets }, id, query) => buckets.metrics(id, query as BucketMetricQuery),
  Instance: ({ machines }, id, query) => machines.metrics(id, query as MetricQuery),
  LoadBalancer: ({ machines }, id, query) => machines.balancerMetrics(id, query as MetricQuery<LoadBalancerMetricName>),
  RelationalDatabase: ({ databases }, id, query) => databases.metrics(id, query as DatabaseMetricQuery),
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
