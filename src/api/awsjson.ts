import { isUtf8 } from 'node:buffer';
import { ApiError } from '../errors.ts';
import { type Answer, awsJson, xmlError } from './answer.ts';
import { type Door, failureOf, type Incoming, isLoopback, mediaType, type Outcome, userAgentOf } from './front.ts';
import type { RawRequest, Verify } from './sigv4.ts';
import { headerOf } from './sigv4-canonical.ts';

/**
 * The AWS JSON 1.1 protocol: identify, parse, authenticate, invoke, render. That a body is a JSON object is looked at
 * before who sent it, its members after: so AWS does it. Answers every request, and so stands last. Never rejects.
 */
export const createAwsJsonFront = (doors: readonly Door[], verify: Verify) => {
  const byPrefix = new Map(doors.map((door) => [door.targetPrefix, door]));
  return async (request: Incoming): Promise<Outcome> => {
    const misfit = misfitAnswer(request);
    if (misfit !== undefined) return { answer: misfit };
    const seen: { -readonly [K in 'operation' | 'account' | 'region']?: string } = {};
    const { requestId, remoteAddress, secure } = request;
    try {
      const { door, operation } = identify(byPrefix, request);
      seen.operation = operation;
      const payload = parseObject(request.body);
      const { credential, region } = await verify(request, door.service);
      seen.account = credential.account;
      seen.region = region;
      const userAgent = userAgentOf(request);
      const body = await door.invoke({
        ...{ operation, payload, region, credential, requestId, remoteAddress, secure, userAgent },
      });
      return { answer: { status: 200, type: awsJson, body }, ...seen };
    } catch (error) {
      return { ...failureOf(error, requestId), ...seen };
    }
  };
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
  const type = mediaType(rawHeaders);
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
