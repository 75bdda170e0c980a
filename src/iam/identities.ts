import limits from '../../catalogue/iam.json' with { type: 'json' };
import type { Clock } from '../clock.ts';
import { ApiError, invalidInput } from '../errors.ts';
import type { Ids } from '../ids.ts';
import {
  countKeysOf,
  deleteKeysOf,
  findAccessKey,
  findAccount,
  setAccessKeyStatus,
} from '../store/records/access-keys.ts';
import {
  attachedPolicies,
  attachmentsOf,
  attachPolicy,
  deleteIdentity,
  deletePolicy,
  detachPolicy,
  findIdentity,
  findIdentityById,
  findPolicy,
  type IdentityRow,
  identitiesOf,
  insertIdentity,
  type PolicyRow,
  policiesOf,
  putPolicy,
  setTrust,
} from '../store/records/identities.ts';
import { deleteApiKeysOf } from '../store/records/tokens.ts';
import type { Store, Tx } from '../store/store.ts';
import type { Access } from './access.ts';
import { type Credential, type Keyring, noKey } from './keyring.ts';
import { identityId } from './new-key.ts';
import { readPolicy } from './policy/document.ts';
import { identityArn } from './principal.ts';

export type IdentityKind = IdentityRow['kind'];

/** A user or a role by its account and name. */
export interface Who {
  readonly account: string;
  readonly kind: IdentityKind;
  readonly name: string;
}

/** A user or a role as it may be shown, with the names of its policies. */
export interface IdentitySummary extends IdentityRow {
  readonly arn: string;
  readonly policies: readonly string[];
}

export interface IdentitiesOptions {
  readonly store: Store;
  readonly ids: Ids;
  readonly clock: Clock;
  readonly keyring: Keyring;
  readonly access: Access;
}

/** Users, roles and policies. What changes holds here at once, and on other nodes within five seconds. */
export interface Identities {
  list(account: string, kind: IdentityKind): Promise<readonly IdentitySummary[]>;
  createUser(account: string, name: string): Promise<IdentitySummary>;
  /** Makes the role, or changes who may take it and for how many seconds. Throws MalformedPolicyDocument. */
  putRole(account: string, name: string, trust: string, longestSession?: number): Promise<IdentitySummary>;
  find(who: Who): Promise<IdentityRow>;
  /** With its keys. */
  delete(who: Who): Promise<void>;
  listPolicies(account: string): Promise<readonly (PolicyRow & { readonly attachedTo: readonly string[] })[]>;
  /** Makes the policy or replaces it. Throws MalformedPolicyDocument. */
  putPolicy(account: string, name: string, document: string): Promise<void>;
  /** Throws InvalidInputException while it is attached. */
  deletePolicy(account: string, name: string): Promise<void>;
  attach(who: Who, policy: string): Promise<void>;
  detach(who: Who, policy: string): Promise<void>;
  /** A key for good of a user. Throws InvalidInputException when it has as many as it may. */
  createKey(account: string, user: string): Promise<Credential>;
  /** A new key for whoever has this one, which is disabled. Throws InvalidInputException for a key that is not there, or temporary. */
  rotateKey(accessKeyId: string): Promise<Credential>;
}

