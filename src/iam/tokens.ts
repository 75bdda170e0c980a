import { createHash, createPrivateKey, createPublicKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { decodeJwt, errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { ApiError, invalidInput } from '../errors.ts';
import type { Ids } from '../ids.ts';
import { generateP256 } from '../ssh/generate.ts';
import { findAccount } from '../store/records/access-keys.ts';
import {
  type ApiKeyRow,
  allApiKeys,
  deleteApiKey,
  findApiKey,
  findTokenKey,
  insertApiKey,
  replaceTokenKey,
} from '../store/records/tokens.ts';
import type { Seal } from '../store/seal.ts';
import type { Store } from '../store/store.ts';
import type { Issuers } from './issuers.ts';
import type { Credential } from './keyring.ts';
import { newKey } from './new-key.ts';
import type { Principal } from './principal.ts';

/** Whom a token or an API key is for: an account, or a user in it. */
export interface Holder {
  readonly account: string;
  readonly user?: string | undefined;
}

export interface TokensOptions {
  readonly store: Store;
  readonly seal: Seal;
  readonly ids: Ids;
  /** Milliseconds of the machine's clock: tokens are about the time at their bearers', which nobody winds. */
  readonly now: () => number;
  /** Who the holder is now; undefined when there is no such account or user. */
  readonly principalOf: (holder: Holder) => Promise<Principal | undefined>;
  /** Whose tokens are taken beside Lateen's own. */
  readonly issuers: Issuers;
}

/** A key of an account as it may be shown. */
export type ApiKeySummary = Omit<ApiKeyRow, 'digest'>;

/** What callers of ByCloud show: bearer tokens and API keys. */
export interface Tokens {
  /** A JSON Web Token for so long (ms). Throws InvalidInputException when there is no such holder. */
  issue(holder: Holder, lifetimeMs: number): Promise<{ readonly token: string; readonly expiresAt: number }>;
  /** From now on no token that was issued before is good. */
  revokeAll(): Promise<void>;
  /** The secret is shown here only. Throws InvalidInputException when there is no such holder. */
  createKey(holder: Holder): Promise<{ readonly id: string; readonly secret: string }>;
  keys(): Promise<readonly ApiKeySummary[]>;
  deleteKey(id: string): Promise<void>;
  /** Who bears the token. Rejects with UnauthenticatedException, or ServiceException when its issuer does not answer. */
  bearer(token: string): Promise<Credential>;
  /** Who has the key `id:secret`. Rejects with UnauthenticatedException. */
  holderOfKey(text: string): Promise<Credential>;
  /** After another state was loaded. */
  forget(): void;
}

const issuer = 'lateen';
const audience = 'bycloud';
const algorithm = 'ES256';
/** Seconds that another machine's clock may be off. */
const tolerance = 30;
/** A token that is longer is none: no issuer puts so much into one. */
const longest = 8192;

interface SigningKey {
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export const createTokens = ({ store, seal, ids, now, principalOf, issuers }: TokensOptions): Tokens => {
  let signing: Promise<SigningKey> | undefined;

  const makeKey = async (): Promise<SigningKey> => {
    const privateKey = generateP256();
    const id = ids.uuid();
    const sealed = seal.close(privateKey.export({ type: 'pkcs8', format: 'der' }));
    await store.write('tokens', (tx) => replaceTokenKey(tx, { id, privateKey: sealed, createdAt: now() }));
    await store.durable();
    return { id, privateKey, publicKey: createPublicKey(privateKey) };
  };

  const loadKey = async (): Promise<SigningKey> => {
    const row = await store.read(findTokenKey);
    if (row === undefined) return makeKey();
    const privateKey = createPrivateKey({ key: seal.open(row.privateKey), type: 'pkcs8', format: 'der' });
    return { id: row.id, privateKey, publicKey: createPublicKey(privateKey) };
  };

  const signingKey = (): Promise<SigningKey> => {
    signing ??= loadKey().catch((error: unknown) => {
      signing = undefined;
      throw error;
    });
    return signing;
  };

  const findHolder = async (holder: Holder): Promise<Principal> => {
    const { account, user } = holder;
    if ((await store.read((tx) => findAccount(tx, account))) === undefined) {
      throw invalidInput(`There is no account ${account}.`, 'lateen keys create --new-account makes it.');
    }
    const principal = await principalOf(holder);
    if (principal === undefined) {
      throw invalidInput(`There is no user ${user} in ${account}.`, 'lateen users create makes it.');
    }
    return principal;
  };

  /** `userId` is who the holder was when the token was made. */
  const credentialOf = async (accessKeyId: string, holder: Holder, userId?: string): Promise<Credential> => {
    const principal = await principalOf(holder);
    if (principal === undefined || (userId ?? principal.userId) !== principal.userId)
      throw unauthenticated('The account or the user of this token is gone');
    return { accessKeyId, secret: '', account: holder.account, arn: principal.arn, principal };
  };

  const own = async (token: string): Promise<Credential> => {
    const { publicKey } = await signingKey();
    const currentDate = new Date(now());
    const options = { issuer, audience, algorithms: [algorithm], clockTolerance: tolerance, currentDate };
    const { payload } = await jwtVerify(token, publicKey, {
      ...options,
      requiredClaims: ['exp', 'jti', 'sub', 'account'],
    });
    const { account, user, jti = '', sub } = payload as JWTPayload & { account: string; user?: string };
    return credentialOf(jti, { account, user }, sub);
  };

  return {
    async issue({ account, user }, lifetimeMs) {
      const { userId } = await findHolder({ account, user });
      const { id, privateKey } = await signingKey();
      const seconds = Math.floor(now() / 1000);
      const expires = seconds + Math.ceil(lifetimeMs / 1000);
      const token = await new SignJWT({ account, ...(user === undefined ? {} : { user }) })
        .setProtectedHeader({ alg: algorithm, kid: id, typ: 'JWT' })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(userId)
        .setJti(ids.uuid())
        .setIssuedAt(seconds)
        .setExpirationTime(expires)
        .sign(privateKey);
      return { token, expiresAt: expires * 1000 };
    },

    async revokeAll() {
      signing = makeKey();
      await signing;
    },

    async createKey(holder) {
      const { userId } = await findHolder(holder);
      const { accessKeyId: id, secret } = newKey(ids, 'AKBC');
      const { account, user = null } = holder;
      const row = { id, account, userName: user, userId, digest: sha256(secret), createdAt: now() };
      await store.write(account, (tx) => insertApiKey(tx, row));
      await store.durable();
      return { id, secret };
    },

    async keys() {
      const rows = await store.read(allApiKeys);
      return rows.map(({ digest: _digest, ...shown }) => shown);
    },

    async deleteKey(id) {
      const found = await store.write('tokens', (tx) => deleteApiKey(tx, id));
      await store.durable();
      if (!found) throw invalidInput(`There is no API key ${id}.`, 'lateen tokens keys lists them.');
    },

    async bearer(token) {
      try {
        if (token.length > longest) throw new errors.JWTInvalid('The token is too long');
        const { iss } = decodeJwt(token);
        if (iss === issuer) return await own(token);
        const { id, holder } = await issuers.verify(token, iss, new Date(now()));
        return await credentialOf(id, holder);
      } catch (error) {
        if (error instanceof errors.JWTExpired) throw unauthenticated('The token has expired');
        if (error instanceof errors.JOSEError) throw unauthenticated('The token is not valid');
        throw error;
      }
    },

    async holderOfKey(text) {
      const mark = text.indexOf(':');
      const [id, secret] = [text.slice(0, Math.max(mark, 0)), text.slice(mark + 1)];
      const row = mark < 0 || id.length > 64 ? undefined : await store.read((tx) => findApiKey(tx, id));
      const same = row !== undefined && timingSafeEqual(Buffer.from(sha256(secret)), Buffer.from(row.digest));
      if (!same) throw unauthenticated('The API key is not valid');
      return credentialOf(row.id, { account: row.account, user: row.userName ?? undefined }, row.userId);
    },

    forget() {
      signing = undefined;
    },
  };
};

/** Secrets are chosen by chance and long, so that a plain hash of one cannot be guessed from. */
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export const unauthenticated = (message: string): ApiError => new ApiError('UnauthenticatedException', message);
