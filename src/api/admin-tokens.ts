import type { Holder, Tokens } from '../iam/tokens.ts';
import { type AdminInput, optionalText, text, whole } from './admin-input.ts';

interface House {
  readonly rootAccount: string;
  /** Loads them. */
  readonly tokens: () => Promise<Tokens>;
}

type Action = (house: House, input: AdminInput) => Promise<object>;

const holderIn = ({ rootAccount }: House, input: AdminInput): Holder => ({
  account: optionalText(input, 'account') ?? rootAccount,
  user: optionalText(input, 'user'),
});

/** The controls of what lets callers of ByCloud in. */
export const tokenActions: Readonly<Record<string, Action>> = {
  CreateToken: async (house, input) =>
    (await house.tokens()).issue(holderIn(house, input), whole(input, 'minutes', 60) * 60_000),
  RevokeTokens: async ({ tokens }) => {
    await (await tokens()).revokeAll();
    return {};
  },
  ListApiKeys: async ({ tokens }) => ({ keys: await (await tokens()).keys() }),
  CreateApiKey: async (house, input) => (await house.tokens()).createKey(holderIn(house, input)),
  DeleteApiKey: async ({ tokens }, input) => {
    await (await tokens()).deleteKey(text(input, 'id'));
    return {};
  },
};
