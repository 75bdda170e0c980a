import { invalidInput } from '../errors.ts';
import { explain } from '../iam/explain.ts';
import type { Iam } from '../iam/iam.ts';
import type { IdentityKind, Who } from '../iam/identities.ts';
import { principalOf } from '../iam/principal.ts';
import { type AdminInput, oneOf, optionalText, text, whole } from './admin-input.ts';

interface House {
  readonly rootAccount: string;
  readonly iam: Iam;
}

type Action = (house: House, input: AdminInput, call: { readonly region: string }) => Promise<object>;

const accountIn = ({ rootAccount }: House, input: AdminInput): string => optionalText(input, 'account') ?? rootAccount;

/** The user or the role that the input names. */
const whoIn = (house: House, input: AdminInput): Who => {
  const kind = (['user', 'role'] as const).filter((of) => input[of] !== undefined);
  if (kind.length !== 1) throw invalidInput('Name a user or a role, and not both.');
  return { account: accountIn(house, input), kind: kind[0]!, name: text(input, kind[0]!) };
};

const listed = async (house: House, input: AdminInput, kind: IdentityKind): Promise<object> => {
  const rows = await house.iam.identities.list(accountIn(house, input), kind);
  return { [`${kind}s`]: rows };
};

/** The controls of accounts, users, roles, policies and keys. */
export const iamActions: Readonly<Record<string, Action>> = {
  ListKeys: async ({ iam: { keyring } }) => ({ accounts: await keyring.accounts(), keys: await keyring.list() }),
  CreateKey: async (house, input) => {
    const { keyring, identities } = house.iam;
    const account = accountIn(house, input);
    const [name, user] = [optionalText(input, 'newAccount'), optionalText(input, 'user')];
    if (name !== undefined) await keyring.ensureAccount(account, name);
    const lifetimeMs = input.minutes === undefined ? undefined : whole(input, 'minutes') * 60_000;
    if (user === undefined) return keyring.create(account, lifetimeMs === undefined ? {} : { lifetimeMs });
    if (lifetimeMs === undefined) return identities.createKey(account, user);
    return keyring.create(account, {
      lifetimeMs,
      identity: await identities.find({ account, kind: 'user', name: user }),
    });
  },
  RotateKey: ({ iam: { identities } }, input) => identities.rotateKey(text(input, 'accessKeyId')),
  SetKeyStatus: async ({ iam: { keyring } }, input) => {
    await keyring.setStatus(text(input, 'accessKeyId'), oneOf(input, 'status', ['Active', 'Inactive']));
    return {};
  },
  DeleteKey: async ({ iam: { keyring } }, input) => {
    await keyring.delete(text(input, 'accessKeyId'));
    return {};
  },

  ListUsers: (house, input) => listed(house, input, 'user'),
  CreateUser: (house, input) => house.iam.identities.createUser(accountIn(house, input), text(input, 'name')),
  ListRoles: (house, input) => listed(house, input, 'role'),
  PutRole: (house, input) => {
    const longest = input.longestSession === undefined ? undefined : whole(input, 'longestSession');
    return house.iam.identities.putRole(accountIn(house, input), text(input, 'name'), text(input, 'trust'), longest);
  },
  DeleteIdentity: async (house, input) => {
    await house.iam.identities.delete(whoIn(house, input));
    return {};
  },

  ListPolicies: async (house, input) => ({
    policies: await house.iam.identities.listPolicies(accountIn(house, input)),
  }),
  PutPolicy: async (house, input) => {
    await house.iam.identities.putPolicy(accountIn(house, input), text(input, 'name'), text(input, 'document'));
    return {};
  },
  DeletePolicy: async (house, input) => {
    await house.iam.identities.deletePolicy(accountIn(house, input), text(input, 'name'));
    return {};
  },
  AttachPolicy: async (house, input) => {
    await house.iam.identities.attach(whoIn(house, input), text(input, 'policy'));
    return {};
  },
  DetachPolicy: async (house, input) => {
    await house.iam.identities.detach(whoIn(house, input), text(input, 'policy'));
    return {};
  },

  TestPolicy: async (house, input, call) => {
    const { identities, access, authorizer, clock } = house.iam;
    const who = whoIn(house, input);
    const principal = principalOf(who.account, await identities.find(who), { session: 'test' });
    const about = {
      ...{ principal, secure: input.secure === true, now: clock.now() },
      region: optionalText(input, 'region') ?? call.region,
      remoteAddress: optionalText(input, 'sourceIp') ?? '127.0.0.1',
    };
    return explain(authorizer, await access.rightsOf(principal), about, {
      action: text(input, 'action'),
      input: objectIn(input, 'input'),
      resources: textsIn(input.resources, 'resources'),
      facts: Object.fromEntries(
        Object.entries(objectIn(input, 'facts')).map(([key, values]) => [key, textsIn(values, 'facts')]),
      ),
    });
  },
};

const objectIn = (input: AdminInput, member: string): AdminInput => {
  const value = input[member] ?? {};
  if (typeof value === 'object' && !Array.isArray(value)) return value as AdminInput;
  throw invalidInput(`${member} must be an object.`);
};

const textsIn = (value: unknown = [], member: string): readonly string[] => {
  if (Array.isArray(value) && value.every((item): item is string => typeof item === 'string')) return value;
  throw invalidInput(`${member} must be texts.`);
};
