import type { Command } from 'commander';
import {
  type AccountOptions,
  accountOptions,
  act,
  type Identity,
  identityCommands,
  isoTime,
  listing,
  readText,
} from '../identity-commands.ts';
import { examples, wholeNumber } from '../options.ts';

interface PutOptions extends AccountOptions {
  readonly trust: string;
  readonly longestSession?: number;
}

export const define = (command: Command): void => {
  identityCommands(command, 'role', shown);
  accountOptions(command.command('put <name>').description('make a role, or change who may take it'))
    .requiredOption('--trust <file>', "JSON that says who may take it, in AWS's form; - is standard input")
    .option('--longest-session <seconds>', 'how long a session may last, 3600 unless given', wholeNumber(3600, 43_200))
    .action(put);
  examples(
    command,
    'lateen roles put deploy --trust trust.json',
    'lateen roles attach deploy operators',
    'aws sts assume-role --role-arn arn:aws:iam::111111111111:role/deploy --role-session-name ci',
  );
};

const put = (name: string, options: PutOptions): Promise<void> =>
  act(
    options,
    async (admin) => {
      const { account, longestSession } = options;
      return shown(await admin<Identity>('PutRole', { account, name, trust: readText(options.trust), longestSession }));
    },
    (role) => listing([role]),
  );

const shown = ({ name, id, arn, createdAt, policies, longestSession }: Identity) => ({
  ...{ name, arn, id, policies, longestSession },
  created: isoTime(createdAt),
});
