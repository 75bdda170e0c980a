import limits from '../../catalogue/iam.json' with { type: 'json' };
import type { WindableClock } from '../clock.ts';
import { ApiError } from '../errors.ts';
import { findIdentity, findPolicy } from '../store/records/identities.ts';
import type { Store } from '../store/store.ts';
import { type Access, denial, type Verdict } from './access.ts';
import type { Asker } from './authorize.ts';
import { factsOf } from './facts.ts';
import type { Credential, Keyring } from './keyring.ts';
import type { Facts } from './policy/conditions.ts';
import { type Policy, readPolicy } from './policy/document.ts';
import { applies } from './policy/evaluate.ts';
import { matches } from './policy/glob.ts';
import type { Principal } from './principal.ts';

/** Temporary credentials, with their end by the machine's clock: clients look at theirs. */
export interface Session {
  readonly credential: Credential;
  /** Milliseconds. */
  readonly expiration: number;
}

export interface RoleWish {
  readonly roleArn: string;
  readonly sessionName: string;
  /** Seconds. */
  readonly duration: number | undefined;
  /** JSON that narrows what the session may do. */
  readonly policy: string | undefined;
  readonly policyArns: readonly string[];
  readonly externalId: string | undefined;
}

export interface SessionsOptions {
  readonly store: Store;
  readonly clock: WindableClock;
  readonly keyring: Keyring;
  readonly access: Access;
}

export interface Sessions {
  /** Throws AccessDeniedException, ValidationError and MalformedPolicyDocument. */
  assumeRole(asker: Asker, wish: RoleWish): Promise<Session>;
  /** Of root and of users; it may do what they may. Throws AccessDeniedException and ValidationError. */
  sessionToken(asker: Asker, duration: number | undefined): Promise<Session>;
}

const action = 'sts:AssumeRole';

export const createSessions = ({ store, clock, keyring, access }: SessionsOptions): Sessions => {
  const begin = async (account: string, seconds: number, of: Parameters<Keyring['create']>[1]): Promise<Session> => {
    const credential = await keyring.create(account, { ...of, lifetimeMs: seconds * 1000 });
    return { credential, expiration: credential.expiresAt! - clock.offset };
  };

  return {
    async assumeRole(asker, wish) {
      const { principal } = asker.credential;
      if (principal.kind === 'root') {
        throw new ApiError('AccessDeniedException', 'Roles may not be assumed by root accounts.');
      }
      const { AssumeRole: times } = limits.sessionSeconds;
      const seconds = within(wish.duration ?? times.usual, times);
      const [, account = '', name = ''] = /^arn:aws:iam::(\d{12}):role\/([\w+=,.@-]+)$/.exec(wish.roleArn) ?? [];
      const role = await store.read((tx) => findIdentity(tx, account, 'role', name));
      const facts = factsFor(asker, clock.now(), wish);
      const verdict = (await access.rightsOf(principal)).judge(action, wish.roleArn, facts);
      const refusal = denial(principal.arn, action, wish.roleArn, refusing(verdict));
      // Who may not take it is not told whether it is there.
      if (role === undefined || !mayTake(readPolicy(role.trust!, 'trust'), principal, account, verdict, facts)) {
        throw new ApiError('AccessDeniedException', refusal);
      }
      const longest = principal.kind === 'role' ? times.ofSession : role.longestSession!;
      if (seconds > longest) {
        throw new ApiError(
          'ValidationError',
          'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
        );
      }
      return begin(account, seconds, {
        identity: role,
        session: wish.sessionName,
        ...(await narrowing(store, account, wish)),
      });
    },

    async sessionToken({ credential: { principal, sessionToken } }, duration) {
      if (sessionToken !== undefined) {
        throw new ApiError('AccessDeniedException', 'Cannot call GetSessionToken with session credentials');
      }
      const { GetSessionToken: times } = limits.sessionSeconds;
      const asked = within(duration ?? times.usual, times);
      if (principal.kind === 'root') return begin(principal.account, Math.min(asked, times.ofRoot), {});
      const { account, identity } = principal;
      const user = await store.read((tx) => findIdentity(tx, account, 'user', identity!.name));
      if (user?.id !== identity!.id) throw new ApiError('AccessDeniedException', 'The user is gone.');
      return begin(account, asked, { identity: user });
    },
  };
};

