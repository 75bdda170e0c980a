import type { Bucket, BucketCorsConfig } from '../../api/generated/types.ts';
import type { Noun, Resource } from '../resource.ts';

/** An instance that has access. */
export interface Receiver {
  readonly id: string;
  readonly name: string;
}

/** What Lateen knows of a bucket beside what its row shows. The secrets of its access keys are its own, by the ids of the keys. */
export interface BucketInner {
  readonly receivers?: readonly Receiver[] | undefined;
  readonly cors?: BucketCorsConfig | undefined;
  /** When its bundle was changed last (ms). */
  readonly bundleChangedAt?: number | undefined;
  /** Names of the other buckets whose access logs come here. */
  readonly logsOf?: readonly string[] | undefined;
}

export type BucketResource = Resource<Bucket, BucketInner>;

export const bucket: Noun<Bucket, BucketInner> = {
  kind: 'Bucket',
  shape: 'Bucket',
  state: (body) => body.state?.code ?? 'Unknown',
};
