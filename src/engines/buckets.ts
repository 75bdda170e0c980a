import type { AccessType, BucketCorsRule, BucketMetricName } from '../api/generated/types.ts';
import type { Principal } from '../iam/principal.ts';
import type { MetricQuery, Statistics, Unsettled } from './machine.ts';

/** What a bucket is, keyed by the id of its resource: a bucket that comes back, or another one of its name, is another bucket. */
export interface BucketSpec {
  readonly id: string;
  readonly name: string;
  readonly region: string;
}

/** What a bucket holds, with all versions and the parts of unfinished uploads. */
export interface BucketUsage {
  readonly objects: number;
  readonly bytes: number;
}

export type BucketMetricQuery = MetricQuery<BucketMetricName>;

/**
 * What keeps the objects of buckets. Every call may be repeated, and tells as long as it is not done when to be repeated. A call
 * throws `EngineRefusal` when trying again cannot help, and any other error when it can.
 */
export interface Buckets {
  create(spec: BucketSpec): Promise<Unsettled | undefined>;
  /** With all that it holds. One that is gone, or never was, is not an error. */
  delete(id: string): Promise<Unsettled | undefined>;
  usage(id: string): Promise<BucketUsage>;
  /** Oldest first: the usage at each midnight (UTC), from the first one that the bucket was there at. */
  metrics(id: string, query: BucketMetricQuery): Promise<readonly Statistics[]>;
}

/** A bucket as its row has it, for whatever serves its objects. */
export interface ServedBucket extends BucketSpec {
  /** The owner's. */
  readonly account: string;
  readonly accessRules: { readonly getObject: AccessType; readonly allowPublicOverrides: boolean };
  /** Accounts that may read and list (F380). */
  readonly readers: readonly string[];
  /** Ids of the instances that have access. */
  readonly instances: readonly string[];
  readonly versioning: 'Enabled' | 'Suspended' | 'NeverEnabled';
  /** How much its bundle has room for. */
  readonly storageInGb: number;
  /** Where its access logs go: a bucket of the same account and Region. Absent when there are none. */
  readonly accessLog?: { readonly destination: string; readonly prefix: string } | undefined;
  readonly cors: readonly BucketCorsRule[];
}

/** A bucket as a listing of an account's buckets shows it; `createdAt` in ms. */
export interface OwnBucket {
  readonly name: string;
  readonly region: string;
  readonly createdAt: number;
}

/** Whose key signed a request; instances and buckets are named by their ids. */
export type Visitor =
  | { readonly kind: 'anyone' }
  | { readonly kind: 'account'; readonly account: string }
  | { readonly kind: 'bucket'; readonly bucket: string }
  | { readonly kind: 'instance'; readonly instance: string };

/** To list the bucket, to read an object or to change one. */
export type Right = 'list' | 'read' | 'write';

/** A key that may sign requests, with its secret in the clear: it is never kept. */
export interface Signer {
  readonly accessKeyId: string;
  readonly secret: string;
  readonly account: string;
  readonly arn: string;
  /** Only of temporary credentials; `expiresAt` in ms of the machine's clock. */
  readonly sessionToken?: string;
  readonly expiresAt?: number;
  readonly visitor: Visitor;
  /** Of the key of an account: whose policies hold. Keys of buckets have none. */
  readonly principal?: Principal;
}

/**
 * The buckets and their keys as rows have them, for whatever serves objects to the world. It asks at each request, so a rule, a key
 * or a grant that changes holds from the next one on.
 */
export interface BucketDesk {
  /** Of all accounts and Regions: the name says which one. */
  bucketOf(name: string): Promise<ServedBucket | undefined>;
  /** Those of an account in all Regions, by name. */
  bucketsOf(account: string): Promise<readonly OwnBucket[]>;
  /** Undefined when nobody has the key, or may not use it. The token that came with it tells whose the key of an instance is. */
  signerOf(accessKeyId: string, sessionToken?: string): Promise<Signer | undefined>;
  /** `publicRead` is whether the object has the ACL of that name. */
  may(visitor: Visitor, right: Right, bucket: ServedBucket, object?: { readonly publicRead: boolean }): boolean;
  /** The key of a bucket was used in the Region now. Cheap: it is written down once a minute. */
  used(accessKeyId: string, region: string): Promise<void>;
}
