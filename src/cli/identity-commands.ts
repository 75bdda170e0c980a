import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { type AdminCall, connect } from './admin-client.ts';
import { Failure } from './failure.ts';
import { accountId, type CommonOptions, commonOptions, print } from './options.ts';
import { table } from './table.ts';

/** What the commands about one account take. */
export interface AccountOptions extends CommonOptions {
  readonly account?: string;
}

/** A user or a role as the controls show it. */
export interface Identity {
  readonly id: string;
  readonly account: string;
  readonly name: string;
  readonly arn: string;
  readonly policies: readonly string[];
  readonly createdAt: number;
  readonly trust: string | null;
  readonly longestSession: number | null;
}

export const accountOptions = (command: Command): Command =>
  commonOptions(command).option('--account <id>', 'of which account; the root account unless given', accountId);

/** The text of a file, or of standard input for `-`. */
export const readText = (file: string): string => {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new Failure(`${file} cannot be read: ${(error as Error).message}`);
  }
};

/** Connects, does one thing, and prints what came of it. */
export const act = async <Answer extends object>(
  { data, json }: CommonOptions,
  call: (admin: AdminCall) => Promise<Answer>,
  readable: (answer: Answer) => string = () => '',
): Promise<void> => {
  const answer = await call(await connect(data));
  print(json, answer, () => readable(answer));
};

export const isoTime = (ms: number): string => new Date(ms).toISOString();

/** `list`, `delete`, `attach` and `detach`, which users and roles have alike. */
export const identityCommands = (
  command: Command,
  kind: 'user' | 'role',
  shown: (identity: Identity) => object,
): void => {
  const plural = `${kind}s`;
  accountOptions(
    command.command('list', { isDefault: true }).description(`all ${plural} of the account, with their policies`),
  ).action((options: AccountOptions) =>
    act(
      options,
      async (admin) => {
        const action = kind === 'user' ? 'ListUsers' : 'ListRoles';
        const found = await admin<Record<string, readonly Identity[]>>(action, { account: options.account });
        return { [plural]: found[plural]!.map(shown) };
      },
      (answer) => listing(answer[plural]!),
    ),
  );
  accountOptions(command.command('delete <name>').description(`delete the ${kind} for good, with its keys`)).action(
    (name: string, options: AccountOptions) =>
      act(options, async (admin) => {
        await admin('DeleteIdentity', { account: options.account, [kind]: name });
        return { [kind]: name };
      }),
  );
  for (const [name, action, does] of [
    ['attach', 'AttachPolicy', 'give it a policy of the account'],
    ['detach', 'DetachPolicy', 'take it away'],
  ] as const) {
    accountOptions(command.command(`${name} <name> <policy>`).description(does)).action(
      (identity: string, policy: string, options: AccountOptions) =>
        act(options, async (admin) => {
          await admin(action, { account: options.account, [kind]: identity, policy });
          return { [kind]: identity, policy };
        }),
    );
  }
};

/** Objects with the same members as a table. */
export const listing = (items: readonly object[]): string => {
  if (items.length === 0) return 'There are none.';
  const cell = (value: unknown): string => (Array.isArray(value) ? value.join(', ') : String(value ?? ''));
  return table(
    Object.keys(items[0]!),
    items.map((item) => Object.values(item).map(cell)),
  );
};
