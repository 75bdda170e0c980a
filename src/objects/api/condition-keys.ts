import { decode } from '../../api/sigv4-canonical.ts';
import type { ServedBucket } from '../../engines/buckets.ts';
import { factsBy, type KeysOf } from '../../iam/facts.ts';
import type { Tag } from '../store.ts';
import type { Exchange } from './exchange.ts';
import type { Permission } from './rights.ts';

/** What conditions of policies may ask of a request. */
export interface Inquiry extends Pick<Exchange, 'headers' | 'params' | 'signed' | 'circumstances' | 'now'> {
  readonly bucket: ServedBucket | undefined;
  readonly permission: Permission | 'ListAllMyBuckets';
  /** Of one object among many; else that of the query. */
  readonly versionId?: string | undefined;
  /** Of the object that is there; undefined when it was not looked at, or there is none. */
  readonly existingTags?: readonly Tag[] | undefined;
  /** That the object would have; undefined when the request brings none. */
  readonly requestTags?: readonly Tag[] | undefined;
}

type Reader = KeysOf<Inquiry>[string];

const header =
  (name: string): Reader =>
  ({ headers }) =>
    headers.get(name);

/** A parameter of the listings of objects and of versions. */
const ofListing =
  (name: string): Reader =>
  ({ params, permission }) =>
    permission === 'ListBucket' || permission === 'ListBucketVersions' ? params.get(name) : undefined;

const authTypes = { AuthHeader: 'REST-HEADER', QueryString: 'REST-QUERY-STRING', PostForm: 'POST' } as const;
const signatureVersions = { SigV2: 'AWS', SigV4: 'AWS4-HMAC-SHA256' } as const;

/** Condition keys in lower case (Service Authorization Reference, Amazon S3), with two of those of all services that only HTTP tells. */
const keys: KeysOf<Inquiry> = {
  'aws:referer': header('referer'),
  'aws:resourceaccount': ({ bucket }) => bucket?.account,
  'aws:useragent': header('user-agent'),
  's3:authtype': ({ signed }) => signed && authTypes[signed.by],
  's3:delimiter': ofListing('delimiter'),
  's3:if-match': header('if-match'),
  's3:if-none-match': header('if-none-match'),
  's3:max-keys': ofListing('max-keys'),
  's3:prefix': ofListing('prefix'),
  's3:requestobjecttagkeys': ({ requestTags }) => requestTags?.map(({ key }) => key),
  's3:resourceaccount': ({ bucket }) => bucket?.account,
  's3:signatureage': ({ signed, now }) =>
    signed?.signedAt === undefined ? undefined : String(now() - signed.signedAt),
  's3:signatureversion': ({ signed }) => signed && signatureVersions[signed.version],
  's3:tlsversion': ({ circumstances }) => circumstances.tlsVersion,
  's3:versionid': ({ params, versionId, permission }) =>
    permission.includes('Version') ? (versionId ?? params.get('versionId')) : undefined,
  's3:x-amz-acl': header('x-amz-acl'),
  's3:x-amz-content-sha256': header('x-amz-content-sha256'),
  's3:x-amz-copy-source': ({ headers }) => sourceOf(headers.get('x-amz-copy-source')),
  's3:x-amz-grant-full-control': header('x-amz-grant-full-control'),
  's3:x-amz-grant-read': header('x-amz-grant-read'),
  's3:x-amz-grant-read-acp': header('x-amz-grant-read-acp'),
  's3:x-amz-grant-write': header('x-amz-grant-write'),
  's3:x-amz-grant-write-acp': header('x-amz-grant-write-acp'),
  's3:x-amz-metadata-directive': header('x-amz-metadata-directive'),
  's3:x-amz-server-side-encryption': header('x-amz-server-side-encryption'),
  's3:x-amz-storage-class': header('x-amz-storage-class'),
  's3:x-amz-website-redirect-location': header('x-amz-website-redirect-location'),
};

/** Bucket and key, without what may stand before and behind them. */
const sourceOf = (value: string | undefined): string | undefined =>
  value === undefined
    ? undefined
    : Buffer.from(decode(value.replace(/\?versionId=.*$/s, '')).replace(/^\//, ''), 'latin1').toString('utf8');

/** What S3 adds to what all services know of a request. */
export const factsOfS3 = factsBy<Inquiry>(keys, {
  's3:existingobjecttag/': ({ existingTags }) => existingTags,
  's3:requestobjecttag/': ({ requestTags }) => requestTags,
});
