import type { Command } from 'commander';
import { connect } from '../admin-client.ts';
import { type CommonOptions, commonOptions, examples, print, wholeNumber } from '../options.ts';
import { table } from '../table.ts';

interface Fault {
  readonly operation?: string;
  readonly step?: string;
  readonly error?: string;
  readonly message?: string;
  readonly effect?: string;
  readonly permanent?: boolean;
  /** How many strikes were ordered, and how many are to come. */
  readonly times: number;
  readonly left: number;
}

interface OrderOptions extends CommonOptions, Omit<Fault, 'left'> {}

export const define = (command: Command): void => {
  commonOptions(command.command('list', { isDefault: true }).description('the faults that are still to strike')).action(
    async ({ data, json }: CommonOptions) => show(await (await connect(data))('ListFaults'), json),
  );
  commonOptions(command.command('order').description('have the next calls of an operation, or runs of a step, fail'))
    .option('--operation <name>', 'the operation whose calls fail, such as CreateInstances')
    .option('--step <task/step>', 'the step of the work behind an operation that fails, such as CreateInstance/boot')
    .option('--error <name>', 'with --operation: what the call answers; ServiceException unless given')
    .option('--message <text>', 'the text of the error')
    .option(
      '--effect <effect>',
      'with --step: fail, repeat (run it twice) or crash (die after it ran, before that is written down)',
    )
    .option('--permanent', 'with --step: fail for good; otherwise the step is tried again')
    .option('--times <number>', 'how many times', wholeNumber(1), 1)
    .action(order);
  commonOptions(command.command('halt').argument('<instance>', 'its name'))
    .description("cut the power of an instance's machine, as if it had halted by itself")
    .option('--region <name>', 'the Region of the instance', 'us-east-1')
    .option('--account <id>', 'its account; the root account unless given')
    .action(halt);
  commonOptions(command.command('clear').description('call all faults off')).action(
    async ({ data, json }: CommonOptions) => show(await (await connect(data))('ClearFaults'), json),
  );
  examples(
    command,
    'lateen faults order --operation CreateInstances --error ThrottlingException --times 2',
    'lateen faults order --step CreateInstance/boot --permanent',
    'lateen faults halt web',
    'lateen faults clear',
  );
};

const order = async ({ data, json, ...fault }: OrderOptions, command: Command): Promise<void> => {
  if ((fault.operation === undefined) === (fault.step === undefined))
    command.error('error: give --operation or --step, one of them');
  if (fault.effect !== undefined && fault.step === undefined) command.error('error: --effect goes with --step');
  if (fault.permanent && fault.step === undefined) command.error('error: --permanent goes with --step');
  if (fault.error !== undefined && fault.operation === undefined) command.error('error: --error goes with --operation');
  show(await (await connect(data))('OrderFault', fault), json);
};

interface HaltOptions extends CommonOptions {
  readonly region: string;
  readonly account?: string;
}

const halt = async (instanceName: string, { data, json, region, account }: HaltOptions): Promise<void> => {
  await (await connect(data))('HaltMachine', { instanceName, region, account });
  print(json, {}, () => `The machine of ${instanceName} is off.`);
};

const show = ({ faults }: { readonly faults: readonly Fault[] }, json: boolean | undefined): void =>
  print(json, { faults }, () =>
    faults.length === 0
      ? 'No faults are ordered.'
      : table(
          ['strikes', 'left', 'error', 'message'],
          faults.map((fault) => [
            fault.operation ?? fault.step ?? '',
            String(fault.left),
            errorOf(fault),
            fault.message ?? '',
          ]),
        ),
  );

const errorOf = ({ operation, error, permanent }: Fault): string => {
  if (operation !== undefined) return error ?? 'ServiceException';
  return permanent ? 'for good' : 'tried again';
};
