import type { Lockout } from '../../guard/lockout.ts';
import type { AuditEvent } from '../../guard/record.ts';
import type { Throttle } from '../../guard/throttle.ts';
import type { Trail } from '../../guard/trail.ts';
import { S3Error } from './errors.ts';
import type { Arrived, Served } from './front.ts';
import type { ActionName } from './routes.ts';
import type { Head, Signed, Verifier } from './signature.ts';

/** What stands between those who ask and the objects. */
export interface ObjectGuard {
  readonly lockout: Lockout;
  readonly throttle: Throttle;
  /** Where changes of objects are written down; absent when they are not. */
  readonly trail: Pick<Trail, 'add' | 'flush'> | undefined;
}

const slowDown = (): S3Error => new S3Error('SlowDown');

/** What a wrong secret ends with, and a key that is not there. */
const isGuess = (error: unknown): boolean =>
  error instanceof S3Error && (error.code === 'SignatureDoesNotMatch' || error.code === 'InvalidAccessKeyId');

/** A verifier for requests from one address. Throws SlowDown to whoever guesses. */
export const patient = (verifier: Verifier, { lockout }: ObjectGuard, remoteAddress: string): Verifier => ({
  head: (head) =>
    lockout({
      ...{ remoteAddress, isGuess, refusal: slowDown },
      key: () => keyOfHead(head),
      verify: () => verifier.head(head),
    }),
  form: (fields) =>
    lockout({
      ...{ remoteAddress, isGuess, refusal: slowDown },
      key: () => fields.get('x-amz-credential')?.split('/')[0] ?? fields.get('awsaccesskeyid'),
      verify: () => verifier.form(fields),
    }),
});

const keyOfHead = ({ headers, query }: Head): string | undefined =>
  /Credential=(\w{1,128})\//.exec(headers.get('authorization') ?? '')?.[1] ??
  /(?:^|&)(?:X-Amz-Credential|AWSAccessKeyId)=(\w{1,128})(?:\/|%2F|&|$)/i.exec(query)?.[1];

/** Counts a request for the account and the key that signed it, or for the address that did not sign. Throws SlowDown. */
export const countRequest = ({ throttle }: ObjectGuard, signed: Signed | undefined, remoteAddress: string): void => {
  const { account, accessKeyId } = signed?.signer ?? { account: remoteAddress, accessKeyId: remoteAddress };
  if (!throttle.take(account, accessKeyId).allowed) throw slowDown();
};

/** Actions that change something: data events of the kind WriteOnly, in CloudTrail's words. */
const changing: ReadonlySet<ActionName> = new Set([
  'AbortMultipartUpload',
  'CompleteMultipartUpload',
  'CopyObject',
  'CreateMultipartUpload',
  'DeleteObject',
  'DeleteObjects',
  'DeleteObjectTagging',
  'PostObject',
  'PutObject',
  'PutObjectAcl',
  'PutObjectTagging',
  'UploadPart',
  'UploadPartCopy',
]);

/** What of a request goes with its event beside bucket and key. */
const shownParams = ['partNumber', 'uploadId', 'versionId'];
const shownHeaders = ['x-amz-acl', 'x-amz-copy-source'];

/** Writes down what somebody who had signed changed, or wanted to. Resolves when it is committed. */
export const writeDown = async ({ trail }: ObjectGuard, arrived: Arrived, served: Served): Promise<boolean> => {
  const { action, signed, bucket } = served;
  if (trail === undefined || signed === undefined || bucket === undefined) return false;
  if (!changing.has(action as ActionName)) return false;
  trail.add(eventOf(arrived, { ...served, signed, bucket }));
  await trail.flush();
  return true;
};

const eventOf = (
  { req, requestId }: Arrived,
  {
    action,
    bucket,
    key,
    signed,
    error,
    params,
  }: Served & { readonly signed: Signed; readonly bucket: NonNullable<Served['bucket']> },
): AuditEvent => {
  const object = key === undefined ? [] : [objectResource(bucket.account, bucket.name, key)];
  const header = (name: string): string | undefined => req.headers[name]?.toString();
  const request = {
    ...{ bucketName: bucket.name, Host: header('host'), key },
    ...Object.fromEntries(shownParams.map((name) => [name, params?.get(name)])),
    ...Object.fromEntries(shownHeaders.map((name) => [name, header(name)])),
  };
  return {
    ...{ source: 's3.amazonaws.com', operation: String(action), readOnly: false, category: 'Data' },
    ...{ caller: signed.signer, region: bucket.region, remoteAddress: req.socket.remoteAddress ?? '' },
    ...{ userAgent: header('user-agent') ?? '', requestId, request: JSON.stringify(request) },
    error: error && { code: error.code, message: error.message },
    resources: [
      ...object,
      { account: bucket.account, type: 'AWS::S3::Bucket', name: bucket.name, arn: `arn:aws:s3:::${bucket.name}` },
    ],
    additional: { SignatureVersion: signed.version, AuthenticationMethod: signed.by },
  };
};

const objectResource = (account: string, bucket: string, key: string): AuditEvent['resources'][number] => ({
  ...{ account, type: 'AWS::S3::Object', name: key, arn: `arn:aws:s3:::${bucket}/${key}` },
});
