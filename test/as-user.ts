import type { LightsailClientConfig } from '@aws-sdk/client-lightsail';
import { type OperationName, operations } from '../src/api/generated/operations.ts';
import { shapes } from '../src/api/generated/shapes.ts';
import { targetsOf } from '../src/iam/targets.ts';
import type { Account, Server } from './lateen.ts';
import { sign } from './sign.ts';
import { allow, newUser } from './users.ts';

/**
 * With `LATEEN_AS=user` every call that a root key would sign is signed by a user of the same account, who may do this one operation
 * and nothing else. So the acceptance tests show that no operation needs a right beside its own (`npm run test:least-privilege`).
 */
const isOn = process.env.LATEEN_AS === 'user';

/**
 * The least that the model lets somebody be given for an operation: its action, on what is in the account. On everything where it is about
 * nothing in particular, or takes an ARN, which may be anybody's.
 */
export const leastRights = (operation: OperationName, account: string): object => {
  const shape = shapes[operations[operation].input];
  const isWide =
    targetsOf(operation).length === 0 || (shape.kind === 'structure' && 'targetResourceArn' in shape.members);
  return allow(`lightsail:${operation}`, isWide ? '*' : `arn:aws:lightsail:*:${account}:*`);
};

/** The root of each server that was started, by its URL: only it can make users. */
const roots = new Map<string, Account>();
const users = new Map<string, Promise<Account>>();
let made = 0;

export const rememberRoot = ({ url, accessKeyId, secret }: Pick<Server, 'url' | 'accessKeyId' | 'secret'>): void => {
  if (isOn) roots.set(url, { url, accessKeyId, secret });
};

/** Who signs a call of the operation in the place of the account. Keys of users, sessions and unknown servers sign for themselves. */
export const signerOf = async (account: Account, operation: string): Promise<Account> => {
  const root = roots.get(account.url);
  if (root === undefined || account.sessionToken !== undefined || !Object.hasOwn(operations, operation)) return account;
  const place = `${account.url} ${account.accessKeyId} ${operation}`;
  const known = users.get(place) ?? makeUser(root, account, operation as OperationName);
  users.set(place, known);
  return known;
};

/** What the SDK is told for it to have each call signed by who may do just this. Nothing where root signs. */
export const signingAsUsers = (account: Account, region: string): Pick<LightsailClientConfig, 'signer'> => {
  const signer: Extract<LightsailClientConfig['signer'], { readonly sign: unknown }> = {
    async sign(request, { signingDate } = {}) {
      const { method, headers, body } = request;
      const operation = headers['x-amz-target']?.split('.')[1] ?? '';
      const { accessKeyId, secret } = await signerOf(account, operation);
      const date = signingDate === undefined ? Date.now() : new Date(signingDate).getTime();
      const { url } = account;
      return { ...request, headers: sign({ ...{ method, headers, body, url, accessKeyId, secret, region, date } }) };
    },
  };
  return isOn && account.sessionToken === undefined ? { signer } : {};
};

const makeUser = async (root: Account, asked: Account, operation: OperationName): Promise<Account> => {
  const control = (action: string, input: object = {}) => controlOf(root, action, input);
  const { keys } = (await control('ListKeys')) as {
    keys: readonly { readonly id: string; readonly account: string; readonly arn: string }[];
  };
  const key = keys.find(({ id }) => id === asked.accessKeyId);
  if (key === undefined || !key.arn.endsWith(':root')) return asked;
  made += 1;
  const name = `${operation}-${process.pid}-${made}`;
  return newUser(root, { control }, name, [leastRights(operation, key.account)], key.account);
};

const controlOf = async ({ url, accessKeyId, secret }: Account, action: string, input: object) => {
  const body = JSON.stringify(input);
  const headers = sign({
    ...{ url, body, accessKeyId, secret, service: 'lateen' },
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `Lateen.${action}` },
  });
  const answer = await fetch(url, { method: 'POST', headers, body });
  if (!answer.ok) throw new Error(`${action}: ${await answer.text()}`);
  return (await answer.json()) as Record<string, unknown>;
};
