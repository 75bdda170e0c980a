import type { LightsailDistribution } from '../../api/generated/types.ts';
import type { Noun, Resource } from '../resource.ts';

/** The last reset of a cache; `at` in ms. */
export interface CacheReset {
  readonly id: string;
  readonly status: 'InProgress' | 'Completed';
  readonly at: number;
}

/** What Lateen knows of a distribution beside what it shows. */
export interface DistributionInner {
  /** Public IPv4 addresses, where aliases lead. */
  readonly addresses: readonly string[];
  /** When its bundle was changed last, in ms (F363). */
  readonly bundleChangedAt?: number | undefined;
  readonly reset?: CacheReset | undefined;
}

export type DistributionResource = Resource<LightsailDistribution, DistributionInner>;

export const distribution: Noun<LightsailDistribution, DistributionInner> = {
  kind: 'Distribution',
  shape: 'LightsailDistribution',
  state: (body) => body.status ?? 'InProgress',
};
