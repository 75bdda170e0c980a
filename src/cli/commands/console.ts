import type { Command } from 'commander';
import { connect, openConsole } from '../admin-client.ts';
import { accountId, type CommonOptions, dataOption, examples } from '../options.ts';

interface ConsoleOptions extends CommonOptions {
  readonly log?: boolean;
  readonly account?: string;
  readonly region: string;
}

export const define = (command: Command): void => {
  dataOption(command)
    .argument('<instance>', 'name of the instance')
    .option('--log', 'print what it has said since it was switched on, instead')
    .option('--region <name>', 'the Region that it is in', 'us-east-1')
    .option('--account <id>', 'the account that has it; the root account unless given', accountId)
    .action(run);
  examples(command, 'lateen console web-1', 'lateen console web-1 --log --region eu-west-1');
};

const run = async (instanceName: string, { data, log, account, region }: ConsoleOptions): Promise<void> => {
  const instance = { instanceName, region, ...(account === undefined ? {} : { account }) };
  if (!log) return openConsole(data, instance, { input: process.stdin, output: process.stdout });
  const answer = await (await connect(data))<{ log: string }>('GetConsoleLog', instance);
  process.stdout.write(answer.log.endsWith('\n') || answer.log === '' ? answer.log : `${answer.log}\n`);
};
