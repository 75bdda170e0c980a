import { isUtf8 } from 'node:buffer';
import { ApiError, internalFailure } from '../errors.ts';
import { type Answer, awsJson, errorAnswer, xmlError } from './answer.ts';
import type { Credential, RawRequest, Verify } from './sigv4.ts';
import { headerOf } from './sigv4-canonical.ts';

/** One API behind the AWS JSON 1.1 front. */
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
  readonly userAgent: string;
}

export interface Incoming extends RawRequest {
  readonly requestId: string;
  readonly remoteAddress: string;
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

export type Front = (request: Incoming) => Promise<Outcome>;

/**
 * The AWS JSON 1.1 protocol: identify, parse, authenticate, invoke, render. That a body is a JSON object is looked at
 * before who sent it, its members after: so AWS does it. Never rejects.
 */
export const createAwsJsonFront = (doors: readonly Door[], verify: Verify): Front => {
  const byPrefix = new Map(doors.map((door) => [door.targetPrefix, door]));
  return async (request) => {
    const misfit = misfitAnswer(request);
    if (misfit !== undefined) return { answer: misfit };
    const seen: { -readonly [K in 'operation' | 'account' | 'region']?: string } = {};
    const { requestId, remoteAddress } = request;
    try {
      const { door, operation } = identify(byPrefix, request);
      seen.operation = operation;
      const payload = parseObject(request.body);
      const { credential, region } = await verify(request, door.service);
      seen.account = credential.account;
      seen.region = region;
      const userAgent = userAgentOf(request);
      const body = await door.invoke({ operation, payload, region, credential, requestId, remoteAddress, userAgent });
      return { answer: { status: 200, type: awsJson, body }, ...seen };
    } catch (error) {
      return { ...failureOf(error, requestId), ...seen };
    }
  };
};

export const userAgentOf = ({ rawHeaders }: RawRequest): string => headerOf(rawHeaders, 'user-agent') ?? '';

/** What the caller is told of whatever was thrown, and what the log is. */
export const failureOf = (error: unknown, requestId: string): Outcome => {
  if (error instanceof ApiError) return { answer: errorAnswer(error) };
  const fault = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { answer: errorAnswer(internalFailure(requestId)), fault };
};

const plainJson: Answer = {
  status: 404,
  type: 'application/json',
  body: '{"Output":{"__type":"com.amazon.coral.service#UnknownOperationException"},"Version":"1.0"}',
  error: 'UnknownOperationException',
};
const unknownXml = xmlError(404, 'UnknownOperationException');
const deniedXml = xmlError(403, 'AccessDeniedException', 'Unable to determine service/operation name to be authorized');
/** A preflight: no permission in it, so that no page of another origin reads from a service on this machine. */
const noPermission: Answer = { status: 200, type: awsJson, body: '' };

/** The answer to what is not a POST of AWS JSON 1.1 to `/`, as Kinesis gives it; undefined for what is. */
const misfitAnswer = ({ method, target, rawHeaders }: RawRequest): Answer | undefined => {
  if (method === 'OPTIONS') return noPermission;
  if (method !== 'POST') return deniedXml;
  const type = (headerOf(rawHeaders, 'content-type') ?? '').replace(/;.*/s, '').trim().toLowerCase();
  if (type === 'application/json') return plainJson;
  return type === awsJson && rootTarget.test(target) ? undefined : unknownXml;
};

const rootTarget = /^([a-z][a-z0-9+.-]*:\/\/[^/?]*)?\/*(\?|$)/i;

/** The door and operation that X-Amz-Target names. Throws UnknownOperationException. */
const identify = (doors: ReadonlyMap<string, Door>, request: Incoming): { door: Door; operation: string } => {
  const target = headerOf(request.rawHeaders, 'x-amz-target') ?? '';
  const dot = target.indexOf('.');
  const door = doors.get(target.slice(0, Math.max(dot, 0)));
  const operation = target.slice(dot + 1);
  if (door?.has(operation) && !(door.loopbackOnly && !isLoopback(request.remoteAddress))) return { door, operation };
  throw new ApiError('UnknownOperationException', '');
};

export const isLoopback = (address: string): boolean => address === '::1' || /^(::ffff:)?127\./i.test(address);

/** A JSON object in UTF-8; an empty body is an empty object. Throws SerializationException without a message. */
const parseObject = (body: Buffer): Record<string, unknown> => {
  if (body.length === 0) return {};
  const value = isUtf8(body) ? parseJson(body.toString()) : undefined;
  if (isObject(value)) return value;
  throw new ApiError('SerializationException', '');
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
