import type {
  CacheBehaviorPerPath,
  CacheSettings,
  DistributionCustomErrorResponse,
  DistributionMetricName,
  WafRule,
} from '../api/generated/types.ts';
import type { MetricQuery, Statistics, Unsettled } from './machine.ts';

/** Where a distribution gets what it does not have. */
export interface OriginSpec {
  /** Name that leads to it. */
  readonly host: string;
  readonly protocol: 'http' | 'https';
  readonly responseTimeoutSeconds: number;
  readonly ipAddressType: string;
  /** Whether the distribution may read what the public may not; of buckets only. */
  readonly isPrivate: boolean;
}

/** What a distribution is to be, keyed by the id of its resource. */
export interface DistributionSpec {
  readonly id: string;
  readonly name: string;
  /** A disabled one answers nobody. */
  readonly isEnabled: boolean;
  /** All names that it answers to, its own first. */
  readonly domainNames: readonly string[];
  readonly addresses: readonly string[];
  readonly ipAddressType: string;
  /** Absent once it was deleted: then there is nothing but errors behind the cache. */
  readonly origin?: OriginSpec | undefined;
  /** Whether it keeps what no path of `paths` says otherwise about; the first path that fits has the say. */
  readonly caches: boolean;
  readonly paths: readonly CacheBehaviorPerPath[];
  readonly settings: CacheSettings;
  /** Absent: no names but its own. PEM texts; `chain` begins with the distribution's certificate. */
  readonly tls?: { readonly minimum: string; readonly chain: string; readonly privateKey: string } | undefined;
  readonly defaultRootObject?: string | undefined;
  readonly errorPages: readonly DistributionCustomErrorResponse[];
  /** Absent: nothing is filtered. */
  readonly waf?: readonly WafRule[] | undefined;
}

/**
 * What keeps and serves what origins have. Every call may be repeated, and one about a distribution that is gone is not an
 * error. A call throws `EngineRefusal` when trying again cannot help, and any other error when it can.
 */
export interface Distributions {
  /** Makes the distribution be like this, whether it is there or not. Not so yet when it answers with a time to ask again. */
  apply(spec: DistributionSpec): Promise<Unsettled | undefined>;
  remove(id: string): Promise<void>;
  /** Forgets all that is kept. `request` tells a repeated call from a new one. */
  resetCache(id: string, request: string): Promise<Unsettled | undefined>;
  /** Oldest first, and only parts with figures in them: there are none of a time when it was disabled, or not there. */
  metrics(id: string, query: MetricQuery<DistributionMetricName>): Promise<readonly Statistics[]>;
}
