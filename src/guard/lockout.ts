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
  readonly verify: Verify;
  /** Milliseconds that never go back. */
  readonly now?: () => number;
  /** Is told when an address begins to be refused for a key: each time the pause grows. */
  readonly locked?: (accessKeyId: string, remoteAddress: string, pauseMs: number) => void;
}

const { failures: mostFailures, firstPauseMs, longestPauseMs } = limits.lockout;

/**
 * Verifies signatures as `verify` does, and slows down whoever guesses: an address that has had many bad signatures for a key in a row is refused for that
 * key, at first for a moment, then for twice as long each time. A good signature, or a long time without a bad one, and all is
 * forgotten. Whoever uses the same key from elsewhere notices nothing.
 */
export const withLockout = ({ verify, now = () => performance.now(), locked = () => {} }: LockoutOptions): Verify => {
  const guesses = new Recent<string, Guesses>(limits.remembered);

  const failed = (place: string, known: Guesses | undefined, accessKeyId: string, remoteAddress: string): void => {
    const at = now();
    const failures = (known !== undefined && at < known.until + longestPauseMs ? known.failures : 0) + 1;
    const beyond = failures - mostFailures;
    const pause = beyond < 0 ? 0 : Math.min(firstPauseMs * 2 ** beyond, longestPauseMs);
    guesses.set(place, { failures, until: at + pause });
    if (pause > 0) locked(accessKeyId, remoteAddress, pause);
  };

  return async (request, service) => {
    const { remoteAddress = '' } = request as Partial<Incoming>;
    // Nobody guesses, mostly: then nothing is read twice.
    const accessKeyId = guesses.size === 0 ? undefined : keyOf(request);
    const known = accessKeyId === undefined ? undefined : guesses.get(`${remoteAddress} ${accessKeyId}`);
    if (known !== undefined && now() < known.until) throw throttled();
    try {
      const verified = await verify(request, service);
      if (known !== undefined) guesses.delete(`${remoteAddress} ${accessKeyId}`);
      return verified;
    } catch (error) {
      const key = accessKeyId ?? keyOf(request);
      if (key !== undefined && isGuess(error)) failed(`${remoteAddress} ${key}`, known, key, remoteAddress);
      throw error;
    }
  };
};

/** What a wrong secret ends with, and a key that is not there. Others come before anything is known of the secret. */
const isGuess = (error: unknown): boolean =>
  error instanceof ApiError &&
  (error.code === 'InvalidSignatureException' || error.code === 'UnrecognizedClientException');

/** The access key id that a request says it is signed with. */
const keyOf = ({ rawHeaders, target }: Parameters<Verify>[0]): string | undefined =>
  /Credential=(\w{1,128})\//.exec(headerOf(rawHeaders, 'authorization') ?? '')?.[1] ??
  /[?&]X-Amz-Credential=(\w{1,128})(?:\/|%2F)/i.exec(target)?.[1];
