import limits from '../../catalogue/limits.json' with { type: 'json' };
import type { Incoming } from '../api/front.ts';
import type { Verify } from '../api/sigv4.ts';
import { headerOf } from '../api/sigv4-canonical.ts';
import { ApiError, throttled } from '../errors.ts';
import { Recent } from './recent.ts';

interface Guesses {
  failures: number;
  /** Until when nothing is looked at, in ms. */
  until: number;
}

export interface LockoutOptions {
  /** Milliseconds that never go back. */
  readonly now?: () => number;
  /** Is told when an address begins to be refused for a key: each time the pause grows. */
  readonly locked?: (accessKeyId: string, remoteAddress: string, pauseMs: number) => void;
}

/** An attempt to get in, at one of the doors. */
export interface Attempt<T> {
  readonly remoteAddress: string;
  /** The access key id that it is made with; undefined when it is made with none. */
  key(): string | undefined;
  verify(): Promise<T>;
  /** Whether this is what a wrong secret ends with, or a key that is not there. */
  isGuess(error: unknown): boolean;
  /** What whoever has to wait is told. */
  refusal(): Error;
}

/** Lets somebody try. Rejects as `verify` does, or with the refusal. */
export type Lockout = <T>(attempt: Attempt<T>) => Promise<T>;

const { failures: mostFailures, firstPauseMs, longestPauseMs } = limits.lockout;

/**
 * Slows down whoever guesses: an address that has had many bad signatures for a key in a row is refused for that
 * key, at first for a moment, then for twice as long each time. A good signature, or a long time without a bad one, and all is
 * forgotten. Whoever uses the same key from elsewhere notices nothing.
 */
export const createLockout = ({ now = () => performance.now(), locked = () => {} }: LockoutOptions): Lockout => {
  const guesses = new Recent<string, Guesses>(limits.remembered);

  const failed = (place: string, known: Guesses | undefined, accessKeyId: string, remoteAddress: string): void => {
    const at = now();
    const failures = (known !== undefined && at < known.until + longestPauseMs ? known.failures : 0) + 1;
    const beyond = failures - mostFailures;
    const pause = beyond < 0 ? 0 : Math.min(firstPauseMs * 2 ** beyond, longestPauseMs);
    guesses.set(place, { failures, until: at + pause });
    if (pause > 0) locked(accessKeyId, remoteAddress, pause);
  };

  return async ({ remoteAddress, key, verify, isGuess, refusal }) => {
    // Nobody guesses, mostly: then nothing is read twice.
    const accessKeyId = guesses.size === 0 ? undefined : key();
    const known = accessKeyId === undefined ? undefined : guesses.get(`${remoteAddress} ${accessKeyId}`);
    if (known !== undefined && now() < known.until) throw refusal();
    try {
      const verified = await verify();
      if (known !== undefined) guesses.delete(`${remoteAddress} ${accessKeyId}`);
      return verified;
    } catch (error) {
      const tried = isGuess(error) ? (accessKeyId ?? key()) : undefined;
      if (tried !== undefined) failed(`${remoteAddress} ${tried}`, known, tried, remoteAddress);
      throw error;
    }
  };
};

/** Verifies signatures as `verify` does, behind a lockout. */
export const withLockout =
  (lockout: Lockout, verify: Verify): Verify =>
  (request, service) =>
    lockout({
      remoteAddress: (request as Partial<Incoming>).remoteAddress ?? '',
      key: () => keyOf(request),
      verify: () => verify(request, service),
      isGuess,
      refusal: throttled,
    });

/** Others come before anything is known of the secret. */
const isGuess = (error: unknown): boolean =>
  error instanceof ApiError &&
  (error.code === 'InvalidSignatureException' || error.code === 'UnrecognizedClientException');

/** The access key id that a request says it is signed with. */
const keyOf = ({ rawHeaders, target }: Parameters<Verify>[0]): string | undefined =>
  /Credential=(\w{1,128})\//.exec(headerOf(rawHeaders, 'authorization') ?? '')?.[1] ??
  /[?&]X-Amz-Credential=(\w{1,128})(?:\/|%2F)/i.exec(target)?.[1];
