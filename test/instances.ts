import { setTimeout as sleep } from 'node:timers/promises';
import type {
  CreateInstancesCommandInput,
  GetInstanceCommandInput,
  Instance,
  Lightsail,
  Operation,
} from '@aws-sdk/client-lightsail';
import { expect } from 'vitest';
import type { Account, Server } from './lateen.ts';

export { type Account, client as lightsail } from './lateen.ts';

/** Adds an account of that name to the server, and gives its id and a key of it. */
export const newAccount = async (server: Server, name: string): Promise<Account & { readonly account: string }> => {
  const { stdout } = await server.cli('keys', 'create', '--new-account', name, '--json');
  const { account, accessKeyId, secretAccessKey } = JSON.parse(stdout) as Record<string, string>;
  return { url: server.url, account: account!, accessKeyId: accessKeyId!, secret: secretAccessKey! };
};

/** The input for instances of the smallest Debian in the first zone of us-east-1, unless the settings say otherwise. */
export const createInput = (
  instanceNames: string[],
  settings: Partial<CreateInstancesCommandInput> = {},
): CreateInstancesCommandInput => ({
  instanceNames,
  availabilityZone: 'us-east-1a',
  blueprintId: 'debian_12',
  bundleId: 'nano_3_0',
  ...settings,
});

/** Asks for instances of the smallest Debian in the first zone of the Region, unless the settings say otherwise. */
export const create = async (
  api: Lightsail,
  instanceNames: string[],
  settings: Partial<CreateInstancesCommandInput> = {},
): Promise<Operation[]> => {
  const availabilityZone = `${await api.config.region()}a`;
  const { operations = [] } = await api.createInstances(createInput(instanceNames, { availabilityZone, ...settings }));
  return operations;
};

/** The operations as they are once they are over, well or not. */
export const finished = (api: Lightsail, operations: readonly Operation[] = []): Promise<Operation[]> =>
  Promise.all(
    operations.map(async ({ id }) => {
      for (const began = performance.now(); ; await sleep(10)) {
        const { operation } = await api.getOperation({ operationId: id });
        if (operation?.isTerminal) return operation;
        if (performance.now() - began > 20_000) throw new Error(`still not over: ${JSON.stringify(operation)}`);
      }
    }),
  );

export const getInstance = async (
  api: Lightsail,
  instanceName: string,
  more: Partial<GetInstanceCommandInput> = {},
): Promise<Instance> => {
  const { instance } = await api.getInstance({ instanceName, ...more });
  return instance!;
};

/** One instance, with its creation over. */
export const launch = async (
  api: Lightsail,
  name: string,
  settings?: Partial<CreateInstancesCommandInput>,
): Promise<Instance> => {
  await finished(api, await create(api, [name], settings));
  return getInstance(api, name);
};

/** What the SDK rejects with for a refused call. `message` is the whole text, or a pattern for a part of it. */
export const refusal = (name: string, message?: string | RegExp) => ({
  name,
  $metadata: expect.objectContaining({ httpStatusCode: 400 }),
  ...(message === undefined ? {} : { message: typeof message === 'string' ? message : expect.stringMatching(message) }),
});
