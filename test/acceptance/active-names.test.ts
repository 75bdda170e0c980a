import {
  CreateKeyPairCommand,
  DeleteInstanceCommand,
  DeleteKeyPairCommand,
  DownloadDefaultKeyPairCommand,
  GetActiveNamesCommand,
  GetInstanceCommand,
  GetOperationsForResourceCommand,
  ImportKeyPairCommand,
  type Lightsail,
  TagResourceCommand,
} from '@aws-sdk/client-lightsail';
import { beforeAll, expect, test } from 'vitest';
import { newRsaKeyPair } from '../../src/ssh/rsa.ts';
import { call } from '../call.ts';
import { create, createInput, launch, newAccount, refusal } from '../instances.ts';
import { client, type Server, startServer } from '../lateen.ts';

let server: Server;
let publicKeyBase64: string;
beforeAll(async () => {
  server = await startServer();
  publicKeyBase64 = (await newRsaKeyPair()).publicKey;
});

const inRegion = (region: string): Lightsail => client(server, region);

const namesOf = async (here: Lightsail): Promise<string[]> =>
  (await here.send(new GetActiveNamesCommand({}))).activeNames ?? [];

const addKeyPair = (here: Lightsail, keyPairName: string) =>
  here.send(new ImportKeyPairCommand({ keyPairName, publicKeyBase64 }));

test('F41 active names of all kinds are one list, and what is deleted is not on it', async () => {
  const here = inRegion('us-east-1');
  expect(await namesOf(here)).toEqual([]);
  await addKeyPair(here, 'my-key');
  for (const name of ['web-1', 'web-2']) await launch(here, name, { keyPairName: 'my-key' });
  await here.send(new DownloadDefaultKeyPairCommand({}));
  expect((await namesOf(here)).sort()).toEqual(['LightsailDefaultKeyPair', 'my-key', 'web-1', 'web-2']);
  await here.send(new DeleteInstanceCommand({ instanceName: 'web-1' }));
  await here.send(new DeleteKeyPairCommand({ keyPairName: 'my-key' }));
  expect((await namesOf(here)).sort()).toEqual(['LightsailDefaultKeyPair', 'web-2']);
});

test('F41 a name is for one resource of whatever kind', async () => {
  const here = inRegion('us-east-2');
  const inUse = (...names: string[]) =>
    refusal('InvalidInputException', `Some names are already in use: ${names.join(', ')}`);
  await addKeyPair(here, 'taken');
  await expect(create(here, ['free', 'taken'])).rejects.toMatchObject(inUse('taken'));
  await launch(here, 'machine');
  await expect(addKeyPair(here, 'machine')).rejects.toMatchObject(inUse('machine'));
  await expect(here.send(new CreateKeyPairCommand({ keyPairName: 'taken' }))).rejects.toMatchObject(inUse('taken'));
  await expect(create(here, ['twin', 'twin'])).rejects.toMatchObject(inUse('twin'));
  await here.send(new DeleteInstanceCommand({ instanceName: 'machine' }));
  await addKeyPair(here, 'machine');
  expect((await namesOf(here)).sort()).toEqual(['LightsailDefaultKeyPair', 'machine', 'taken']);
});

test('F41 of many who want a name at once, one gets it', async () => {
  const here = inRegion('us-west-2');
  const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => addKeyPair(here, 'wanted')));
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(refusal('InvalidInputException', /in use/));
  }
  expect(await namesOf(here)).toEqual(['wanted']);
});

test('the same name may be used in another Region, and in another account', async () => {
  const root = inRegion('eu-west-1');
  const other = client(await newAccount(server, 'other'), 'eu-west-1');
  for (const here of [root, inRegion('eu-west-2'), other]) await addKeyPair(here, 'same');
  await addKeyPair(other, 'theirs');
  expect(await namesOf(root)).toEqual(['same']);
  expect(await namesOf(other)).toEqual(['same', 'theirs']);
});

test('F40 names are two characters or more, and begin and end with a word character', async () => {
  const here = inRegion('ca-central-1');
  const good = ['ab', '0-1', 'under_score', '_a', 'x'.repeat(255), 'a-b.c'];
  for (const name of good) await addKeyPair(here, name);
  expect(await namesOf(here)).toEqual(good);
  for (const name of ['a', '-ab', 'ab-', 'ab.', '.ab', 'a b', 'grün', 'a/b', 'x'.repeat(256), 'ab\n', '']) {
    const { status, body } = await call(
      server,
      'ImportKeyPair',
      { keyPairName: name, publicKeyBase64 },
      'ca-central-1',
    );
    expect(status, name).toBe(400);
    expect(body, name).toMatchObject({
      __type: 'InvalidInputException',
      message: expect.stringContaining(
        'is not a valid resource name. Resource names must be at least 2 characters long',
      ),
    });
  }
  expect(await namesOf(here)).toEqual(good);
});

test('F40 a list of names is checked like one', async () => {
  const { body } = await call(server, 'CreateInstances', createInput(['fine', 'not fine']));
  expect(body).toMatchObject({
    __type: 'InvalidInputException',
    message:
      'not fine is not a valid resource name. Resource names must be at least 2 characters long and contain only alphanumerics, -, _, and .',
  });
});

test('F546 names with dots, as domains have them, can be tagged and asked about', async () => {
  const here = inRegion('eu-west-3');
  await addKeyPair(here, 'www.example.com');
  await here.send(new TagResourceCommand({ resourceName: 'www.example.com', tags: [{ key: 'a' }] }));
  const { operations } = await here.send(new GetOperationsForResourceCommand({ resourceName: 'www.example.com' }));
  expect(operations?.map(({ operationType }) => operationType)).toEqual(['ImportKeyPair', 'TagResource']);
  const elsewhere = await here.send(new GetOperationsForResourceCommand({ resourceName: 'sub.example.com' }));
  expect(elsewhere.operations).toEqual([]);
});

test('an instance that was not made leaves its name free', async () => {
  const here = inRegion('ap-south-1');
  await addKeyPair(here, 'blocker');
  await expect(create(here, ['first', 'blocker'])).rejects.toMatchObject(refusal('InvalidInputException'));
  await expect(here.send(new GetInstanceCommand({ instanceName: 'first' }))).rejects.toMatchObject(
    refusal('NotFoundException'),
  );
  await addKeyPair(here, 'first');
  expect(await namesOf(here)).toEqual(['blocker', 'first']);
});
