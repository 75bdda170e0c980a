import type { Command } from 'commander';
import {
  type AccountOptions,
  accountOptions,
  act,
  type Identity,
  identityCommands,
  isoTime,
  listing,
} from '../identity-commands.ts';
import { examples } from '../options.ts';

export const define = (command: Command): void => {
  identityCommands(command, 'user', shown);
  accountOptions(command.command('create <name>').description('make a user, who may do nothing yet')).action(create);
  examples(
    command,
    'lateen users create ann',
    'lateen users attach ann operators',
    'lateen keys create --user ann --export',
  );
};

const create = (name: string, options: AccountOptions): Promise<void> =>
  act(
    options,
    async (admin) => shown(await admin<Identity>('CreateUser', { account: options.account, name })),
    (user) => listing([user]),
  );

const shown = ({ name, id, arn, createdAt, policies }: Identity) => ({
  ...{ name, arn, id, policies },
  created: isoTime(createdAt),
});
