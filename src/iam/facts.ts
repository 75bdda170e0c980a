import type { Tag } from '../api/generated/types.ts';
import type { Facts } from './policy/conditions.ts';
import type { Principal } from './principal.ts';

/** What a request brings to the conditions of policies. */
export interface Circumstances {
  readonly principal: Principal;
  /** Empty when it is not known. */
  readonly remoteAddress: string;
  /** Whether it came over TLS. */
  readonly secure: boolean;
  readonly region: string;
  /** Milliseconds. */
  readonly now: number;
  /** Tags that the request would give; absent when it can give none. */
  readonly requestTags?: readonly Tag[] | undefined;
  /** Keys of tags that the request names without values. */
  readonly tagKeys?: readonly string[] | undefined;
  /** Tags of the resource that it is about. */
  readonly resourceTags?: readonly Tag[] | undefined;
}

/** Condition keys in lower case, and their values. Undefined stands for a key that the request does not have. */
export type KeysOf<About> = Readonly<Record<string, (about: About) => string | readonly string[] | undefined>>;

/** Those of all services. */
const keys: KeysOf<Circumstances> = {
  'aws:currenttime': ({ now }) => new Date(now).toISOString(),
  'aws:epochtime': ({ now }) => String(Math.floor(now / 1000)),
  'aws:principalaccount': ({ principal }) => principal.account,
  // Of a session it is the role's, as AWS has it: policies name roles, not sessions.
  'aws:principalarn': ({ principal }) => principal.identity?.arn ?? principal.arn,
  'aws:principaltype': ({ principal }) => ({ root: 'Account', user: 'User', role: 'AssumedRole' })[principal.kind],
  'aws:requestedregion': ({ region }) => region,
  'aws:resourceaccount': ({ principal }) => principal.account,
  'aws:securetransport': ({ secure }) => String(secure),
  'aws:sourceip': ({ remoteAddress }) => plainAddress(remoteAddress) || undefined,
  'aws:tagkeys': ({ requestTags, tagKeys }) => tagKeys ?? requestTags?.map(({ key = '' }) => key),
  'aws:userid': ({ principal }) => principal.userId,
  'aws:username': ({ principal }) => (principal.kind === 'user' ? principal.identity?.name : undefined),
  'aws:viaawsservice': () => 'false',
};

/** Keys that requests of one caller can differ in, though they come by the same way. Tags do, too. */
const passing: ReadonlySet<string> = new Set(['aws:currenttime', 'aws:epochtime', 'aws:tagkeys']);

/** Whether all requests of a caller that come by one way (`wayOf`) have the same value of the key. */
export const isOfWay = (key: string): boolean => Object.hasOwn(keys, key) && !passing.has(key);

/** Stands for the caller, and for where the request comes from, goes to and whether it came over TLS. */
export const wayOf = ({
  principal: { account, userId },
  region,
  secure,
  remoteAddress,
}: Pick<Circumstances, 'principal' | 'region' | 'secure' | 'remoteAddress'>): string =>
  `${account} ${userId} ${region} ${secure} ${remoteAddress}`;

export const resourceTagPrefix = 'aws:resourcetag/';

/** Finds out what keys of conditions stand for. `tags` says by their beginning which ones end with the key of a tag. */
export const factsBy =
  <About>(keys: KeysOf<About>, tags: Readonly<Record<string, (about: About) => readonly Tag[] | undefined>>) =>
  (about: About): Facts =>
  (key) => {
    const prefix = Object.keys(tags).find((beginning) => key.startsWith(beginning));
    if (prefix !== undefined) return tagValue(tags[prefix]!(about), key.slice(prefix.length));
    const value = Object.hasOwn(keys, key) ? keys[key]!(about) : undefined;
    return typeof value === 'string' ? [value] : value;
  };

export const factsOf = factsBy<Circumstances>(keys, {
  [resourceTagPrefix]: ({ resourceTags }) => resourceTags,
  'aws:requesttag/': ({ requestTags }) => requestTags,
});

/** Keys of conditions are not told apart by case; where several tags are alike then, all of them count. */
const tagValue = (tags: readonly Tag[] | undefined, wanted: string): readonly string[] | undefined => {
  const found = tags?.filter(({ key = '' }) => key.toLowerCase() === wanted).map(({ value = '' }) => value) ?? [];
  return found.length === 0 ? undefined : found;
};

/** An IPv4 address that came over a socket for both families. */
const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
