import { createHmac } from 'node:crypto';
import { sameText } from '../../api/sigv4.ts';
import type { Signer } from '../../engines/buckets.ts';
import { S3Error } from './errors.ts';
import type { Head } from './signature.ts';
import { bucketOfHost } from './target.ts';

/** Parameters that are part of what Signature Version 2 signs (S3 Developer Guide, Constructing the CanonicalizedResource element). */
const signedParams: ReadonlySet<string> = new Set([
  'acl',
  'cors',
  'delete',
  'lifecycle',
  'location',
  'logging',
  'notification',
  'partNumber',
  'policy',
  'requestPayment',
  'response-cache-control',
  'response-content-disposition',
  'response-content-encoding',
  'response-content-language',
  'response-content-type',
  'response-expires',
  'tagging',
  'torrent',
  'uploadId',
  'uploads',
  'versionId',
  'versioning',
  'versions',
  'website',
]);

/** A query by its names, decoded; one character per byte. */
type Params = ReadonlyMap<string, string>;

/** Whether an address is presigned in the old way, as tools still do it by default in the first Region. */
export const isPresignedV2 = (params: Params): boolean => params.has('AWSAccessKeyId') && params.has('Signature');

/**
 * Checks an address that was presigned by Signature Version 2, of which only this form and that of POST policies are alive. `now` in ms.
 * Throws AccessDenied and SignatureDoesNotMatch.
 */
export const checkPresignedV2 = (head: Head, params: Params, { accessKeyId, secret }: Signer, now: number): void => {
  const expires = params.get('Expires') ?? '';
  if (!/^\d{1,12}$/.test(expires)) {
    throw new S3Error('AccessDenied', { message: `Invalid date (should be seconds since epoch): ${expires}` });
  }
  if (now >= Number(expires) * 1000) {
    const times = { Expires: new Date(Number(expires) * 1000).toISOString(), ServerTime: new Date(now).toISOString() };
    throw new S3Error('AccessDenied', { message: 'Request has expired', details: times });
  }
  const text = stringToSign(head, params, expires);
  checkV2(text, params.get('Signature') ?? '', accessKeyId, secret);
};

/** Throws SignatureDoesNotMatch. */
export const checkV2 = (text: string, signature: string, accessKeyId: string, secret: string): void => {
  if (sameText(createHmac('sha1', secret).update(text, 'latin1').digest('base64'), signature)) return;
  throw new S3Error('SignatureDoesNotMatch', {
    details: { AWSAccessKeyId: accessKeyId, StringToSign: text, SignatureProvided: signature },
  });
};

const stringToSign = ({ method, path, headers }: Head, params: Params, expires: string): string => {
  const amz = [...headers, ...[...params].filter(([name]) => name.toLowerCase().startsWith('x-amz-'))]
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => name.startsWith('x-amz-'))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const bucket = bucketOfHost(headers.get('host') ?? '');
  const signed = [...params].filter(([name]) => signedParams.has(name)).sort(([a], [b]) => (a < b ? -1 : 1));
  const query = signed.map(([name, value]) => (value === '' ? name : `${name}=${value}`)).join('&');
  return [
    method,
    headers.get('content-md5') ?? '',
    headers.get('content-type') ?? '',
    expires,
    ...amz.map(([name, value]) => `${name}:${value}`),
    `${bucket === undefined ? '' : `/${bucket}`}${path}${query === '' ? '' : `?${query}`}`,
  ].join('\n');
};