/** The policies that a session was asked to be narrowed by: one of the request's own, and named ones of the role's account. */
const narrowing = async (
  store: Store,
  account: string,
  { policy, policyArns }: RoleWish,
): Promise<{ sessionPolicies?: readonly string[] }> => {
  const texts = policy === undefined ? [] : [policy];
  if (policy !== undefined) readPolicy(policy, 'session');
  for (const arn of policyArns) {
    const [, of, name = ''] = /^arn:aws:iam::(\d{12}):policy\/([\w+=,.@-]+)$/.exec(arn) ?? [];
    const found = of === account ? await store.read((tx) => findPolicy(tx, account, name)) : undefined;
    if (found === undefined) throw new ApiError('ValidationError', `There is no policy ${arn} in the role's account.`);
    texts.push(found.document);
  }
  return texts.length === 0 ? {} : { sessionPolicies: texts };
};

const factsFor = ({ region, remoteAddress, secure = false, credential }: Asker, now: number, wish: RoleWish): Facts => {
  const facts = factsOf({ principal: credential.principal, region, remoteAddress, secure, now });
  const own: Readonly<Record<string, string | undefined>> = {
    'sts:externalid': wish.externalId,
    'sts:rolesessionname': wish.sessionName,
  };
  return (key) => (own[key] === undefined ? facts(key) : [own[key]]);
};

/** What the trust policy says of the principal by its own name counts in its own account; otherwise its own policies must allow it too. */
const mayTake = (trust: Policy, principal: Principal, account: string, own: Verdict, facts: Facts): boolean => {
  if (own.outcome === 'explicitDeny') return false;
  const speaking = trust.statements.flatMap((statement) => {
    const { patterns, inverted } = statement.actions;
    const isMeant = patterns.some((pattern) => matches(pattern.tokens(() => undefined)!, lowerAction)) !== inverted;
    const by = isMeant && applies(statement, '*', facts) ? namedBy(statement.principals, principal) : undefined;
    return by === undefined ? [] : [{ effect: statement.effect, by }];
  });
  if (speaking.some(({ effect }) => effect === 'Deny')) return false;
  if (speaking.length === 0) return false;
  if (own.outcome === 'allowed') return true;
  const isOwn = principal.account === account && principal.sessionPolicies === undefined;
  return isOwn && speaking.some(({ by }) => by === 'name');
};

const lowerAction = action.toLowerCase();

/** By name, or as one of its account. */
const namedBy = (
  principals: readonly string[],
  { account, arn, identity }: Principal,
): 'name' | 'account' | undefined => {
  if (principals.includes('*') || principals.includes(arn) || principals.includes(identity?.arn ?? '')) return 'name';
  return principals.includes(account) || principals.includes(`arn:aws:iam::${account}:root`) ? 'account' : undefined;
};

/** What is said of a role that is not there, or does not trust, is what is said of one that nothing allows. */
const refusing = (verdict: Verdict): Verdict =>
  verdict.outcome === 'allowed' ? { outcome: 'implicitDeny', by: undefined, layer: 'identity' } : verdict;

const within = (seconds: number, { min, max }: { readonly min: number; readonly max: number }): number => {
  const relation = seconds < min ? `greater than or equal to ${min}` : `less than or equal to ${max}`;
  if (seconds >= min && seconds <= max) return seconds;
  throw new ApiError(
    'ValidationError',
    `1 validation error detected: Value '${seconds}' at 'durationSeconds' failed to satisfy constraint: Member must have value ${relation}`,
  );
};
