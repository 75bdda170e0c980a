import limits from '../../catalogue/limits.json' with { type: 'json' };
import { Recent } from './recent.ts';

/** How often somebody may call: `burst` calls at once, and `perSecond` in the long run. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** Rates by name: `account` and `key` are for every one of them, an account id or an access key id is for that one alone; `objects` is for requests for objects. */
export type Rates = Readonly<Record<string, Rate>>;

/** Where a caller stands after a call. Of the account's and the key's bucket it tells of the one that has less. */
export interface Allowance {
  /** Whether the call may go on. */
  readonly allowed: boolean;
  /** Calls that may come at once after a rest. */
  readonly limit: number;
  /** Calls that may still come at once. */
  readonly remaining: number;
  /** Milliseconds until all of `limit` is there again. */
  readonly resetMs: number;
  /** Milliseconds until the next call may come; 0 when it may come now. */
  readonly retryMs: number;
  /** Of a refusal, that the call before it was allowed: the first of a row of refusals. */
  readonly first: boolean;
}

/** Counts calls in token buckets. A call costs the same however many callers there are. */
export interface Throttle {
  /** Takes one call off what the account and the key have left. */
  take(account: string, accessKeyId: string): Allowance;
}

interface Bucket {
  readonly rate: Rate;
  tokens: number;
  /** When `tokens` was right, on the clock of `now`. */
  at: number;
  refusing: boolean;
}

export const publishedRates: Rates = limits.throttle;

/** `rates` replace published ones; `now` is in ms and never goes back. */
export const createThrottle = (rates: Rates, now: () => number = () => performance.now()): Throttle => {
  const all: Rates = { ...publishedRates, ...rates };
  const accounts = new Recent<string, Bucket>(limits.remembered);
  const keys = new Recent<string, Bucket>(limits.remembered);

  const bucketOf = (buckets: Recent<string, Bucket>, kind: 'account' | 'key', id: string, at: number): Bucket => {
    const known = buckets.get(id);
    if (known !== undefined) {
      known.tokens = Math.min(known.rate.burst, known.tokens + ((at - known.at) / 1000) * known.rate.perSecond);
      known.at = at;
      return known;
    }
    const rate = (Object.hasOwn(all, id) ? all[id] : all[kind])!;
    const made = { rate, tokens: rate.burst, at, refusing: false };
    buckets.set(id, made);
    return made;
  };

  return {
    take(account, accessKeyId) {
      const at = now();
      const ofAccount = bucketOf(accounts, 'account', account, at);
      const ofKey = bucketOf(keys, 'key', accessKeyId, at);
      const allowed = ofAccount.tokens >= 1 && ofKey.tokens >= 1;
      if (allowed) {
        ofAccount.tokens -= 1;
        ofKey.tokens -= 1;
      }
      const { rate, tokens, refusing } = ofKey.tokens < ofAccount.tokens ? ofKey : ofAccount;
      ofAccount.refusing = !allowed;
      ofKey.refusing = !allowed;
      return {
        allowed,
        limit: rate.burst,
        remaining: Math.floor(tokens),
        resetMs: msUntil(rate, tokens, rate.burst),
        retryMs: msUntil(rate, tokens, 1),
        first: !allowed && !refusing,
      };
    },
  };
};

/** The same for requests for objects, which are many: accounts and keys have the rate of the name `objects`. */
export const createObjectThrottle = (rates: Rates, now?: () => number): Throttle => {
  const { objects } = { ...publishedRates, ...rates };
  return createThrottle({ account: objects!, key: objects! }, now);
};

/** Everybody may always: for `--throttle off`. */
export const unlimited: Throttle = {
  take: () => ({
    allowed: true,
    limit: Number.MAX_SAFE_INTEGER,
    remaining: Number.MAX_SAFE_INTEGER,
    ...{ resetMs: 0, retryMs: 0, first: false },
  }),
};

const msUntil = ({ perSecond }: Rate, tokens: number, wanted: number): number =>
  tokens >= wanted ? 0 : Math.ceil(((wanted - tokens) / perSecond) * 1000);
