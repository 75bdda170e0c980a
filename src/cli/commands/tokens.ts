import type { Command } from 'commander';
import { connect } from '../admin-client.ts';
import { accountId, type CommonOptions, commonOptions, examples, print, wholeNumber } from '../options.ts';
import { table } from '../table.ts';

interface HolderOptions extends CommonOptions {
  readonly account?: string;
  readonly user?: string;
}

interface ApiKeys {
  readonly keys: readonly {
    readonly id: string;
    readonly account: string;
    readonly userName: string | null;
    readonly createdAt: number;
  }[];
}

const holderOptions = (command: Command): Command =>
  commonOptions(command)
    .option('--account <id>', 'whose it is; the root account unless given', accountId)
    .option('--user <name>', 'a user of the account, who may do what policies allow; the account itself unless given');

export const define = (command: Command): void => {
  holderOptions(command.command('create').description('a bearer token for the ByCloud API'))
    .option('--minutes <number>', 'how long it is good', wholeNumber(1, 525_600), 60)
    .action(create);
  commonOptions(command.command('revoke').description('end all bearer tokens that were made until now')).action(revoke);
  commonOptions(command.command('keys').description('all API keys, without their secrets')).action(list);
  holderOptions(command.command('create-key').description('a new API key; its secret is shown this once')).action(
    createKey,
  );
  commonOptions(command.command('delete-key <id>').description('delete an API key for good')).action(deleteKey);
  examples(
    command,
    'curl -H "Authorization: Bearer $(lateen tokens create)" http://127.0.0.1:4780/v1/instances',
    'lateen tokens create --minutes 5 --account 222222222222',
    'curl -H "X-Api-Key: $(lateen tokens create-key)" http://127.0.0.1:4780/v1/instances',
  );
};

const create = async ({ data, json, account, user, minutes }: HolderOptions & { minutes: number }): Promise<void> => {
  const admin = await connect(data);
  const { token, expiresAt } = await admin<{ token: string; expiresAt: number }>('CreateToken', {
    ...{ account, user, minutes },
  });
  print(json, { token, expiresAt: isoTime(expiresAt) }, () => token);
};

const revoke = async ({ data, json }: CommonOptions): Promise<void> => {
  await (await connect(data))('RevokeTokens');
  print(json, {}, () => '');
};

const list = async ({ data, json }: CommonOptions): Promise<void> => {
  const { keys } = await (await connect(data))<ApiKeys>('ListApiKeys');
  const shown = keys.map(({ id, account, userName, createdAt }) => ({
    ...{ id, account, user: userName, createdAt: isoTime(createdAt) },
  }));
  print(json, { keys: shown }, () =>
    table(
      ['id', 'account', 'user', 'created'],
      shown.map(({ id, account, user, createdAt }) => [id, account, user ?? '', createdAt]),
    ),
  );
};

const createKey = async ({ data, json, account, user }: HolderOptions): Promise<void> => {
  const admin = await connect(data);
  const { id, secret } = await admin<{ id: string; secret: string }>('CreateApiKey', { account, user });
  print(json, { id, secret }, () => `${id}:${secret}`);
};

const deleteKey = async (id: string, { data, json }: CommonOptions): Promise<void> => {
  await (await connect(data))('DeleteApiKey', { id });
  print(json, { id }, () => '');
};

const isoTime = (ms: number): string => new Date(ms).toISOString();
