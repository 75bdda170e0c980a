import { resolve } from 'node:path';
import type { Command } from 'commander';
import { connect } from '../admin-client.ts';
import { accountId, type CommonOptions, commonOptions, examples, print } from '../options.ts';

interface ResetOptions extends CommonOptions {
  readonly account?: string;
  readonly region?: string;
  readonly yes?: boolean;
}

export const define = (command: Command): void => {
  commonOptions(
    command.command('save <file>').description('write all state to a file; whoever has it can read the secrets in it'),
  ).action(async (file: string, { data, json }: CommonOptions) => {
    const { rows } = await (await connect(data))<{ rows: number }>('SaveState', { file: resolve(file) });
    print(json, { file: resolve(file), rows }, () => `Saved ${rows} rows to ${file}.`);
  });
  commonOptions(command.command('load <file>').description('replace all state by that of a file')).action(
    async (file: string, { data, json }: CommonOptions) => {
      const { rows } = await (await connect(data))<{ rows: number }>('LoadState', { file: resolve(file) });
      print(json, { file: resolve(file), rows }, () => `Loaded ${rows} rows from ${file}.`);
    },
  );
  commonOptions(command.command('reset').description('delete all resources; accounts and keys stay'))
    .option('--account <id>', 'only those of one account', accountId)
    .option('--region <name>', 'only those in one Region')
    .option('--yes', 'do it: there is no way back')
    .action(reset);
  examples(
    command,
    'lateen state save before.jsonl',
    'lateen state load before.jsonl',
    'lateen state reset --region us-east-1 --yes',
  );
};

const reset = async ({ data, json, account, region, yes }: ResetOptions, command: Command): Promise<void> => {
  if (!yes) command.error(`error: this deletes ${scopeOf(account, region)}. Add --yes to do it`);
  const { deleted } = await (await connect(data))<{ deleted: number }>('ResetState', { account, region });
  print(json, { deleted }, () => `Deleted ${deleted} resources.`);
};

const scopeOf = (account: string | undefined, region: string | undefined): string =>
  ['all resources', account && `of account ${account}`, region && `in ${region}`].filter(Boolean).join(' ');
