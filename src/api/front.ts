import { ApiError, internalFailure } from '../errors.ts';
import type { Tx } from '../store/store.ts';
import { type Answer, errorAnswer } from './answer.ts';
import type { Credential, RawRequest } from './sigv4.ts';
import { headerOf } from './sigv4-canonical.ts';

/** One API, which fronts call. */
export interface Door {
  /** Name that requests are signed for: `lightsail`. */
  readonly service: string;
  /** What comes before the dot of X-Amz-Target: `Lightsail_20161128`. */
  readonly targetPrefix: string;
  /** Answers other machines as if it did not exist. A proxy on this machine counts as this machine. */
  readonly loopbackOnly?: boolean;
  has(operation: string): boolean;
  /** Validates, authorises and handles; gives the JSON text of the 200 answer. Rejects with an ApiError for what the caller did wrong. */
  invoke(call: Call): Promise<string>;
}

/** An authenticated call of an operation that its door has. The payload is a JSON object and nothing more is known of it. */
export interface Call {
  readonly operation: string;
  readonly payload: Record<string, unknown>;
  readonly region: string;
  readonly credential: Credential;
  readonly requestId: string;
  readonly remoteAddress: string;
  /** Whether it came over TLS. */
  readonly secure?: boolean | undefined;
  /** What must hold in the transaction of the change: throws when it does not. */
  readonly first?: ((tx: Tx) => Promise<void>) | undefined;
  readonly userAgent?: string | undefined;
}

export interface Incoming extends RawRequest {
  readonly requestId: string;
  readonly remoteAddress: string;
  /** Whether it came over TLS. */
  readonly secure?: boolean | undefined;
  /** Why its body could not be read: only a front that answers such requests in a form of its own gets them. */
  readonly unread?: ApiError | undefined;
}

/** What became of a request, as far as it may be logged. */
export interface Outcome {
  readonly answer: Answer;
  /** Only an operation that exists. */
  readonly operation?: string;
  readonly account?: string;
  readonly region?: string;
  /** Stack of a fault of ours. */
  readonly fault?: string;
}

/** A wire protocol: answers a request, or gives undefined for one of another protocol. Never rejects. */
export type Front = (request: Incoming) => Promise<Outcome | undefined> | undefined;

/** A front that is loaded with the first request that it takes, so that a start need not wait for it. */
export const lateFront = (takes: (request: Incoming) => boolean, load: () => Promise<Front>): Front => {
  let loaded: Promise<Front> | undefined;
  return (request) => {
    if (!takes(request)) return undefined;
    loaded ??= load();
    return loaded.then((front) => front(request));
  };
};

/** What the caller is told of whatever was thrown, and what the log is. */
export const failureOf = (error: unknown, requestId: string): Outcome => {
  if (error instanceof ApiError) return { answer: errorAnswer(error) };
  const fault = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { answer: errorAnswer(internalFailure(requestId)), fault };
};

export const isLoopback = (address: string): boolean => address === '::1' || /^(::ffff:)?127\./i.test(address);

export const userAgentOf = ({ rawHeaders }: RawRequest): string => headerOf(rawHeaders, 'user-agent') ?? '';

/** The media type of a body without its parameters, in lower case. */
export const mediaType = (rawHeaders: readonly string[]): string =>
  (headerOf(rawHeaders, 'content-type') ?? '').replace(/;.*/s, '').trim().toLowerCase();
