import {
  CreateKeyPairCommand,
  DeleteInstanceCommand,
  DeleteKeyPairCommand,
  GetInstanceCommand,
  GetOperationCommand,
  GetOperationsCommand,
  GetOperationsForResourceCommand,
  ImportKeyPairCommand,
  type Lightsail,
  type Operation,
  OperationType,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-lightsail';
import { beforeAll, describe, expect, test } from 'vitest';
import { newRsaKeyPair } from '../../src/ssh/rsa.ts';
import { call, uuidPattern } from '../call.ts';
import { create, createInput, finished, launch, newAccount, refusal } from '../instances.ts';
import { client, type Server, startServer } from '../lateen.ts';

let server: Server;
let here: Lightsail;
let publicKeyBase64: string;
beforeAll(async () => {
  server = await startServer();
  here = client(server);
  publicKeyBase64 = (await newRsaKeyPair()).publicKey;
});

const addKeyPair = async (keyPairName: string, to = here): Promise<Operation> =>
  (await to.send(new ImportKeyPairCommand({ keyPairName, publicKeyBase64 }))).operation ?? {};

const about = (resourceType: string, resourceName: string, availabilityZone: string) => ({
  resourceName,
  resourceType,
  location: { availabilityZone, regionName: 'us-east-1' },
});
const instanceName = 'web-1';
const keyPairName = 'key-1';
const instance = about('Instance', instanceName, 'us-east-1a');
const keyPair = about('KeyPair', keyPairName, 'all');
const portInfo = { protocol: 'tcp', fromPort: 8080, toPort: 8080 };
const done = { status: 'Succeeded', isTerminal: true, operationDetails: '' };
const started = { status: 'Started', isTerminal: false };

/** What calls answer with at first, in an order in which each can be sent. */
const answers: [operation: string, input: object, subject: typeof keyPair, first: object, type?: string][] = [
  ['CreateKeyPair', { keyPairName }, keyPair, done],
  ['TagResource', { resourceName: keyPairName, tags: [{ key: 'a' }] }, keyPair, done],
  ['UntagResource', { resourceName: keyPairName, tagKeys: ['a'] }, keyPair, done],
  ['DeleteKeyPair', { keyPairName }, keyPair, done],
  ['CreateInstances', createInput([instanceName]), instance, started, 'CreateInstance'],
  ['TagResource', { resourceName: instanceName, tags: [{ key: 'a' }] }, instance, done],
  ['OpenInstancePublicPorts', { instanceName, portInfo }, instance, done],
  ['CloseInstancePublicPorts', { instanceName, portInfo }, instance, done],
  ['PutInstancePublicPorts', { instanceName, portInfos: [portInfo] }, instance, done],
  ['DeleteKnownHostKeys', { instanceName }, instance, done],
  ['UpdateInstanceMetadataOptions', { instanceName, httpTokens: 'required' }, instance, started],
  ['RebootInstance', { instanceName }, instance, done],
  ['StopInstance', { instanceName }, instance, started],
  ['StartInstance', { instanceName }, instance, started],
  ['DeleteInstance', { instanceName }, instance, done],
];

test.each(answers)(
  'F56 F57 F61 F68 the operation of %s',
  async (operation, input, subject, first, type = operation) => {
    const { body } = await call(server, operation, input);
    const operations = body.operations ?? [body.operation];
    expect(operations).toHaveLength(1);
    expect(operations[0]).toMatchObject({ ...subject, ...first, operationType: type });
    const [last] = await finished(here, operations);
    expect(last).toMatchObject({ ...subject, operationType: type, status: 'Succeeded', isTerminal: true });
  },
);

describe('an operation', () => {
  test('F58 is created and changed at the same time while it is fresh, and changed later when it ends', async () => {
    const slow = await startServer({ args: ['--pace', 'real'] });
    const there = client(slow);
    const ordered = await create(there, ['slow']);
    const [first] = ordered;
    expect(first?.createdAt).toBeInstanceOf(Date);
    expect(first?.statusChangedAt).toEqual(first?.createdAt);
    const read = await there.send(new GetOperationCommand({ operationId: first?.id }));
    expect(read.operation).toEqual(first);
    expect((await slow.cli('clock', 'advance', '2m')).code).toBe(0);
    const [last] = await finished(there, ordered);
    expect(last).toMatchObject({ status: 'Succeeded', createdAt: first?.createdAt });
    expect(Number(last?.statusChangedAt) - Number(last?.createdAt)).toBeGreaterThanOrEqual(1_000);
    expect(Number(last?.statusChangedAt) - Number(last?.createdAt)).toBeLessThanOrEqual(180_000);
  });

  test('F59 has empty details when it is done at once, and none while it goes on', async () => {
    expect((await addKeyPair('detailed')).operationDetails).toBe('');
    const { body } = await call(server, 'CreateInstances', createInput(['detailed-1']));
    expect(Object.keys(body.operations[0])).not.toContain('operationDetails');
    await finished(here, body.operations);
  });

  test('F60 has an error code and details when it failed, and neither when it did not', async () => {
    await server.cli('faults', 'order', '--step', 'CreateInstance/boot', '--permanent', '--message', 'no power');
    const [failed] = await finished(here, await create(here, ['failing']));
    expect(failed).toMatchObject({ status: 'Failed', isTerminal: true, resourceName: 'failing' });
    expect(failed?.errorCode).toBe('OperationFailure');
    expect(failed?.errorDetails).toContain('no power');
    await expect(here.send(new GetInstanceCommand({ instanceName: 'failing' }))).rejects.toMatchObject(
      refusal('NotFoundException'),
    );
    await launch(here, 'healthy');
    const { text, body } = await call(server, 'GetOperationsForResource', { resourceName: 'healthy' });
    expect(body.operations[0].status).toBe('Succeeded');
    expect(text).not.toContain('error');
  });

  test('F63 F64 F542 has a type outside of the enum where the enum has none, and clients read it', async () => {
    const known: readonly string[] = Object.values(OperationType);
    const types = [
      (await here.send(new CreateKeyPairCommand({ keyPairName: 'open' }))).operation,
      await addKeyPair('open-2'),
      (await here.send(new TagResourceCommand({ resourceName: 'open', tags: [{ key: 'a' }] }))).operations?.[0],
      (await here.send(new UntagResourceCommand({ resourceName: 'open', tagKeys: ['a'] }))).operations?.[0],
      (await here.send(new DeleteKeyPairCommand({ keyPairName: 'open' }))).operation,
    ].map((operation) => operation?.operationType ?? '');
    expect(types).toEqual(['CreateKeyPair', 'ImportKeyPair', 'TagResource', 'UntagResource', 'DeleteKeyPair']);
    for (const type of types) expect(known).not.toContain(type);
  });

  test('F62 F64 CreateInstances has the type CreateInstance', async () => {
    const [operation] = await create(here, ['singular']);
    expect(operation?.operationType).toBe('CreateInstance');
  });

  test('F66 is found by its id, which is a GUID', async () => {
    const operation = await addKeyPair('found');
    expect(operation.id).toMatch(uuidPattern);
    const { body } = await call(server, 'GetOperation', { operationId: operation.id });
    expect(Object.keys(body)).toEqual(['operation']);
    const read = await here.send(new GetOperationCommand({ operationId: operation.id }));
    expect(read.operation).toEqual(operation);
  });

  test('F66 is not found under another id, nor by another account or in another Region', async () => {
    const { id } = await addKeyPair('hidden');
    const missing = refusal('NotFoundException', 'The Operation does not exist');
    const stranger = client(await newAccount(server, 'stranger'));
    for (const [from, operationId] of [
      [here, '11111111-2222-3333-4444-555555555555'],
      [here, 'no-guid'],
      [stranger, id],
      [client(server, 'us-east-2'), id],
    ] as const) {
      await expect(from.send(new GetOperationCommand({ operationId }))).rejects.toMatchObject(missing);
    }
  });

  test('F67 is found by the name of its resource, of any kind and after it is gone', async () => {
    const there = client(server, 'us-west-2');
    await addKeyPair('both', there);
    await there.send(new DeleteKeyPairCommand({ keyPairName: 'both' }));
    for (const name of ['both', 'other']) await launch(there, name);
    await there.send(new DeleteInstanceCommand({ instanceName: 'both' }));
    const { operations = [] } = await there.send(new GetOperationsForResourceCommand({ resourceName: 'both' }));
    expect(operations.map(({ operationType, resourceType }) => [operationType, resourceType])).toEqual([
      ['ImportKeyPair', 'KeyPair'],
      ['DeleteKeyPair', 'KeyPair'],
      ['CreateInstance', 'Instance'],
      ['DeleteInstance', 'Instance'],
    ]);
    const { body } = await call(server, 'GetOperationsForResource', {});
    expect(body.__type).toBe('ValidationException');
  });

  test('F69 F82 is one of an array, and there is one per created instance', async () => {
    const names = ['one-1', 'one-2', 'one-3'];
    const operations = await create(here, names);
    expect(operations.map(({ resourceName }) => resourceName)).toEqual(names);
    expect(new Set(operations.map(({ id }) => id)).size).toBe(3);
    const { operations: deleted } = await here.send(new DeleteInstanceCommand({ instanceName: 'one-1' }));
    expect(deleted).toHaveLength(1);
  });

  test('F70 F72 is one object where the type says so, though the text speaks of an array', async () => {
    await launch(here, 'ports');
    for (const [operation, input] of [
      ['OpenInstancePublicPorts', { instanceName: 'ports', portInfo }],
      ['PutInstancePublicPorts', { instanceName: 'ports', portInfos: [portInfo] }],
      ['CloseInstancePublicPorts', { instanceName: 'ports', portInfo }],
    ] as const) {
      const { body } = await call(server, operation, input);
      expect(Object.keys(body)).toEqual(['operation']);
      expect(body.operation).toMatchObject({ operationType: operation, resourceName: 'ports' });
    }
  });

  test('F50 is listed after those before it, by the account and in the Region where it ran alone', async () => {
    const there = client(server, 'eu-west-1');
    const expected = [];
    for (const name of ['first', 'second', 'third']) expected.push((await addKeyPair(name, there)).id);
    const { operations = [] } = await there.send(new GetOperationsCommand({}));
    expect(operations.map(({ id }) => id)).toEqual(expected);
    const times = operations.map(({ statusChangedAt }) => Number(statusChangedAt));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });
});
