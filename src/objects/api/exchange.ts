import type { Readable } from 'node:stream';
import { encode, type HeaderMap } from '../../api/sigv4-canonical.ts';
import type { OwnBucket, Right, ServedBucket, Visitor } from '../../engines/buckets.ts';
import type { Incoming, ObjectInfo, ObjectName, ObjectStore } from '../store.ts';
import { factsOfS3, type Inquiry } from './condition-keys.ts';
import { invalidArgument, S3Error } from './errors.ts';
import type { Circumstances, Judge } from './policies.ts';
import { type Permission, permissions, resourceArn } from './rights.ts';
import type { Signed } from './signature.ts';

/** What the actions work with. */
export interface World {
  readonly store: ObjectStore;
  readonly may: (
    visitor: Visitor,
    right: Right,
    bucket: ServedBucket,
    object?: { readonly publicRead: boolean },
  ) => boolean;
  /** Undefined when there is none of that name. */
  readonly bucketOf: (name: string) => Promise<ServedBucket | undefined>;
  /** By name. */
  readonly bucketsOf: (account: string) => Promise<readonly OwnBucket[]>;
  readonly judge: Judge;
  /** Who signed a form. Throws S3Error. */
  readonly signerOfForm: (fields: ReadonlyMap<string, string>) => Promise<Signed | undefined>;
  /** Writes down that a key was used. */
  readonly used: (signed: Signed, bucket: ServedBucket) => Promise<void>;
  /** Milliseconds of the clock that clients sign with. */
  readonly now: () => number;
}

/** A request that is known to come from whom it says. */
export interface Exchange {
  readonly world: World;
  /** By lower-case name, one character per byte; of a presigned request those in its query as well. */
  readonly headers: HeaderMap;
  readonly params: ReadonlyMap<string, string>;
  readonly signed: Signed | undefined;
  readonly visitor: Visitor;
  readonly circumstances: Circumstances;
  /** Milliseconds of the clock that clients sign with. */
  readonly now: () => number;
  /** The body with all that is said of it, to be read once. Throws S3Error. */
  payload(): Incoming;
}

/** One that is about a bucket. */
export interface BucketExchange extends Exchange {
  readonly bucket: ServedBucket;
  /** Empty when the request is about the bucket itself. */
  readonly key: string;
  /** As the client has called it: `http://127.0.0.1:4781/photos`, `http://photos.s3.us-east-1.localhost:4781`. */
  readonly bucketUrl: string;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An XML document. */
  readonly xml?: string;
  /** Bytes, whose Content-Length is among the headers. The stream is destroyed when the client goes. */
  readonly stream?: Readable;
  /** The same where they are few. */
  readonly bytes?: Buffer;
  /** Called once the stream is begun, or is not wanted. */
  readonly done?: () => void;
  /** Of the object that it is about, for access logs. */
  readonly objectSize?: number;
}

export type BucketAction = (exchange: BucketExchange) => Promise<Reply>;

export const xmlReply = (xml: string, headers: Reply['headers'] = {}): Reply => ({ status: 200, headers, xml });

/** What is looked at, when it is not the key of the request, and what is known of it. */
interface About extends Pick<Inquiry, 'existingTags' | 'requestTags' | 'versionId'> {
  readonly key?: string;
  /** Whether the object has the ACL of that name. */
  readonly publicRead?: boolean;
}

/** Throws AccessDenied for whoever may not, by the rules of the bucket or by policies of their own. */
export const demand = async (exchange: BucketExchange, permission: Permission, about: About = {}): Promise<void> => {
  if (!(await mayDo(exchange, permission, about))) throw new S3Error('AccessDenied');
};

export const mayDo = async (
  exchange: BucketExchange,
  permission: Permission,
  { key = exchange.key, publicRead = false, ...about }: About = {},
): Promise<boolean> => {
  const { world, signed, visitor, bucket, circumstances } = exchange;
  const [right] = permissions[permission];
  if (signed === undefined) return world.may(visitor, right, bucket, { publicRead });
  const resource = resourceArn(permission, bucket.name, key);
  const own = factsOfS3({ ...exchange, ...about, permission });
  const verdict = await world.judge(signed, `s3:${permission}`, resource, bucket.region, circumstances, own);
  if (verdict === 'explicitDeny') return false;
  // What everyone may, whoever has no leave of their own may too.
  return world.may(verdict === 'allowed' ? visitor : { kind: 'anyone' }, right, bucket, { publicRead });
};

/** The key with the version that is asked for. */
export const nameOf = ({ key, params }: BucketExchange): ObjectName => ({ key, versionId: versionOf(params) });

export const versionOf = (params: ReadonlyMap<string, string>): string | undefined => {
  const versionId = params.get('versionId');
  if (versionId === '') throw invalidArgument('Version id cannot be the empty string', 'versionId', '');
  return versionId;
};

/**
 * Looks at an object by `look` for somebody who wants to read it. Whoever may not list is not told what is missing. Throws AccessDenied.
 */
export const lookAt = async <T>(
  exchange: BucketExchange,
  permission: Permission,
  look: () => Promise<T>,
  infoOf: (found: T) => ObjectInfo,
): Promise<T> => {
  let found: T;
  try {
    found = await look();
  } catch (error) {
    await demand(exchange, 'ListBucket');
    throw error;
  }
  const { publicRead, tags: existingTags } = infoOf(found);
  await demand(exchange, permission, { publicRead, existingTags });
  return found;
};

/** The permission for one version, which has a name of its own. */
export const ofVersion = (
  { params }: Pick<Exchange, 'params'>,
  plain: Permission,
  versioned: Permission,
): Permission => (params.has('versionId') ? versioned : plain);

/** The header that tells the version, in buckets that have or had versions. */
export const versionHeader = ({ versioning }: ServedBucket, versionId: string | undefined): Record<string, string> =>
  versioning === 'NeverEnabled' || versionId === undefined ? {} : { 'x-amz-version-id': versionId };

export const urlOf = (bucketUrl: string, key: string): string =>
  `${bucketUrl}/${encode(Buffer.from(key).toString('latin1')).replaceAll('%2F', '/')}`;

export const quoted = (etag: string): string => `"${etag}"`;

/** Of a condition or a list of parts. */
export const unquoted = (etag: string): string => etag.trim().replace(/^"(.*)"$/, '$1');

/** A whole number of a parameter from `least` to `most`; `otherwise` when it is not there. Throws InvalidArgument. */
export const wholeOf = (
  params: ReadonlyMap<string, string>,
  name: string,
  { least, most, otherwise }: { readonly least: number; readonly most: number; readonly otherwise: number },
): number => {
  const text = params.get(name);
  if (text === undefined || text === '') return otherwise;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= 2 ** 31 - 1) return Math.min(value, most);
  throw invalidArgument(`Provided ${name} not an integer or within integer range`, name, text);
};
