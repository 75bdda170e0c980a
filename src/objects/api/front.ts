import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { type HeaderMap, headerMap } from '../../api/sigv4-canonical.ts';
import type { BucketDesk, ServedBucket, Visitor } from '../../engines/buckets.ts';
import { ObjectRefusal, type ObjectStore } from '../store.ts';
import { listBuckets } from './actions/bucket.ts';
import { actions } from './actions.ts';
import { corsHeaders, preflight } from './cors.ts';
import { errorReply } from './error-reply.ts';
import { S3Error } from './errors.ts';
import type { BucketExchange, Exchange, Reply, World } from './exchange.ts';
import { countRequest, type ObjectGuard, patient, writeDown } from './guard.ts';
import { payloadOf } from './payload.ts';
import type { Judge } from './policies.ts';
import { refusalOf } from './refusals.ts';
import { type Routed, route } from './routes.ts';
import { createVerifier, headerMalformed, queryMalformed, type Signed, type Verifier } from './signature.ts';
import { bucketOfHost, readTarget, type Target } from './target.ts';

export interface FrontOptions {
  readonly store: ObjectStore;
  readonly desk: BucketDesk;
  /** Notes what keys of accounts are used for. */
  readonly keyring: { used(key: { readonly accessKeyId: string }, service: string, region: string): void };
  readonly judge: Judge;
  readonly guard: ObjectGuard;
  readonly regions: ReadonlySet<string>;
  /** That buckets are told to be at, where that is not the listener. */
  readonly host?: string | undefined;
  /** Milliseconds of the clock that clients sign with. */
  readonly now: () => number;
  /** Resolves when all that was committed is on the disk: answers tell of it. */
  readonly durable: () => Promise<void>;
}

export interface Arrived {
  readonly req: IncomingMessage;
  readonly requestId: string;
  readonly hostId: string;
  /** Tells a client that waits for it to send the body. */
  readonly begin: () => void;
}

/** What became of a request. */
export interface Served {
  readonly reply: Reply;
  readonly action: Routed | undefined;
  readonly bucket: ServedBucket | undefined;
  readonly key: string | undefined;
  readonly params: ReadonlyMap<string, string> | undefined;
  readonly signed: Signed | undefined;
  readonly error: S3Error | undefined;
  /** Stack of a fault of ours. */
  readonly fault: string | undefined;
}

export type Front = (arrived: Arrived) => Promise<Served>;

/** The S3 protocol: where to, who, which bucket, may he, do it, render. Never rejects. */
export const createFront = ({
  store,
  desk,
  keyring,
  judge,
  guard,
  host,
  regions,
  now,
  durable,
}: FrontOptions): Front => {
  const world: House['world'] = {
    ...{ store, now, judge, may: desk.may, bucketOf: desk.bucketOf, bucketsOf: desk.bucketsOf },
    async used({ signer }, { region }) {
      const { accessKeyId, visitor } = signer;
      if (visitor.kind === 'bucket') await desk.used(accessKeyId, region);
      if (visitor.kind === 'account') keyring.used({ accessKeyId }, 's3', region);
    },
  };
  const verifier = createVerifier({ regions, now, signerOf: desk.signerOf });
  const house: House = { world, verifier, guard, host, durable };

  return async (arrived) => {
    const seen: Seen = {};
    try {
      const served = await serve(arrived, house, seen).then(
        (reply) => ({ ...nothingKnown, reply, ...seen }),
        (thrown: unknown) => failed(thrown, arrived, seen),
      );
      if (await writeDown(guard, arrived, served)) await durable();
      return served;
    } catch (thrown) {
      return failed(thrown, arrived, seen);
    }
  };
};

/** What all requests are served with. */
interface House {
  readonly world: Omit<World, 'signerOfForm'>;
  readonly verifier: Verifier;
  readonly guard: ObjectGuard;
  readonly host: string | undefined;
  readonly durable: () => Promise<void>;
}

const failed = (thrown: unknown, { req, requestId, hostId }: Arrived, seen: Seen): Served => {
  const known = thrown instanceof ObjectRefusal ? refusalOf(thrown, seen.key ?? '') : thrown;
  const error = known instanceof S3Error ? known : new S3Error('InternalError');
  const fault = known === error ? undefined : ((thrown as Error)?.stack ?? String(thrown));
  const reply = errorReply(error, req, { requestId, hostId, bucket: seen.bucket });
  return { ...nothingKnown, ...seen, reply: { ...reply, headers: { ...reply.headers, ...seen.cors } }, error, fault };
};

/** Of a request of which nothing but the answer is known. */
export const nothingKnown: Omit<Served, 'reply'> = {
  action: undefined,
  bucket: undefined,
  key: undefined,
  params: undefined,
  signed: undefined,
  error: undefined,
  fault: undefined,
};

