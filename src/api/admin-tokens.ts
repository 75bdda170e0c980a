import type { Holder, Tokens } from '../iam/tokens.ts';
import { type AdminInput, optionalText, text, whole } from './admin-input.ts';

interface House {
  readonly rootAccount: string;
  readonly tokens: Tokens;
}

type Action = (house: House, input: AdminInput) => Promise<object>;

const holderIn = ({ rootAccount }: House, input: AdminInput): Holder => ({
  account: optionalText(input, 'account') ?? rootAccount,
  user: optionalText(input, 'user'),
});

/** The controls of what lets callers of ByCloud in. */
export const tokenActions: Readonly<Record<string, Action>> = {
  CreateToken: (house, input) => house.tokens.issue(holderIn(house, input), whole(input, 'minutes', 60) * 60_000),
  RevokeTokens: async ({ tokens }) => {
    await tokens.revokeAll();
    return {};
  },
  ListApiKeys: async ({ tokens }) => ({ keys: await tokens.keys() }),
  CreateApiKey: (house, input) => house.tokens.createKey(holderIn(house, input)),
  DeleteApiKey: async ({ tokens }, input) => {
    await tokens.deleteKey(text(input, 'id'));
    return {};
  },
};
