import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { ApiError } from '../errors.ts';
import { type Issuer, isSafeUrl } from './issuer.ts';
import type { Holder } from './tokens.ts';

/** Verifies tokens of others. */
export interface Issuers {
  /** Rejects with an error of jose for a token that is not good, and with ServiceException when the issuer cannot be asked. */
  verify(
    token: string,
    issuer: string | undefined,
    now: Date,
  ): Promise<{ readonly id: string; readonly holder: Holder }>;
}

type Keys = ReturnType<typeof createRemoteJWKSet>;

const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const timeoutMs = 5_000;
/** After an issuer did not answer, it is left alone for so long. */
const pauseMs = 5_000;
const tolerance = 30;

/** Finds the keys of an issuer when its first token comes (OpenID Connect Discovery 1.0, 4), and keeps them. */
export const createIssuers = (known: readonly Issuer[]): Issuers => {
  const byUrl = new Map(known.map((issuer) => [issuer.url, issuer]));
  const kept = new Map<string, Promise<Keys>>();

  const keysOf = (url: string): Promise<Keys> => {
    let keys = kept.get(url);
    if (keys === undefined) {
      keys = discover(url);
      kept.set(url, keys);
      keys.catch(() => setTimeout(() => kept.delete(url), pauseMs).unref());
    }
    return keys;
  };

  return {
    async verify(token, url, currentDate) {
      const issuer = byUrl.get(url ?? '');
      if (issuer === undefined) throw new errors.JWTInvalid('The issuer is not known');
      const keys = await keysOf(issuer.url);
      const options = { issuer: issuer.url, audience: issuer.audience, algorithms, clockTolerance: tolerance };
      const { payload } = await jwtVerify(token, keys, {
        ...{ ...options, currentDate, requiredClaims: ['exp', 'sub', ...(issuer.userClaim ? [issuer.userClaim] : [])] },
      }).catch((error: unknown) => {
        // The general code is what a fetch of the keys that failed has.
        const isAboutToken = error instanceof errors.JOSEError && !fetching.has(error.code);
        throw isAboutToken ? error : unreachable(issuer.url);
      });
      const user = issuer.userClaim === undefined ? undefined : payload[issuer.userClaim];
      if (user !== undefined && typeof user !== 'string') throw new errors.JWTInvalid('The user is not a text');
      return { id: `${issuer.url}#${payload.sub}`.slice(0, 256), holder: { account: issuer.account, user } };
    },
  };
};

const fetching: ReadonlySet<string> = new Set(['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID']);

const discover = async (url: string): Promise<Keys> => {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const answer = await fetch(`${url.replace(/\/$/, '')}/.well-known/openid-configuration`, {
      signal,
      redirect: 'error',
    });
    const { issuer, jwks_uri: keys } = (await answer.json()) as { issuer?: unknown; jwks_uri?: unknown };
    if (answer.ok && issuer === url && typeof keys === 'string' && isSafeUrl(keys)) {
      return createRemoteJWKSet(new URL(keys), { timeoutDuration: timeoutMs });
    }
  } catch {
    // Told below, whatever it was.
  }
  throw unreachable(url);
};

const unreachable = (url: string): ApiError =>
  new ApiError('ServiceException', `The keys of ${url} cannot be had now, which the token was issued by`, {
    reason: 'unavailable',
  });
