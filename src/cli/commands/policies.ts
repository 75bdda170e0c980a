import { type Command, InvalidArgumentError } from 'commander';
import { connect } from '../admin-client.ts';
import { Failure } from '../failure.ts';
import { type AccountOptions, accountOptions, act, isoTime, listing, readText } from '../identity-commands.ts';
import { examples, print } from '../options.ts';
import { table } from '../table.ts';

interface Policy {
  readonly name: string;
  readonly document: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly attachedTo: readonly string[];
}

interface TestOptions extends AccountOptions {
  readonly user?: string;
  readonly role?: string;
  readonly input?: object;
  readonly resource?: readonly string[];
  readonly context?: readonly (readonly [string, string])[];
  readonly region?: string;
  readonly sourceIp?: string;
}

/** What a test answers. */
interface Explanation {
  readonly outcome: 'allowed' | 'explicitDeny' | 'implicitDeny';
  readonly action: string;
  readonly resource: string;
  readonly because: string;
  readonly by?: { readonly policy: string; readonly statement: number; readonly sid?: string };
}

export const define = (command: Command): void => {
  accountOptions(
    command
      .command('list', { isDefault: true })
      .description('all policies of the account, and whom they are attached to'),
  ).action(list);
  accountOptions(command.command('show <name>').description('the JSON of a policy')).action(show);
  accountOptions(
    command.command('put <name> <file>').description('make a policy or replace it; - is standard input'),
  ).action(change('PutPolicy', (file) => ({ document: readText(file) })));
  accountOptions(command.command('delete <name>').description('delete a policy that is attached to nobody')).action(
    (name: string, options: AccountOptions) => change('DeletePolicy', () => ({}))(name, '', options),
  );
  accountOptions(command.command('test <action>').description('say whether somebody may do something, and why'))
    .option('--user <name>', 'who')
    .option('--role <name>', 'or which role')
    .option('--input <json>', 'the input of the call, which names what it is about', jsonObject)
    .option(
      '--resource <arn>',
      'ask of this instead; may be repeated',
      collect((text) => text),
    )
    .option(
      '--context <key=value>',
      'a condition key, such as aws:ResourceTag/team=web; may be repeated',
      collect(pair),
    )
    .option('--region <name>', 'where', 'us-east-1')
    .option('--source-ip <address>', 'from where', '127.0.0.1')
    .action(test);
  examples(
    command,
    'lateen policies put operators operators.json',
    `lateen policies test lightsail:StopInstance --user ann --input '{"instanceName":"web-1"}'`,
    'lateen policies test s3:GetObject --role deploy --resource arn:aws:s3:::photos/cat.jpg --json',
  );
};

const list = (options: AccountOptions): Promise<void> =>
  act(
    options,
    async (admin) => {
      const { policies } = await admin<{ policies: readonly Policy[] }>('ListPolicies', { account: options.account });
      return {
        policies: policies.map(({ name, attachedTo, updatedAt }) => ({
          name,
          attachedTo,
          updated: isoTime(updatedAt),
        })),
      };
    },
    ({ policies }) => listing(policies),
  );

const show = async (name: string, { data, account }: AccountOptions): Promise<void> => {
  const admin = await connect(data);
  const { policies } = await admin<{ policies: readonly Policy[] }>('ListPolicies', { account });
  const found = policies.find((policy) => policy.name === name);
  if (found === undefined) throw new Failure(`There is no policy ${name}. lateen policies list shows all.`);
  process.stdout.write(`${found.document.trimEnd()}\n`);
};

const change =
  (action: string, more: (file: string) => object) =>
  (name: string, file: string, options: AccountOptions): Promise<void> =>
    act(options, async (admin) => {
      await admin(action, { account: options.account, name, ...more(file) });
      return { policy: name };
    });

/** Ends with 1 when it is denied, so that scripts can ask. */
const test = async (action: string, options: TestOptions): Promise<void> => {
  const { data, json, account, user, role, input, region, sourceIp } = options;
  const given = options.context ?? [];
  const valuesOf = (key: string): readonly string[] => given.filter(([name]) => name === key).map(([, value]) => value);
  const facts = Object.fromEntries(given.map(([key]) => [key, valuesOf(key)]));
  const admin = await connect(data);
  const asked = { account, user, role, action, input, region, sourceIp, facts, resources: options.resource };
  const found = await admin<Explanation>('TestPolicy', asked);
  print(json, found, () =>
    table(
      ['member', 'value'],
      [
        ['decision', words[found.outcome]],
        ['action', found.action],
        ['resource', found.resource],
        ['because', found.because],
      ],
    ),
  );
  if (found.outcome !== 'allowed') process.exitCode = 1;
};

const words: Readonly<Record<Explanation['outcome'], string>> = {
  allowed: 'allowed',
  explicitDeny: 'denied by a statement',
  implicitDeny: 'denied, for nothing allows it',
};

const jsonObject = (text: string): object => {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Said below.
  }
  throw new InvalidArgumentError('Write a JSON object.');
};

const pair = (text: string): readonly [string, string] => {
  const mark = text.indexOf('=');
  if (mark < 1) throw new InvalidArgumentError('Write it like aws:SourceIp=203.0.113.7.');
  return [text.slice(0, mark), text.slice(mark + 1)];
};

const collect =
  <T>(read: (text: string) => T) =>
  (text: string, before: readonly T[] = []): readonly T[] => [...before, read(text)];
