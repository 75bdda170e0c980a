import type { WindableClock } from '../clock.ts';
import { type ApiError, invalidInput } from '../errors.ts';
import type { Ids } from '../ids.ts';
import {
  type AccessKeyRow,
  type AccountRow,
  allAccessKeys,
  allAccounts,
  deleteAccessKey,
  deleteExpiredKeys,
  findAccessKey,
  findAccount,
  insertAccessKey,
  insertAccount,
  type KeyUse,
  setAccessKeyStatus,
  setKeyUse,
} from '../store/records/access-keys.ts';
import { findIdentityById, type IdentityRow } from '../store/records/identities.ts';
import type { Seal } from '../store/seal.ts';
import type { Store, Tx } from '../store/store.ts';
import { newKey } from './new-key.ts';
import { type Principal, principalOf } from './principal.ts';

/** A key that may sign requests, with its secret in the clear: it lives in memory only. */
export interface Credential {
  readonly accessKeyId: string;
  readonly secret: string;
  readonly account: string;
  readonly arn: string;
  readonly principal: Principal;
  /** Only of temporary credentials: the token that has to come with every request (F10). */
  readonly sessionToken?: string;
  /** Only of temporary credentials: milliseconds of the machine's clock, which signatures are checked against. */
  readonly expiresAt?: number;
}

/** A key as it may be shown. */
export interface KeySummary extends Omit<AccessKeyRow & KeyUse, 'secret' | 'sessionToken' | 'sessionPolicies'> {
  /** Whom it stands for. */
  readonly arn: string;
}

/** Whose a new key is, if not the account's own, and for how long. */
export interface KeyOf {
  readonly identity?: IdentityRow;
  /** Temporary, with a session token. */
  readonly lifetimeMs?: number;
  /** The name of a role's session. */
  readonly session?: string;
  /** JSON texts that were read before. */
  readonly sessionPolicies?: readonly string[];
}

export interface KeyringOptions {
  readonly store: Store;
  readonly seal: Seal;
  readonly ids: Ids;
  readonly clock: WindableClock;
}

/** A change made by another node is seen after this time. */
const cacheMs = 5_000;

/** A use is not written down again within this time, nor kept in mind for more keys. */
const useMs = 60_000;
const usesKept = 10_000;

/** For so long after their end temporary keys are told to be expired; then they are forgotten. */
const keptExpiredMs = 24 * 3_600_000;

/** Accounts and their access keys. */
export class Keyring {
  readonly #options: KeyringOptions;
  readonly #cache = new Map<string, { credential: Credential; until: number }>();
  readonly #uses = new Map<string, number>();
  #noting: Promise<void> = Promise.resolve();

  constructor(options: KeyringOptions) {
    this.#options = options;
  }

  /** Answers at once for a key seen lately. Keys that do not exist, or are inactive, are never kept. */
  find(accessKeyId: string): Credential | undefined | Promise<Credential | undefined> {
    const cached = this.#cache.get(accessKeyId);
    return cached !== undefined && Date.now() < cached.until ? cached.credential : this.#look(accessKeyId);
  }

