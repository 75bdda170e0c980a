import type { Target } from './target.ts';

/** What S3 has for the methods and addresses of a Lightsail bucket (F403). */
export type ActionName =
  | 'AbortMultipartUpload'
  | 'CompleteMultipartUpload'
  | 'CopyObject'
  | 'CreateMultipartUpload'
  | 'DeleteObject'
  | 'DeleteObjectTagging'
  | 'DeleteObjects'
  | 'GetBucketCors'
  | 'GetBucketLocation'
  | 'GetBucketVersioning'
  | 'GetObject'
  | 'GetObjectAcl'
  | 'GetObjectTagging'
  | 'HeadBucket'
  | 'HeadObject'
  | 'ListBuckets'
  | 'ListMultipartUploads'
  | 'ListObjectVersions'
  | 'ListObjects'
  | 'ListObjectsV2'
  | 'ListParts'
  | 'PostObject'
  | 'Preflight'
  | 'PutObject'
  | 'PutObjectAcl'
  | 'PutObjectTagging'
  | 'UploadPart'
  | 'UploadPartCopy';

/** `Forbidden` is what S3 has and a Lightsail bucket does not allow; `Unknown` a method that nothing has. */
export type Routed = ActionName | 'Forbidden' | 'Unknown';

type Level = 'service' | 'bucket' | 'object';

interface Route {
  readonly on: `${string} ${Level}`;
  /** A parameter that is there, with that value if one is given. */
  readonly with?: string;
  readonly copies?: true;
  readonly action: ActionName;
}

/** The first one that fits counts. */
const routes: readonly Route[] = [
  { on: 'GET service', action: 'ListBuckets' },

  { on: 'HEAD bucket', action: 'HeadBucket' },
  { on: 'GET bucket', with: 'location', action: 'GetBucketLocation' },
  { on: 'GET bucket', with: 'versioning', action: 'GetBucketVersioning' },
  { on: 'GET bucket', with: 'cors', action: 'GetBucketCors' },
  { on: 'GET bucket', with: 'versions', action: 'ListObjectVersions' },
  { on: 'GET bucket', with: 'uploads', action: 'ListMultipartUploads' },
  { on: 'GET bucket', with: 'list-type=2', action: 'ListObjectsV2' },
  { on: 'GET bucket', action: 'ListObjects' },
  { on: 'POST bucket', with: 'delete', action: 'DeleteObjects' },
  { on: 'POST bucket', action: 'PostObject' },
  { on: 'OPTIONS bucket', action: 'Preflight' },

  { on: 'OPTIONS object', action: 'Preflight' },
  { on: 'GET object', with: 'acl', action: 'GetObjectAcl' },
  { on: 'GET object', with: 'tagging', action: 'GetObjectTagging' },
  { on: 'GET object', with: 'uploadId', action: 'ListParts' },
  { on: 'GET object', action: 'GetObject' },
  { on: 'HEAD object', action: 'HeadObject' },
  { on: 'PUT object', with: 'acl', action: 'PutObjectAcl' },
  { on: 'PUT object', with: 'tagging', action: 'PutObjectTagging' },
  { on: 'PUT object', with: 'uploadId', copies: true, action: 'UploadPartCopy' },
  { on: 'PUT object', with: 'uploadId', action: 'UploadPart' },
  { on: 'PUT object', copies: true, action: 'CopyObject' },
  { on: 'PUT object', action: 'PutObject' },
  { on: 'POST object', with: 'uploads', action: 'CreateMultipartUpload' },
  { on: 'POST object', with: 'uploadId', action: 'CompleteMultipartUpload' },
  { on: 'DELETE object', with: 'tagging', action: 'DeleteObjectTagging' },
  { on: 'DELETE object', with: 'uploadId', action: 'AbortMultipartUpload' },
  { on: 'DELETE object', action: 'DeleteObject' },
];

/** Parameters that name something that S3 keeps of a bucket or an object, and a Lightsail bucket does not give. */
const forbidden: ReadonlySet<string> = new Set([
  'abac',
  'accelerate',
  'acl',
  'analytics',
  'annotation',
  'attributes',
  'encryption',
  'intelligent-tiering',
  'inventory',
  'legal-hold',
  'lifecycle',
  'logging',
  'metadataAnnotationTable',
  'metadataConfiguration',
  'metadataInventoryTable',
  'metadataJournalTable',
  'metadataTable',
  'metrics',
  'notification',
  'object-lock',
  'ownershipControls',
  'policy',
  'policyStatus',
  'publicAccessBlock',
  'renameObject',
  'replication',
  'requestPayment',
  'restore',
  'retention',
  'select',
  'session',
  'tagging',
  'torrent',
  'website',
]);

/** Methods that S3 knows; at an address where nothing has them they are forbidden. */
const known: ReadonlySet<string> = new Set(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT']);

/** Which action a request asks for. `copies` is whether it has `x-amz-copy-source`. */
export const route = (method: string, { bucket, key, params }: Target, copies: boolean): Routed => {
  if (!known.has(method)) return 'Unknown';
  const on = `${method} ${bucket === undefined ? 'service' : key === undefined ? 'bucket' : 'object'}`;
  const has = (condition: string): boolean => {
    const [name = '', value] = condition.split('=');
    return params.has(name) && (value === undefined || params.get(name) === value);
  };
  const found = routes.find(
    (each) => each.on === on && (each.with === undefined || has(each.with)) && (!each.copies || copies),
  );
  if (found === undefined) return bucket === undefined ? 'Unknown' : 'Forbidden';
  // Such as PUT ?retention, which must not be taken for a PutObject.
  const other =
    found.with === undefined && found.action !== 'Preflight' && [...params.keys()].some((name) => forbidden.has(name));
  return other ? 'Forbidden' : found.action;
};
