import type { IncomingMessage } from 'node:http';
import { type HeaderMap, headerMap } from '../../api/sigv4-canonical.ts';
import type { Clock } from '../../clock.ts';
import type { BucketDesk, ServedBucket } from '../../engines/buckets.ts';
import type { Ids } from '../../ids.ts';
import type { ObjectStore } from '../store.ts';
import { canonicalId } from './acl.ts';
import type { Served } from './front.ts';
import type { ActionName } from './routes.ts';

/** How a request went out. */
export interface Sent {
  readonly requestId: string;
  readonly hostId: string;
  readonly bytes: number;
  readonly totalMs: number;
  readonly turnaroundMs: number;
}

export interface AccessLog {
  /** A line for the bucket's log, if it has one. */
  record(req: IncomingMessage, served: Served, sent: Sent): void;
  /** Writes what there is into the destination buckets. Never rejects: logs are written as well as can be. */
  flush(): Promise<void>;
}

export interface AccessLogOptions {
  readonly store: ObjectStore;
  readonly desk: Pick<BucketDesk, 'bucketOf'>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly warn: (message: string, error: unknown) => void;
}

/** Lines that wait for one destination. */
interface Pile {
  readonly account: string;
  readonly destination: string;
  readonly prefix: string;
  lines: string[];
  bytes: number;
}

/** A pile is not let grow beyond this before it is written. */
const mostBytes = 1024 * 1024;

/** Server access logs in the form of S3, an object for what came together since the last one. */
export const createAccessLog = ({ store, desk, clock, ids, warn }: AccessLogOptions): AccessLog => {
  let piles = new Map<string, Pile>();
  let writing: Promise<void> = Promise.resolve();

  const write = async ({ account, destination, prefix, lines }: Pile): Promise<void> => {
    const bucket = await desk.bucketOf(destination);
    // Another one may have got its name.
    if (bucket?.account !== account) return;
    const stamp = new Date(clock.now()).toISOString().slice(0, 19).replace(/[T:]/g, '-');
    const body = Buffer.from(lines.join(''));
    await store.put(bucket, {
      key: `${prefix}${stamp}-${ids.bytes(8).toString('hex').toUpperCase()}`,
      ...{ headers: { 'content-type': 'text/plain' }, metadata: {}, tags: [], publicRead: false },
      ...{ body: once(body), size: body.length },
    });
  };

  const flush = (): Promise<void> => {
    const taken = [...piles.values()];
    piles = new Map();
    writing = writing.then(async () => {
      for (const pile of taken) {
        await write(pile).catch((error: unknown) => warn(`access logs for ${pile.destination} are lost`, error));
      }
    });
    return writing;
  };

  return {
    flush,
    record(req, served, sent) {
      const { bucket } = served;
      if (bucket?.accessLog === undefined) return;
      const { destination, prefix } = bucket.accessLog;
      const name = `${bucket.account}\n${destination}\n${prefix}`;
      const pile = piles.get(name) ?? { account: bucket.account, destination, prefix, lines: [], bytes: 0 };
      const line = `${lineOf(req, served, bucket, sent, clock.now()).join(' ')}\n`;
      pile.lines.push(line);
      pile.bytes += line.length;
      piles.set(name, pile);
      if (pile.bytes > mostBytes) void flush();
    },
  };
};

async function* once(body: Buffer): AsyncGenerator<Buffer> {
  yield body;
}

/** The fields of a line, in the order of S3 (User Guide, Amazon S3 server access log format); `-` for what there is none of. */
const lineOf = (
  req: IncomingMessage,
  { reply, action, key, signed, error }: Served,
  bucket: ServedBucket,
  { requestId, hostId, bytes, totalMs, turnaroundMs }: Sent,
  now: number,
): readonly string[] => {
  const headers = headerMap(req.rawHeaders);
  return [
    canonicalId(bucket.account),
    bucket.name,
    `[${logTime(now)}]`,
    (req.socket.remoteAddress ?? '-').replace(/^::ffff:/, ''),
    signed === undefined ? '-' : signed.signer.arn,
    requestId,
    operationOf(req.method ?? '', action, key),
    key === undefined ? '-' : encodeURIComponent(encodeURIComponent(key)),
    quotedText(`${req.method} ${req.url} HTTP/${req.httpVersion}`),
    String(reply.status),
    error?.code ?? '-',
    bytes === 0 ? '-' : String(bytes),
    reply.objectSize === undefined ? '-' : String(reply.objectSize),
    String(Math.round(totalMs)),
    String(Math.round(turnaroundMs)),
    quotedHeader(headers, 'referer'),
    quotedHeader(headers, 'user-agent'),
    reply.headers?.['x-amz-version-id'] ?? '-',
    hostId,
    signed?.version ?? '-',
    '-',
    signed?.by ?? '-',
    plain(headers.get('host') ?? '-'),
    '-',
    '-',
    '-',
  ];
};

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `06/Feb/2019:00:00:38 +0000` */
const logTime = (ms: number): string => {
  const [date = '', time = ''] = new Date(ms).toISOString().split(/[T.]/);
  const [year, month, day] = date.split('-');
  return `${day}/${months[Number(month) - 1]}/${year}:${time} +0000`;
};

/** What S3 calls the actions; the others are the method and what it is about. */
const operations: Partial<Record<ActionName, string>> = {
  AbortMultipartUpload: 'REST.DELETE.UPLOAD',
  CompleteMultipartUpload: 'REST.POST.UPLOAD',
  CopyObject: 'REST.COPY.OBJECT',
  CreateMultipartUpload: 'REST.POST.UPLOADS',
  DeleteObjectTagging: 'REST.DELETE.OBJECT_TAGGING',
  DeleteObjects: 'REST.POST.MULTI_OBJECT_DELETE',
  GetBucketCors: 'REST.GET.CORS',
  GetBucketLocation: 'REST.GET.LOCATION',
  GetBucketVersioning: 'REST.GET.VERSIONING',
  GetObjectAcl: 'REST.GET.ACL',
  GetObjectTagging: 'REST.GET.OBJECT_TAGGING',
  ListMultipartUploads: 'REST.GET.UPLOADS',
  ListObjectVersions: 'REST.GET.BUCKETVERSIONS',
  ListParts: 'REST.GET.UPLOAD',
  PostObject: 'REST.POST.OBJECT',
  Preflight: 'REST.OPTIONS.PREFLIGHT',
  PutObjectAcl: 'REST.PUT.ACL',
  PutObjectTagging: 'REST.PUT.OBJECT_TAGGING',
  UploadPart: 'REST.PUT.PART',
  UploadPartCopy: 'REST.COPY.PART',
};

const operationOf = (method: string, action: Served['action'], key: string | undefined): string =>
  operations[action as ActionName] ?? `REST.${plain(method)}.${key === undefined ? 'BUCKET' : 'OBJECT'}`;

const quotedHeader = (headers: HeaderMap, name: string): string => {
  const value = headers.get(name);
  return value === undefined ? '"-"' : quotedText(value);
};

/** Whatever a client sends stays within its field. */
const quotedText = (text: string): string => `"${text.replace(/[\p{Cc}"\\]/gu, escapeChar)}"`;

const plain = (text: string): string => text.replace(/[\p{Cc}\s"\\]/gu, escapeChar);

const escapeChar = (sign: string): string => `%${sign.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