  async #look(accessKeyId: string): Promise<Credential | undefined> {
    this.#cache.delete(accessKeyId);
    const { store, seal, clock } = this.#options;
    const found = await store.read(async (tx) => {
      const row = await findAccessKey(tx, accessKeyId);
      const identity = row?.identity ? await findIdentityById(tx, row.identity) : undefined;
      // A key outlives nobody.
      return row?.status !== 'Active' || (row.identity && identity === undefined) ? undefined : { row, identity };
    });
    if (found === undefined) return undefined;
    const { row, identity } = found;
    const principal = principalOf(row.account, identity, {
      session: row.session ?? undefined,
      policies: row.sessionPolicies === null ? undefined : (JSON.parse(row.sessionPolicies) as string[]),
    });
    const credential: Credential = {
      accessKeyId,
      secret: seal.open(row.secret).toString(),
      account: row.account,
      arn: principal.arn,
      principal,
      ...(row.sessionToken === null ? {} : { sessionToken: row.sessionToken }),
      ...(row.expiresAt === null ? {} : { expiresAt: row.expiresAt - clock.offset }),
    };
    this.#cache.set(accessKeyId, { credential, until: Date.now() + cacheMs });
    return credential;
  }

  /** After the clock was wound: what was looked up before may have expired. */
  forget(): void {
    this.#cache.clear();
  }

  accounts(): Promise<readonly AccountRow[]> {
    return this.#options.store.read(allAccounts);
  }

  list(): Promise<KeySummary[]> {
    return this.#options.store.read(async (tx) => {
      const shown: KeySummary[] = [];
      const known = new Map<string, IdentityRow | undefined>();
      for (const { secret: _secret, sessionToken: _token, sessionPolicies: _policies, ...row } of await allAccessKeys(
        tx,
      )) {
        const { account, identity } = row;
        if (identity !== null && !known.has(identity)) known.set(identity, await findIdentityById(tx, identity));
        const of = identity === null ? undefined : known.get(identity);
        shown.push({ ...row, arn: principalOf(account, of, { session: row.session ?? undefined }).arn });
      }
      return shown;
    });
  }

  /** Makes the account where there is none yet. Throws InvalidInputException when `id` is not 12 digits. */
  async ensureAccount(id: string, name: string): Promise<void> {
    if (!/^\d{12}$/.test(id)) throw invalidInput(`${id} is not an account id. An account id has 12 digits.`);
    const createdAt = this.#options.clock.now();
    await this.#options.store.write(id, (tx) => insertAccount(tx, { id, name, createdAt }));
  }

  /** Notes when the key was used last, and what for: once a minute for each, in the background. */
  used({ accessKeyId }: Credential, service: string, region: string): void {
    const { store, clock } = this.#options;
    const now = Date.now();
    const use = `${accessKeyId} ${service} ${region}`;
    if (now < (this.#uses.get(use) ?? 0) + useMs) return;
    if (this.#uses.size >= usesKept) this.#uses.clear();
    this.#uses.set(use, now);
    const at = clock.now();
    const noted = (): Promise<void> => store.write('keys', (tx) => setKeyUse(tx, accessKeyId, { at, service, region }));
    // A use that could not be noted is noted with the next one.
    this.#noting = this.#noting.then(noted).catch(() => void this.#uses.delete(use));
  }

  /** Resolves when all uses so far are noted. */
  settled(): Promise<void> {
    return this.#noting;
  }

  /** A new key of the account, or of a user or a role of it. The secret is shown here only. Throws InvalidInputException when there is no such account. */
  async create(
    account: string,
    of: KeyOf = {},
    check: (tx: Tx) => Promise<void> = async () => {},
  ): Promise<Credential> {
    const { store, seal, ids, clock } = this.#options;
    const now = clock.now();
    const { identity, lifetimeMs, session, sessionPolicies: policies } = of;
    const temporary = lifetimeMs !== undefined;
    const token = temporary ? ids.bytes(96).toString('base64') : undefined;
    const principal = principalOf(account, identity, { session, policies });
    const credential: Credential = {
      ...newKey(ids, temporary ? 'ASIA' : 'AKIA'),
      account,
      arn: principal.arn,
      principal,
      ...(token === undefined ? {} : { sessionToken: token }),
      ...(temporary ? { expiresAt: now + lifetimeMs } : {}),
    };
    await store.write(account, async (tx) => {
      if ((await findAccount(tx, account)) === undefined) throw noAccount(account);
      await check(tx);
      if (temporary) await deleteExpiredKeys(tx, account, now - keptExpiredMs);
      await insertAccessKey(tx, {
        id: credential.accessKeyId,
        account,
        secret: seal.close(Buffer.from(credential.secret)),
        status: 'Active',
        sessionToken: credential.sessionToken ?? null,
        expiresAt: credential.expiresAt ?? null,
        createdAt: now,
        identity: identity?.id ?? null,
        session: session ?? null,
        sessionPolicies: policies === undefined ? null : JSON.stringify(policies),
      });
    });
    await store.durable();
    return credential;
  }

  async setStatus(accessKeyId: string, status: AccessKeyRow['status']): Promise<void> {
    const found = await this.#options.store.write('keys', (tx) => setAccessKeyStatus(tx, accessKeyId, status));
    this.#cache.delete(accessKeyId);
    if (!found) throw noKey(accessKeyId);
  }

  async delete(accessKeyId: string): Promise<void> {
    const found = await this.#options.store.write('keys', (tx) => deleteAccessKey(tx, accessKeyId));
    this.#cache.delete(accessKeyId);
    if (!found) throw noKey(accessKeyId);
  }
}

const noAccount = (id: string): ApiError =>
  invalidInput(`There is no account ${id}.`, 'lateen keys create --new-account makes it.');

export const noKey = (id: string): ApiError =>
  invalidInput(`There is no access key ${id}.`, 'lateen keys list shows all keys.');
