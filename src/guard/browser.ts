import { isIP } from 'node:net';
import { hostname } from 'node:os';
import type { Answer } from '../api/answer.ts';
import type { Incoming } from '../api/front.ts';

/**
 * Headers of every answer, for browsers: it is no page, script or picture of anybody's, is not kept, and is shown in no frame. Name, value, name,
 * value.
 */
export const browserHeaders: readonly string[] = [
  ...['X-Content-Type-Options', 'nosniff'],
  ...['Cache-Control', 'no-store'],
  ...['Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'"],
  ...['Cross-Origin-Resource-Policy', 'same-origin'],
  ...['Referrer-Policy', 'no-referrer'],
];

/** Those of an answer with headers of its own, which have the say. */
export const withBrowserHeaders = (own: readonly string[] | undefined): readonly string[] => {
  if (own === undefined) return browserHeaders;
  const all = [...own];
  for (let i = 0; i + 1 < browserHeaders.length; i += 2) {
    const name = browserHeaders[i]!;
    const isOwn = own.some((each, at) => at % 2 === 0 && each.toLowerCase() === name.toLowerCase());
    if (!isOwn) all.push(name, browserHeaders[i + 1]!);
  }
  return all;
};

/** Names that this Lateen is called by, and any address: a page that has its own name lead here has neither. */
export const knownHosts = (host: string, publicUrl: string | undefined, more: readonly string[]): ReadonlySet<string> =>
  new Set(
    ['localhost', hostname(), host, ...(publicUrl === undefined ? [] : [new URL(publicUrl).hostname]), ...more].map(
      (name) => name.toLowerCase(),
    ),
  );

/**
 * Refuses what a browser sends here for a page that is not ours: a request of another origin, or one without a signature under
 * a name that is not ours (DNS rebinding). What is signed is not of a browser's making, and may come under any name. Undefined for all else.
 */
export const createBrowserCheck =
  (hosts: ReadonlySet<string>) =>
  ({ method, target, rawHeaders }: Pick<Incoming, 'method' | 'target' | 'rawHeaders'>): Answer | undefined => {
    let [host, origin, site, mode, authorized]: (string | undefined)[] = [];
    for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
      const name = rawHeaders[i]!;
      if (!isLooked.has(name.length)) continue;
      switch (name.toLowerCase()) {
        case 'host':
          host ??= rawHeaders[i + 1];
          break;
        case 'origin':
          origin = rawHeaders[i + 1];
          break;
        case 'sec-fetch-site':
          site = rawHeaders[i + 1];
          break;
        case 'sec-fetch-mode':
          mode = rawHeaders[i + 1];
          break;
        case 'authorization':
        case 'x-api-key':
          authorized = name;
          break;
      }
    }
    // A preflight is answered without a permission, and so the request itself never comes.
    if (method === 'OPTIONS') return undefined;
    if (origin !== undefined && !isSameOrigin(origin, host))
      return refusal(403, 'Pages of another origin are not served.');
    // Another port of this machine is the same site, and another origin.
    if (site?.endsWith('-site') && mode !== 'navigate') return refusal(403, 'Pages of another origin are not served.');
    if (authorized === undefined && host !== undefined && !isKnown(hosts, host) && !isFree(target))
      return refusal(421, 'This Lateen is not called that. Start it with --name to have it answer to this name.');
    return undefined;
  };

const isLooked: ReadonlySet<number> = new Set(
  ['host', 'origin', 'sec-fetch-site', 'sec-fetch-mode', 'authorization', 'x-api-key'].map(({ length }) => length),
);

/** Health tells nothing, and a signed query is as good as a signed header. */
const isFree = (target: string): boolean => target === '/_lateen/health' || target.includes('X-Amz-Signature=');

const isSameOrigin = (origin: string, host: string | undefined): boolean =>
  host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);

const isKnown = (hosts: ReadonlySet<string>, host: string): boolean => {
  const name = host.replace(/:\d*$/, '').toLowerCase();
  return hosts.has(name) || isIP(name.replace(/^\[|\]$/g, '')) !== 0 || name.endsWith('.localhost');
};

const refusal = (status: number, text: string): Answer => ({ status, type: 'text/plain', body: `${text}\n` });
