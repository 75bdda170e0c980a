import { randomInt } from 'node:crypto';
import type { Command } from 'commander';
import { type AdminCall, connect } from '../admin-client.ts';
import { readCredentials } from '../credentials.ts';
import { exportLines } from '../exports.ts';
import { Failure } from '../failure.ts';
import { accountId, type CommonOptions, commonOptions, examples, print, wholeNumber } from '../options.ts';
import { table } from '../table.ts';

interface Keys {
  readonly accounts: readonly { readonly id: string; readonly name: string }[];
  readonly keys: readonly {
    readonly id: string;
    readonly account: string;
    readonly status: string;
    readonly createdAt: number;
    readonly expiresAt: number | null;
    readonly arn: string;
    readonly usedAt: number | null;
    readonly usedService: string | null;
    readonly usedRegion: string | null;
  }[];
}

interface NewKey {
  readonly accessKeyId: string;
  readonly secret: string;
  readonly account: string;
  readonly arn: string;
  readonly sessionToken?: string;
  readonly expiresAt?: number;
}

interface CreateOptions extends CommonOptions {
  readonly account?: string;
  readonly newAccount?: string;
  readonly user?: string;
  readonly minutes?: number;
  readonly export?: boolean;
}

interface InstanceOptions extends CreateOptions {
  readonly region: string;
}

export const define = (command: Command): void => {
  commonOptions(
    command.command('list', { isDefault: true }).description('all access keys, without their secrets'),
  ).action(list);
  commonOptions(command.command('create').description('a new key; its secret is shown this once'))
    .option('--account <id>', 'whose key it is; the root account unless given', accountId)
    .option('--new-account <name>', 'make an account of this name first, with the id of --account or a free one')
    .option('--user <name>', 'of this user of the account, and not of the account itself')
    .option('--minutes <number>', 'temporary credentials with a session token, for so long', wholeNumber(1))
    .option('--export', 'print export lines for a shell')
    .action(create);
  commonOptions(
    command.command('instance <name>').description('what an instance signs with, as its metadata service hands it out'),
  )
    .option('--account <id>', 'whose instance it is; of the root account unless given', accountId)
    .option('--region <name>', 'where it is', 'us-east-1')
    .option('--export', 'print export lines for a shell')
    .action(async (instanceName: string, { data, account, region, ...options }: InstanceOptions) => {
      const key = await (await connect(data))<NewKey>('CreateInstanceKey', { instanceName, account, region });
      show(key, options);
    });
  const change = (
    name: string,
    does: string,
    call: (admin: AdminCall, accessKeyId: string) => Promise<unknown>,
  ): void => {
    commonOptions(command.command(`${name} <access-key-id>`).description(does)).action(
      async (accessKeyId: string, { data, json }: CommonOptions) => {
        if (name !== 'enable') keepOwnKey(data, accessKeyId);
        await call(await connect(data), accessKeyId);
        print(json, { accessKeyId }, () => '');
      },
    );
  };
  commonOptions(
    command.command('rotate <access-key-id>').description('a new key in the place of one, which is disabled'),
  )
    .option('--export', 'print export lines for a shell')
    .action(async (accessKeyId: string, { data, ...options }: CreateOptions) => {
      keepOwnKey(data, accessKeyId);
      show(await (await connect(data))<NewKey>('RotateKey', { accessKeyId }), options);
    });
  change('disable', 'refuse the key until it is enabled again', (admin, accessKeyId) =>
    admin('SetKeyStatus', { accessKeyId, status: 'Inactive' }),
  );
  change('enable', 'take the key again', (admin, accessKeyId) =>
    admin('SetKeyStatus', { accessKeyId, status: 'Active' }),
  );
  change('delete', 'delete the key for good', (admin, accessKeyId) => admin('DeleteKey', { accessKeyId }));
  examples(
    command,
    'lateen keys list',
    'lateen keys create --new-account staging',
    'eval "$(lateen keys create --minutes 60 --export)"',
    'lateen keys create --user ann',
    'eval "$(lateen keys instance web-1 --export)"',
    'lateen keys rotate AKIA...',
    'lateen keys disable AKIA...',
  );
};

const list = async ({ data, json }: CommonOptions): Promise<void> => {
  const { accounts, keys } = await (await connect(data))<Keys>('ListKeys');
  const names = new Map(accounts.map(({ id, name }) => [id, name]));
  const shown = keys.map(({ id, account, status, createdAt, expiresAt, ...key }) => ({
    accessKeyId: id,
    account,
    accountName: names.get(account) ?? '',
    status,
    createdAt: isoTime(createdAt),
    expiresAt: expiresAt === null ? null : isoTime(expiresAt),
    arn: key.arn,
    lastUsed:
      key.usedAt === null ? null : { at: isoTime(key.usedAt), service: key.usedService, region: key.usedRegion },
  }));
  print(json, { accounts: accounts.map(({ id, name }) => ({ id, name })), keys: shown }, () =>
    table(
      ['access key id', 'account', 'name', 'status', 'created', 'expires', 'of', 'last used'],
      shown.map((key) => [
        key.accessKeyId,
        key.account,
        key.accountName,
        key.status,
        key.createdAt,
        key.expiresAt ?? 'never',
        key.arn.slice(key.arn.lastIndexOf(':') + 1),
        key.lastUsed === null ? 'never' : `${key.lastUsed.at} ${key.lastUsed.service}`,
      ]),
    ),
  );
};

const create = async ({ data, newAccount, minutes, user, ...options }: CreateOptions): Promise<void> => {
  const admin = await connect(data);
  const account = options.account ?? (newAccount === undefined ? undefined : await freeAccount(admin));
  const key = await admin<NewKey>('CreateKey', { account, newAccount, minutes, user });
  show(key, options);
};

/** The secret is shown this once. */
const show = (key: NewKey, { json, ...options }: Pick<CreateOptions, 'json' | 'export'>): void => {
  const shown = {
    account: key.account,
    arn: key.arn,
    accessKeyId: key.accessKeyId,
    secretAccessKey: key.secret,
    ...(key.sessionToken === undefined ? {} : { sessionToken: key.sessionToken }),
    ...(key.expiresAt === undefined ? {} : { expiresAt: isoTime(key.expiresAt) }),
  };
  print(json, shown, () =>
    options.export
      ? exportLines({
          AWS_ACCESS_KEY_ID: key.accessKeyId,
          AWS_SECRET_ACCESS_KEY: key.secret,
          ...(key.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: key.sessionToken }),
        })
      : table(['member', 'value'], Object.entries(shown)),
  );
};

/** 12 digits that no account has. */
const freeAccount = async (admin: AdminCall): Promise<string> => {
  const { accounts } = await admin<Keys>('ListKeys');
  for (;;) {
    const id = String(randomInt(1_000_000_000_000)).padStart(12, '0');
    if (!accounts.some((account) => account.id === id)) return id;
  }
};

/** Without it, no command would be let in any more. */
const keepOwnKey = (data: string, accessKeyId: string): void => {
  if (readCredentials(data).accessKeyId !== accessKeyId) return;
  throw new Failure(
    `${accessKeyId} is the root key, which these commands sign with. It stays, since nobody could undo this.`,
  );
};

const isoTime = (ms: number): string => new Date(ms).toISOString();
