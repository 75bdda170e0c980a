import type { Throttle } from '../../guard/throttle.ts';
import { type Tokens, unauthenticated } from '../../iam/tokens.ts';
import { type Front, type Incoming, type Outcome, userAgentOf } from '../front.ts';
import { readPair } from '../query-pairs.ts';
import type { Credential } from '../sigv4.ts';
import { headerOf, splitTarget } from '../sigv4-canonical.ts';
import { answerOf, ByCloudError, byCloudError, invalid, refusalOf } from './answers.ts';
import { readBody } from './input.ts';
import openapi from './openapi.json' with { type: 'json' };
import { isByCloud, prefix } from './paths.ts';
import { type Answered, type Asked, type ByCloudHouse, type Route, routes } from './routes.ts';

export interface ByCloudOptions extends ByCloudHouse {
  readonly tokens: Tokens;
  readonly throttle: Throttle;
  /** Milliseconds of the machine's clock. */
  readonly now: () => number;
  /** The Region of Lightsail that X-Region names, or the one of callers who name none. */
  readonly regionOf: (code: string | undefined) => string | undefined;
  /** Resolves when everything committed is on the disk. */
  readonly durable: () => Promise<void>;
}

const description = '/openapi.json';

/** The ByCloud API: `/v1/instances` and what belongs to it, over instances of Lightsail (bycloud.md). Never rejects. */
export const createByCloudFront = (house: ByCloudOptions): Front => {
  const { tokens, throttle, now, regionOf, durable } = house;

  const authenticate = ({ rawHeaders }: Incoming): Promise<Credential> => {
    const authorization = headerOf(rawHeaders, 'authorization');
    const key = headerOf(rawHeaders, 'x-api-key');
    const [, token] = /^Bearer +(\S+) *$/i.exec(authorization ?? '') ?? [];
    if (token !== undefined) return tokens.bearer(token);
    if (key !== undefined) return tokens.holderOfKey(key.trim());
    throw unauthenticated(authorization === undefined ? 'Missing Authorization header' : 'The token is not valid');
  };

  /** Takes a call off what the caller has left. Throws ByCloudError with 429 when there is nothing left. */
  const count = (account: string, key: string, headers: string[]): void => {
    const { allowed, limit, remaining, resetMs, retryMs } = throttle.take(account, key);
    headers.push('X-RateLimit-Limit', String(limit), 'X-RateLimit-Remaining', String(remaining));
    headers.push('X-RateLimit-Reset', String(Math.ceil((now() + resetMs) / 1000)));
    if (allowed) return;
    const seconds = Math.max(1, Math.ceil(retryMs / 1000));
    throw new ByCloudError(429, `Please wait ${seconds} seconds before retrying`, {
      headers: ['Retry-After', String(seconds)],
    });
  };

  /** Whoever is not let in counts by where they come from. */
  const enter = async (request: Incoming, headers: string[]): Promise<Credential> => {
    try {
      const credential = await authenticate(request);
      count(credential.account, credential.accessKeyId, headers);
      return credential;
    } catch (error) {
      if (headers.length === 0) count('', request.remoteAddress, headers);
      throw error;
    }
  };

  /** Refusals too wait for the disk: they tell of rows. */
  const handle = async (route: Route, asked: Asked): Promise<Answered> => {
    try {
      return await route.handle(house, asked);
    } finally {
      await durable();
    }
  };

  const answer = async (request: Incoming, path: string, query: string): Promise<Outcome> => {
    const { requestId, remoteAddress, secure } = request;
    const headers: string[] = [];
    const seen: { -readonly [K in 'operation' | 'account' | 'region']?: string } = {};
    let route: Route | undefined;
    try {
      if (request.unread !== undefined) {
        count('', remoteAddress, headers);
        throw request.unread;
      }
      if (path === description && isRead(request.method)) {
        count('', remoteAddress, headers);
        return answerOf(200, { ...openapi, servers: [{ url: house.base() }] }, headers);
      }
      const credential = await enter(request, headers);
      seen.account = credential.account;
      const found = findRoute(request.method, path);
      route = found.route;
      seen.operation = route.operation;
      const region = regionOf(headerOf(request.rawHeaders, 'x-region'));
      if (region === undefined) throw invalid('X-Region names no region of this cloud');
      seen.region = region;
      const asked = {
        ...{ credential, region, requestId, remoteAddress, secure, id: found.id },
        userAgent: userAgentOf(request),
        ...{ query: readQuery(query), body: readBody(request.body) },
      };
      const { status, body } = await handle(route, asked);
      return { ...answerOf(status, body, headers), ...seen };
    } catch (error) {
      const told = byCloudError(error, route);
      const fault = told.status === 500 ? ((error as Error).stack ?? String(error)) : undefined;
      return { ...refusalOf(told, requestId, headers), ...seen, ...(fault === undefined ? {} : { fault }) };
    }
  };

  return (request) => {
    if (!isByCloud(request)) return undefined;
    const { path, query } = splitTarget(request.target);
    return answer(request, path.slice(prefix.length).replace(/\/$/, ''), query);
  };
};

const isRead = (method: string): boolean => method === 'GET' || method === 'HEAD';

/** Whether the path is that of the route, and the id in it. */
const idIn = (route: Route, path: string): string | undefined => {
  const [expected, given] = [route.path.split('/'), path.split('/')];
  if (expected.length !== given.length) return undefined;
  const place = expected.indexOf(':id');
  if (!expected.every((step, index) => index === place || step === given[index])) return undefined;
  return place < 0 ? '' : given[place];
};

/** Throws ByCloudError with 404 for a path that is none, and with 405 for a method that it does not have. */
const findRoute = (method: string, path: string): { readonly route: Route; readonly id: string } => {
  const here = routes.flatMap((route) => {
    const id = idIn(route, path);
    return id === undefined ? [] : [{ route, id }];
  });
  if (here.length === 0) throw new ByCloudError(404, 'There is no such path');
  const found = here.find(({ route }) => route.method === (method === 'HEAD' ? 'GET' : method));
  if (found !== undefined) return found;
  const allow = here.map(({ route }) => route.method).join(', ');
  throw new ByCloudError(405, undefined, { headers: ['Allow', allow] });
};

/** The first of each name. Throws MalformedQueryString for what is no text. */
const readQuery = (query: string): ReadonlyMap<string, string> =>
  new Map(
    query
      .split('&')
      .filter((part) => part !== '')
      .map(readPair)
      .reverse(),
  );
