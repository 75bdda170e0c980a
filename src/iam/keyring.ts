import type { WindableClock } from '../clock.ts';
import { type ApiError, invalidInput } from '../errors.ts';
import type { Ids } from '../ids.ts';
import {
  type AccessKeyRow,
  type AccountRow,
  allAccessKeys,
  allAccounts,
  deleteAccessKey,
  findAccessKey,
  findAccount,
  insertAccessKey,
  insertAccount,
  setAccessKeyStatus,
} from '../store/records/access-keys.ts';
import type { Seal } from '../store/seal.ts';
import type { Store } from '../store/store.ts';
import { newKey } from './new-key.ts';
import { type Principal, rootOf } from './principal.ts';

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
export type KeySummary = Omit<AccessKeyRow, 'secret' | 'sessionToken'>;

export interface KeyringOptions {
  readonly store: Store;
  readonly seal: Seal;
  readonly ids: Ids;
  readonly clock: WindableClock;
}

/** A change made by another node is seen after this time. */
const cacheMs = 5_000;

/** Accounts and their access keys. */
export class Keyring {
  readonly #options: KeyringOptions;
  readonly #cache = new Map<string, { credential: Credential; until: number }>();

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
    const row = await store.read((tx) => findAccessKey(tx, accessKeyId));
    if (row?.status !== 'Active') return undefined;
    const principal = rootOf(row.account);
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

  async list(): Promise<KeySummary[]> {
    const rows = await this.#options.store.read(allAccessKeys);
    return rows.map(({ secret: _secret, sessionToken: _token, ...shown }) => shown);
  }

  /** Makes the account where there is none yet. Throws InvalidInputException when `id` is not 12 digits. */
  async ensureAccount(id: string, name: string): Promise<void> {
    if (!/^\d{12}$/.test(id)) throw invalidInput(`${id} is not an account id. An account id has 12 digits.`);
    const createdAt = this.#options.clock.now();
    await this.#options.store.write(id, (tx) => insertAccount(tx, { id, name, createdAt }));
  }

  /** A new key of the account; temporary, with a session token, when `lifetimeMs` is given. The secret is shown here only. */
  async create(account: string, lifetimeMs?: number): Promise<Credential> {
    const { store, seal, ids, clock } = this.#options;
    const now = clock.now();
    const temporary = lifetimeMs !== undefined;
    const token = temporary ? ids.bytes(96).toString('base64') : undefined;
    const principal = rootOf(account);
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
      await insertAccessKey(tx, {
        id: credential.accessKeyId,
        account,
        secret: seal.close(Buffer.from(credential.secret)),
        status: 'Active',
        sessionToken: credential.sessionToken ?? null,
        expiresAt: credential.expiresAt ?? null,
        createdAt: now,
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

const noKey = (id: string): ApiError =>
  invalidInput(`There is no access key ${id}.`, 'lateen keys list shows all keys.');
