import { ApiError } from '../errors.ts';
import { errorAnswer } from './answer.ts';
import { type Door, type Front, failureOf, type Incoming, mediaType, type Outcome, userAgentOf } from './front.ts';
import { type OperationName, operations, serviceVersion } from './generated/operations.ts';
import { queryError } from './query-errors.ts';
import { readQueryInput } from './query-input.ts';
import { type QueryCall, queryText, readQueryCall } from './query-pairs.ts';
import type { Verify } from './sigv4.ts';
import { headerOf, splitTarget } from './sigv4-canonical.ts';

/**
 * Calls of the Lightsail API in the query, `GET /?Action=GetInstances`, as a form, or presigned: identify, authenticate, read the input,
 * invoke. All that is its own is how an input is written; the door is the one that AWS JSON goes through. Never rejects.
 */
export const createQueryFront = (door: Door, verify: Verify): Front => {
  const answer = async (request: Incoming): Promise<Outcome> => {
    const seen: { -readonly [K in 'operation' | 'account' | 'region']?: string } = {};
    const { requestId, remoteAddress, secure } = request;
    try {
      const call = readQueryCall(request);
      const operation = identify(door, request, call);
      seen.operation = operation;
      const { credential, region } = await verify(request, door.service);
      seen.account = credential.account;
      seen.region = region;
      const payload = readQueryInput(operations[operation as OperationName].input, call.parameters);
      const userAgent = userAgentOf(request);
      const body = await door.invoke({
        ...{ operation, payload, region, credential, requestId, remoteAddress, secure, userAgent },
      });
      return { answer: { status: 200, type, headers, body }, ...seen };
    } catch (error) {
      if (!(error instanceof ApiError)) return { ...uncached(failureOf(error, requestId)), ...seen };
      return { ...uncached({ answer: errorAnswer(queryError(error)) }), ...seen };
    }
  };
  return (request) => (isQuery(request) ? answer(request) : undefined);
};

const type = 'application/json';
/** A GET may change something here, and what it shows is for its caller alone. */
const headers = ['Cache-Control', 'no-store'];

const uncached = (outcome: Outcome): Outcome => ({ ...outcome, answer: { ...outcome.answer, type, headers } });

const form = 'application/x-www-form-urlencoded';

/** A GET with a query or a target, a form, or a POST without a body whose query says it all, as botocore presigns one. */
const isQuery = ({ method, target, rawHeaders, body }: Incoming): boolean => {
  if (method !== 'GET' && method !== 'POST') return false;
  const query = queryText(target);
  const hasAction = /(^|&)Action=/.test(query);
  const isRoot = /^\/*$/.test(splitTarget(target).path);
  if (method === 'GET') {
    return hasAction || headerOf(rawHeaders, 'x-amz-target') !== undefined || (isRoot && query !== '');
  }
  if (mediaType(rawHeaders) === form) return hasAction || isRoot;
  return body.length === 0 && (hasAction || (isRoot && isPresignedCall(query)));
};

const isPresignedCall = (query: string): boolean =>
  /(^|&)X-Amz-Algorithm=/.test(query) && query.split('&').some((part) => part !== '' && !/^X-Amz-/i.test(part));

/** The operation that X-Amz-Target names, or else Action (query-get 2.5). Throws MissingAction and InvalidAction. */
const identify = (door: Door, { rawHeaders }: Incoming, { action, version }: QueryCall): string => {
  const target = headerOf(rawHeaders, 'x-amz-target');
  const prefix = `${door.targetPrefix}.`;
  const operation = target?.startsWith(prefix) ? target.slice(prefix.length) : (target ?? action ?? '');
  if (operation === '') {
    throw new ApiError('MissingAction', 'The request names no operation: Action=GetInstances in the query does.');
  }
  if (door.has(operation) && (version ?? serviceVersion) === serviceVersion) return operation;
  throw new ApiError(
    'InvalidAction',
    `Could not find operation ${operation.slice(0, 64)} for version ${(version ?? serviceVersion).slice(0, 64)}`,
  );
};
