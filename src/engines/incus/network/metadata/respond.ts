import { isIPv6 } from 'node:net';
import { type Answer, failure, text, token, tokenHeader, tokenTtlHeader } from './answer.ts';
import { type Tokens, tokenSeconds } from './tokens.ts';
import { lookUp, type MetadataFacts, metadataTree } from './tree.ts';

export interface MetadataRequest {
  readonly method: string;
  /** Path of the URL, with or without a query. */
  readonly path: string;
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The address that asks. */
  readonly source: string;
}

/** Versions of the tree that clients ask for by name. All show the same. */
const versions = [
  '1.0 2007-01-19 2007-03-01 2007-08-29 2007-10-10 2007-12-15 2008-02-01 2008-09-01 2009-04-04 2011-01-01 2011-05-01',
  '2012-01-12 2014-02-25 2014-11-05 2015-10-20 2016-04-19 2016-06-30 2016-09-02 2018-03-28 2018-08-17 2018-09-24',
  '2019-10-01 2020-10-27 2021-01-03 2021-03-23 2021-07-15 2022-09-24 2024-04-11 latest',
].flatMap((line) => line.split(' '));

/** The rules of the service, as EC2's User Guide gives them: which status answers what. */
export const respond = (request: MetadataRequest, facts: MetadataFacts | undefined, tokens: Tokens): Answer => {
  // A machine that is not known yet asks again after this.
  if (facts === undefined) return failure(503);
  const { options, machine } = facts;
  if (options.httpEndpoint !== 'enabled') return failure(403);
  if (isIPv6(request.source) && options.httpProtocolIpv6 !== 'enabled') return failure(403);
  const path = pathOf(request.path);
  if (request.method === 'PUT') return putToken(request, path, machine, tokens);
  if (request.method !== 'GET' && request.method !== 'HEAD') return failure(405);
  const shown = request.headers[tokenHeader];
  if (shown === undefined ? options.httpTokens === 'required' : !tokens.holds(String(shown), machine, request.source))
    return failure(401);
  return get(path, facts);
};

const pathOf = (url: string): string[] | undefined => {
  try {
    const names = decodeURIComponent(url.split('?')[0] ?? '').split('/');
    return names.filter((name) => name !== '');
  } catch {
    return undefined;
  }
};

const putToken = (request: MetadataRequest, path: string[] | undefined, machine: string, tokens: Tokens): Answer => {
  if (path?.slice(1).join('/') !== 'api/token' || path[0] !== 'latest') return failure(405);
  // A proxy that passes on what strangers ask must not get at the machine's secrets.
  if (request.headers['x-forwarded-for'] !== undefined) return failure(403);
  const seconds = String(request.headers[tokenTtlHeader.toLowerCase()] ?? '');
  if (!/^\d{1,9}$/.test(seconds) || Number(seconds) < tokenSeconds.least || Number(seconds) > tokenSeconds.most)
    return failure(400);
  return token(tokens.issue(machine, request.source, Number(seconds)), Number(seconds));
};

const get = (path: string[] | undefined, facts: MetadataFacts): Answer => {
  if (path === undefined) return failure(404);
  const [version, ...rest] = path;
  if (version === undefined) return text(versions.join('\n'));
  if (!versions.includes(version)) return failure(404);
  const found = lookUp(metadataTree(facts), rest);
  if (found === undefined) return failure(404);
  return text(found, rest.join('/') === 'user-data' ? 'application/octet-stream' : 'text/plain');
};
