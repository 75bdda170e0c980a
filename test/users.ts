import type { Api } from './call.ts';
import type { Account, Server } from './lateen.ts';

/** Somebody with a key of their own, who may do what the statements say. */
export interface Somebody extends Account {
  readonly account: string;
  readonly arn: string;
  readonly name: string;
}

/** A policy of these statements, as JSON text. */
export const policyOf = (...statements: readonly object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });

export const allow = (Action: string | readonly string[], Resource: string | readonly string[] = '*', more = {}) => ({
  Effect: 'Allow',
  ...{ Action, Resource },
  ...more,
});

/** Makes a user of the account with one policy of their own, which bears their name. `controls` are those of root. */
export const newUser = async (
  server: Pick<Server, 'url'>,
  controls: Pick<Api, 'control'>,
  name: string,
  statements: readonly object[],
  account?: string,
): Promise<Somebody> => {
  const { arn } = (await controls.control('CreateUser', { account, name })) as { arn: string };
  await setRights(controls, name, statements, account);
  await controls.control('AttachPolicy', { account, user: name, policy: name });
  const key = (await controls.control('CreateKey', { account, user: name })) as Record<string, string>;
  return { url: server.url, accessKeyId: key.accessKeyId!, secret: key.secret!, account: key.account!, arn, name };
};

/** What the user of that name may do from now on. */
export const setRights = async (
  controls: Pick<Api, 'control'>,
  name: string,
  statements: readonly object[],
  account?: string,
): Promise<void> => {
  // A policy says something; this one allows what nobody can ask for.
  const said = statements.length > 0 ? statements : [allow('none:None')];
  await controls.control('PutPolicy', { account, name, document: policyOf(...said) });
};
