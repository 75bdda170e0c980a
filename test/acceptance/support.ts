import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateInstancesCommand,
  type CreateInstancesCommandInput,
  GetOperationCommand,
  type LightsailClient,
  type Operation,
} from '@aws-sdk/client-lightsail';
import { expect } from 'vitest';
import type { Server } from '../lateen.ts';
import { signedFetch } from '../sign.ts';

/** Who signs: the server's root account, unless another key is given. */
export type Account = Pick<Server, 'url' | 'accessKeyId' | 'secret'>;

/** An answer as it came over the wire. `body` is the parsed `text`. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
}

/** Signs a call and sends it as it is, past all that an SDK checks. */
export const call = async (
  { url, accessKeyId, secret }: Account,
  operation: string,
  input: unknown = {},
  region = 'us-east-1',
): Promise<Answer> => {
  const response = await signedFetch(operation, input, { url, accessKeyId, secret, region });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: text === '' ? undefined : JSON.parse(text) };
};

/** Adds an account to the server, and gives a key of it. */
export const newAccount = async (server: Server, id: string): Promise<Account> => {
  const { code, stdout } = await server.cli('keys', 'create', '--account', id, '--new-account', `a${id}`, '--json');
  expect(code).toBe(0);
  const key = JSON.parse(stdout) as { accessKeyId: string; secretAccessKey: string };
  return { url: server.url, accessKeyId: key.accessKeyId, secret: key.secretAccessKey };
};

export const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The cheapest Linux instance; `more` says what is special about it. */
export const linux = (
  instanceNames: string[],
  more: Partial<CreateInstancesCommandInput> = {},
): CreateInstancesCommandInput => ({
  instanceNames,
  availabilityZone: 'us-east-1a',
  blueprintId: 'ubuntu_24_04',
  bundleId: 'nano_3_0',
  ...more,
});

/** Waits until an operation has come to its end, well or not. */
export const ended = async (client: LightsailClient, operation: Operation | undefined): Promise<Operation> => {
  for (;;) {
    const answer = await client.send(new GetOperationCommand({ operationId: operation?.id }));
    if (answer.operation?.isTerminal) return answer.operation;
    await sleep(20);
  }
};

/** Launches instances and waits until they run. */
export const launch = async (client: LightsailClient, input: CreateInstancesCommandInput): Promise<void> => {
  const { operations = [] } = await client.send(new CreateInstancesCommand(input));
  for (const operation of operations) expect((await ended(client, operation)).status).toBe('Succeeded');
};

/** What the SDK rejects with for a refused call. */
export const refusal = (name: string, message?: string | RegExp) => ({
  name,
  $metadata: expect.objectContaining({ httpStatusCode: 400 }),
  ...(message === undefined ? {} : { message: typeof message === 'string' ? message : expect.stringMatching(message) }),
});