/** What is known of a request so far. */
interface Seen {
  action?: Routed;
  bucket?: ServedBucket;
  key?: string | undefined;
  params?: Target['params'];
  signed?: Signed | undefined;
  cors?: Record<string, string>;
}

const serve = async ({ req, begin }: Arrived, house: House, seen: Seen): Promise<Reply> => {
  const { method = '', url = '', rawHeaders } = req;
  const sent = headerMap(rawHeaders);
  const host = sent.get('host') ?? '';
  const target = readTarget(url, host, house.host);
  seen.key = target.key;
  seen.params = target.params;
  const action = route(method, target, sent.has('x-amz-copy-source'));
  seen.action = action;

  const remoteAddress = req.socket.remoteAddress ?? '';
  const verifier = patient(house.verifier, house.guard, remoteAddress);
  const signed = await verifier.head({ method, path: target.path, query: target.query, headers: sent });
  seen.signed = signed;
  countRequest(house.guard, signed, remoteAddress);
  const headers = withHoisted(sent, target, signed);
  const visitor: Visitor = signed?.signer.visitor ?? { kind: 'anyone' };
  const payload = () => payloadOf(req, headers, signed, begin);
  const secure = 'encrypted' in req.socket;
  const tlsVersion = (req.socket as Partial<TLSSocket>).getProtocol?.()?.replace(/^TLSv/, '');
  const circumstances = { remoteAddress, secure, tlsVersion };
  const world: World = {
    ...house.world,
    async signerOfForm(fields) {
      seen.signed = await verifier.form(fields);
      return seen.signed;
    },
  };
  const exchange: Exchange = {
    world,
    headers,
    params: target.params,
    signed,
    visitor,
    circumstances,
    now: world.now,
    payload,
  };
  if (action === 'ListBuckets') return listBuckets(exchange);
  if (target.bucket === undefined) throw new S3Error('MethodNotAllowed');

  const bucket = await world.bucketOf(target.bucket);
  if (bucket === undefined) {
    // To make one is not for S3: the API of Lightsail makes buckets.
    if (method === 'PUT' && target.key === undefined) throw new S3Error('AccessDenied');
    throw new S3Error('NoSuchBucket', { details: { BucketName: target.bucket } });
  }
  seen.bucket = bucket;
  if (signed !== undefined) await world.used(signed, bucket);
  if (action === 'Preflight') return { status: 200, headers: preflight(bucket.cors, headers) };
  seen.cors = corsHeaders(bucket.cors, method, headers);
  const expected = headers.get('x-amz-expected-bucket-owner');
  if (expected !== undefined && expected !== bucket.account) throw new S3Error('AccessDenied');
  // Where a bucket is may be asked from anywhere.
  if (signed !== undefined && action !== 'GetBucketLocation') checkRegion(signed, bucket);
  if (action === 'Forbidden') throw new S3Error('AccessDenied');
  if (action === 'Unknown') throw new S3Error('MethodNotAllowed');
  const bucketUrl = `${secure ? 'https' : 'http'}://${host}${bucketOfHost(host, house.host) === undefined ? `/${bucket.name}` : ''}`;
  const about: BucketExchange = { ...exchange, bucket, key: target.key ?? '', bucketUrl };
  const reply = await actions[action](about);
  // What the rows of the bucket told must be on the disk; the store has seen to its own.
  await house.durable();
  return { ...reply, headers: { ...reply.headers, ...seen.cors } };
};

/** Clients try again with the Region that they are told. */
const checkRegion = ({ region, by }: Signed, bucket: ServedBucket): void => {
  if (region === undefined || region === bucket.region) return;
  const malformed = by === 'QueryString' ? queryMalformed : headerMalformed;
  throw malformed(`the region '${region}' is wrong; expecting '${bucket.region}'`, bucket.region);
};

const ofSignature: ReadonlySet<string> = new Set(
  ['Algorithm', 'Credential', 'Date', 'Expires', 'Security-Token', 'Signature', 'SignedHeaders'].map(
    (name) => `x-amz-${name.toLowerCase()}`,
  ),
);

/** The headers, with those that whoever presigned an address has put into its query. */
const withHoisted = (headers: HeaderMap, { params }: Target, signed: Signed | undefined): HeaderMap => {
  if (signed?.by !== 'QueryString') return headers;
  const all = new Map(headers);
  for (const [name, value] of params) {
    const header = name.toLowerCase();
    if (header.startsWith('x-amz-') && !ofSignature.has(header) && !all.has(header)) {
      all.set(header, Buffer.from(value).toString('latin1'));
    }
  }
  return all;
};