export const createIdentities = ({ store, ids, clock, keyring, access }: IdentitiesOptions): Identities => {
  /** One transaction, after which nothing of what was known is held to be true. */
  const change = async <T>(account: string, body: (tx: Tx) => Promise<T>): Promise<T> => {
    const result = await store.write(account, async (tx) => {
      if ((await findAccount(tx, account)) === undefined) throw absent(`account ${account}`);
      return body(tx);
    });
    access.forget();
    keyring.forget();
    await store.durable();
    return result;
  };

  const newRow = (who: Who, trust: string | null, longestSession: number | null): IdentityRow => ({
    id: identityId(ids, who.kind),
    ...who,
    trust,
    longestSession,
    createdAt: clock.now(),
  });

  return {
    list: (account, kind) =>
      store.read(async (tx) => {
        const [rows, attachments] = [await identitiesOf(tx, account, kind), await attachmentsOf(tx, account)];
        return rows.map((row) =>
          summaryOf(
            row,
            attachments.filter(({ identity }) => identity === row.id).map(({ policy }) => policy),
          ),
        );
      }),

    createUser(account, name) {
      checkName('user', name, 64);
      const row = newRow({ account, kind: 'user', name }, null, null);
      return change(account, async (tx) => {
        if (!(await insertIdentity(tx, row))) throw invalidInput(`There is a user ${name} already.`);
        return summaryOf(row, []);
      });
    },

    putRole(account, name, trust, longestSession = limits.sessionSeconds.AssumeRole.usual) {
      checkName('role', name, 64);
      readPolicy(trust, 'trust');
      const { usual: min, max } = limits.sessionSeconds.AssumeRole;
      if (!Number.isSafeInteger(longestSession) || longestSession < min || longestSession > max) {
        throw invalidInput(`A session of a role lasts ${min} to ${max} seconds at most.`);
      }
      const row = newRow({ account, kind: 'role', name }, trust, longestSession);
      return change(account, async (tx) => {
        if (!(await insertIdentity(tx, row))) {
          await setTrust(tx, (await getIdentity(tx, row)).id, trust, longestSession);
        }
        const saved = await getIdentity(tx, row);
        return summaryOf(
          saved,
          (await attachedPolicies(tx, saved.id)).map((policy) => policy.name),
        );
      });
    },

    find: (who) => store.read((tx) => getIdentity(tx, who)),

    delete: (who) =>
      change(who.account, async (tx) => {
        const { id } = await getIdentity(tx, who);
        await deleteKeysOf(tx, id);
        await deleteApiKeysOf(tx, id);
        await deleteIdentity(tx, id);
      }),

    listPolicies: (account) =>
      store.read(async (tx) => {
        const attachments = await attachmentsOf(tx, account);
        const identities = [...(await identitiesOf(tx, account, 'user')), ...(await identitiesOf(tx, account, 'role'))];
        const nameOf = new Map(identities.map(({ id, kind, name }) => [id, `${kind}/${name}`]));
        return (await policiesOf(tx, account)).map((row) => ({
          ...row,
          attachedTo: attachments
            .filter(({ policy }) => policy === row.name)
            .map(({ identity }) => nameOf.get(identity) ?? ''),
        }));
      }),

    putPolicy(account, name, document) {
      checkName('policy', name, 128);
      readPolicy(document);
      const now = clock.now();
      return change(account, (tx) => putPolicy(tx, { account, name, document, createdAt: now, updatedAt: now }));
    },

    deletePolicy: (account, name) =>
      change(account, async (tx) => {
        if ((await findPolicy(tx, account, name)) === undefined) throw absent(`policy ${name}`);
        if ((await attachmentsOf(tx, account)).some(({ policy }) => policy === name)) {
          throw invalidInput(
            `The policy ${name} is attached.`,
            'Detach it first: lateen policies list shows from whom.',
          );
        }
        await deletePolicy(tx, account, name);
      }),

    attach: (who, policy) =>
      change(who.account, async (tx) => {
        const { id } = await getIdentity(tx, who);
        if ((await findPolicy(tx, who.account, policy)) === undefined) throw absent(`policy ${policy}`);
        const others = (await attachedPolicies(tx, id)).filter(({ name }) => name !== policy);
        if (others.length >= limits.policiesPerIdentity) {
          throw invalidInput(`The ${who.kind} ${who.name} has ${others.length} policies, and no more fit.`);
        }
        await attachPolicy(tx, id, who.account, policy);
      }),

    detach: (who, policy) =>
      change(who.account, async (tx) => {
        const { id } = await getIdentity(tx, who);
        if (!(await detachPolicy(tx, id, policy))) {
          throw absent(`policy ${policy} at the ${who.kind} ${who.name}`);
        }
      }),

    async createKey(account, user) {
      const identity = await store.read((tx) => getIdentity(tx, { account, kind: 'user', name: user }));
      return keyring.create(account, { identity }, (tx) => checkRoom(tx, identity));
    },

    async rotateKey(accessKeyId) {
      const { account, identity } = await store.read(async (tx) => {
        const row = await findAccessKey(tx, accessKeyId);
        if (row === undefined) throw noKey(accessKeyId);
        if (row.expiresAt !== null) throw invalidInput(`${accessKeyId} is temporary: it ends by itself.`);
        return { account: row.account, identity: row.identity ? await findIdentityById(tx, row.identity) : undefined };
      });
      const made = await keyring.create(account, identity === undefined ? {} : { identity }, async (tx) => {
        if (identity !== undefined) await checkRoom(tx, identity);
        if (!(await setAccessKeyStatus(tx, accessKeyId, 'Inactive'))) throw noKey(accessKeyId);
      });
      keyring.forget();
      return made;
    },
  };
};

const checkRoom = async (tx: Tx, identity: IdentityRow): Promise<void> => {
  await getIdentity(tx, identity);
  if ((await countKeysOf(tx, identity.id)) < limits.keysPerUser) return;
  throw invalidInput(
    `The user ${identity.name} has ${limits.keysPerUser} access keys, and that is the limit.`,
    'Delete one first: lateen keys list shows them.',
  );
};

const getIdentity = async (tx: Tx, { account, kind, name }: Who): Promise<IdentityRow> => {
  const row = await findIdentity(tx, account, kind, name);
  if (row === undefined) throw absent(`${kind} ${name}`);
  return row;
};

const summaryOf = (row: IdentityRow, policies: readonly string[]): IdentitySummary => ({
  ...row,
  arn: identityArn(row),
  policies,
});

/** Names are what stands in ARNs (IAM's own rule for them). */
const checkName = (what: string, name: string, longest: number): void => {
  if (/^[\w+=,.@-]+$/.test(name) && name.length <= longest) return;
  throw invalidInput(`The name of a ${what} is 1 to ${longest} letters, digits and _+=,.@-`);
};

const absent = (what: string): ApiError => new ApiError('NotFoundException', `There is no ${what}.`);
