import type { IncomingMessage } from 'node:http';
import type { ServedBucket } from '../../engines/buckets.ts';
import type { S3Error } from './errors.ts';
import type { Reply } from './exchange.ts';
import { xmlError } from './xml.ts';

/** What an answer says of itself. */
interface Context {
  readonly requestId: string;
  readonly hostId: string;
  readonly bucket?: ServedBucket | undefined;
}

/** An error as XML; without a body to HEAD, which has none. */
export const errorReply = (
  error: S3Error,
  { method, url }: Pick<IncomingMessage, 'method' | 'url'>,
  context: Context,
): Reply => {
  const { requestId, hostId, bucket } = context;
  const headers = { ...error.headers, ...(bucket && { 'x-amz-bucket-region': bucket.region }) };
  const xml = xmlError([
    ['Code', error.code],
    ['Message', error.message],
    ...Object.entries(error.details),
    ['Resource', (url ?? '').replace(/\?.*/s, '')],
    ['RequestId', requestId],
    ['HostId', hostId],
  ]);
  return method === 'HEAD' ? { status: error.status, headers } : { status: error.status, headers, xml };
};
