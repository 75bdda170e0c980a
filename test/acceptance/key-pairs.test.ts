import { createPrivateKey } from 'node:crypto';
import {
  CreateKeyPairCommand,
  DeleteKeyPairCommand,
  DownloadDefaultKeyPairCommand,
  GetActiveNamesCommand,
  GetInstanceCommand,
  GetKeyPairCommand,
  GetKeyPairsCommand,
  ImportKeyPairCommand,
  type Lightsail,
  TagResourceCommand,
} from '@aws-sdk/client-lightsail';
import { beforeAll, expect, test } from 'vitest';
import { publicKeyLine } from '../../src/ssh/public-key.ts';
import { newRsaKeyPair } from '../../src/ssh/rsa.ts';
import { call, uuidPattern } from '../call.ts';
import { create, launch, refusal } from '../instances.ts';
import { client, type Server, startServer } from '../lateen.ts';
import { folderWith, run, tool } from '../ssh.ts';

let server: Server;
beforeAll(async () => {
  server = await startServer();
});

const defaultName = 'LightsailDefaultKeyPair';

/** Every test has a Region of its own, and so its own names and default key pair. */
const inRegion = (region: string): Lightsail => client(server, region);

const namesIn = async (here: Lightsail, includeDefaultKeyPair?: boolean): Promise<(string | undefined)[]> =>
  ((await here.send(new GetKeyPairsCommand({ includeDefaultKeyPair }))).keyPairs ?? []).map(({ name }) => name);

const fingerprintOf = async (here: Lightsail, keyPairName: string): Promise<string | undefined> =>
  (await here.send(new GetKeyPairCommand({ keyPairName }))).keyPair?.fingerprint;

test('F79 CreateKeyPair gives the key pair, both keys and one operation', async () => {
  const answer = await inRegion('us-east-1').send(new CreateKeyPairCommand({ keyPairName: 'first' }));
  expect(Object.keys(answer).sort()).toEqual([
    '$metadata',
    'keyPair',
    'operation',
    'privateKeyBase64',
    'publicKeyBase64',
  ]);
  expect(answer.keyPair).toMatchObject({ name: 'first', resourceType: 'KeyPair', tags: [] });
  expect(answer.operation).toMatchObject({ operationType: 'CreateKeyPair', resourceName: 'first' });
});

test('F259 the keys of a created pair belong together, and the private one is shown once', async () => {
  const here = inRegion('us-east-1');
  const made = await here.send(new CreateKeyPairCommand({ keyPairName: 'once' }));
  expect(made.privateKeyBase64).toMatch(/^-----BEGIN RSA PRIVATE KEY-----\n/);
  expect(made.publicKeyBase64).toMatch(/^ssh-rsa AAAA/);
  expect(publicKeyLine(createPrivateKey(made.privateKeyBase64 ?? ''))).toBe(made.publicKeyBase64);
  for (const [operation, input] of [
    ['GetKeyPair', { keyPairName: 'once' }],
    ['GetKeyPairs', {}],
  ] as const) {
    const { text } = await call(server, operation, input);
    expect(text).toContain('"name":"once"');
    expect(text).not.toMatch(/PRIVATE|Base64|ssh-rsa/);
  }
});

test('F259 two pairs are not the same', async () => {
  const here = inRegion('us-east-1');
  const [one, two] = await Promise.all(
    ['pair-1', 'pair-2'].map((keyPairName) => here.send(new CreateKeyPairCommand({ keyPairName }))),
  );
  expect(one?.publicKeyBase64).not.toBe(two?.publicKeyBase64);
  expect(one?.keyPair?.fingerprint).not.toBe(two?.keyPair?.fingerprint);
});

test('F260 the default key pair is not for CreateKeyPair and ImportKeyPair to make', async () => {
  const here = inRegion('us-west-2');
  const { publicKey } = await newRsaKeyPair();
  const refused = refusal('InvalidInputException', /LightsailDefaultKeyPair is the name of the default key pair/);
  await expect(here.send(new CreateKeyPairCommand({ keyPairName: defaultName }))).rejects.toMatchObject(refused);
  await expect(
    here.send(new ImportKeyPairCommand({ keyPairName: defaultName, publicKeyBase64: publicKey })),
  ).rejects.toMatchObject(refused);
  expect(await namesIn(here, true)).toEqual([]);
});

test('F261 ImportKeyPair takes a public key in any of its forms and returns only the operation', async () => {
  const here = inRegion('us-east-2');
  const { publicKey } = await newRsaKeyPair();
  const forms = { line: `${publicKey} me@home`, twice: Buffer.from(publicKey).toString('base64') };
  for (const [keyPairName, publicKeyBase64] of Object.entries(forms)) {
    const { status, body } = await call(server, 'ImportKeyPair', { keyPairName, publicKeyBase64 }, 'us-east-2');
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(['operation']);
    expect(body.operation).toMatchObject({ operationType: 'ImportKeyPair', resourceName: keyPairName });
  }
  expect(await fingerprintOf(here, 'line')).toBe(await fingerprintOf(here, 'twice'));
});

test('F261 what is no public key is refused, and leaves nothing', async () => {
  const here = inRegion('us-east-2');
  const { privateKeyPem } = await newRsaKeyPair();
  for (const publicKeyBase64 of ['ssh-rsa', 'no key', privateKeyPem, 'ssh-dss AAAAB3NzaC1kc3M=']) {
    await expect(
      here.send(new ImportKeyPairCommand({ keyPairName: 'bad', publicKeyBase64 })),
      publicKeyBase64,
    ).rejects.toMatchObject(refusal('InvalidInputException', /^publicKeyBase64 is not a valid public key: /));
  }
  await expect(
    here.send(new ImportKeyPairCommand({ keyPairName: 'bad', publicKeyBase64: undefined })),
  ).rejects.toMatchObject(refusal('ValidationException'));
  expect(await namesIn(here)).not.toContain('bad');
});

test('F81 F262 DownloadDefaultKeyPair makes the pair of the Region once, and returns keys and no operation', async () => {
  const here = inRegion('eu-west-1');
  const { body } = await call(server, 'DownloadDefaultKeyPair', {}, 'eu-west-1');
  expect(Object.keys(body).sort()).toEqual(['createdAt', 'privateKeyBase64', 'publicKeyBase64']);
  expect(publicKeyLine(createPrivateKey(body.privateKeyBase64))).toBe(body.publicKeyBase64);
  const again = await here.send(new DownloadDefaultKeyPairCommand({}));
  expect(again).toMatchObject({ privateKeyBase64: body.privateKeyBase64, publicKeyBase64: body.publicKeyBase64 });
  expect(again.createdAt?.getTime()).toBe(Math.round(body.createdAt * 1000));
  const elsewhere = await inRegion('eu-west-2').send(new DownloadDefaultKeyPairCommand({}));
  expect(elsewhere.publicKeyBase64).not.toBe(body.publicKeyBase64);
});

test('F262 calls at the same time get the same default key pair', async () => {
  const here = inRegion('eu-west-3');
  const answers = await Promise.all(Array.from({ length: 4 }, () => here.send(new DownloadDefaultKeyPairCommand({}))));
  expect(new Set(answers.map(({ privateKeyBase64 }) => privateKeyBase64)).size).toBe(1);
});

test('F263 created, imported and default key pairs can be deleted', async () => {
  const here = inRegion('ca-central-1');
  const { publicKey } = await newRsaKeyPair();
  await here.send(new CreateKeyPairCommand({ keyPairName: 'created' }));
  await here.send(new ImportKeyPairCommand({ keyPairName: 'imported', publicKeyBase64: publicKey }));
  await here.send(new DownloadDefaultKeyPairCommand({}));
  for (const keyPairName of ['created', 'imported', defaultName]) {
    const expectedFingerprint = await fingerprintOf(here, keyPairName);
    const { operation } = await here.send(new DeleteKeyPairCommand({ keyPairName, expectedFingerprint }));
    expect(operation).toMatchObject({ operationType: 'DeleteKeyPair', status: 'Succeeded', resourceName: keyPairName });
    await expect(here.send(new GetKeyPairCommand({ keyPairName }))).rejects.toMatchObject(
      refusal('NotFoundException', 'The KeyPair does not exist'),
    );
  }
  expect(await namesIn(here, true)).toEqual([]);
  await expect(here.send(new DeleteKeyPairCommand({ keyPairName: 'created' }))).rejects.toMatchObject(
    refusal('NotFoundException'),
  );
});

test('F264 expectedFingerprint is needed for the default key pair alone, and must be right for any', async () => {
  const here = inRegion('eu-north-1');
  await here.send(new DownloadDefaultKeyPairCommand({}));
  await here.send(new CreateKeyPairCommand({ keyPairName: 'custom' }));
  const remove = (keyPairName: string, expectedFingerprint?: string) =>
    here.send(new DeleteKeyPairCommand({ keyPairName, expectedFingerprint }));
  await expect(remove(defaultName)).rejects.toMatchObject(refusal('InvalidInputException', /^expectedFingerprint is/));
  const wrong = refusal('InvalidInputException', /is not the expected 00:00/);
  await expect(remove(defaultName, '00:00')).rejects.toMatchObject(wrong);
  await expect(remove('custom', '00:00')).rejects.toMatchObject(wrong);
  expect(await namesIn(here, true)).toEqual([defaultName, 'custom']);
  await remove('custom');
  await remove(defaultName, await fingerprintOf(here, defaultName));
  expect(await namesIn(here, true)).toEqual([]);
});

test('F265 a deleted default key pair comes back, with other keys, only when it is asked for or needed', async () => {
  const region = 'us-east-1';
  const here = inRegion(region);
  const before = await here.send(new DownloadDefaultKeyPairCommand({}));
  const remove = async () =>
    here.send(
      new DeleteKeyPairCommand({
        keyPairName: defaultName,
        expectedFingerprint: await fingerprintOf(here, defaultName),
      }),
    );
  const exists = async (): Promise<boolean> => (await namesIn(here, true)).includes(defaultName);

  await remove();
  await here.send(new CreateKeyPairCommand({ keyPairName: 'own' }));
  await launch(here, 'with-own', { keyPairName: 'own' });
  expect(await exists()).toBe(false);

  await launch(here, 'with-default');
  expect(await exists()).toBe(true);
  const launched = await here.send(new DownloadDefaultKeyPairCommand({}));
  expect(launched.publicKeyBase64).not.toBe(before.publicKeyBase64);

  await remove();
  const downloaded = await here.send(new DownloadDefaultKeyPairCommand({}));
  expect(await exists()).toBe(true);
  expect(downloaded.publicKeyBase64).not.toBe(launched.publicKeyBase64);
  const { instance } = await here.send(new GetInstanceCommand({ instanceName: 'with-default' }));
  expect(instance?.sshKeyName).toBe(defaultName);
});

test('F266 the default key pair is listed only when it is asked for', async () => {
  const here = inRegion('ap-south-1');
  await here.send(new DownloadDefaultKeyPairCommand({}));
  await here.send(new CreateKeyPairCommand({ keyPairName: 'custom' }));
  expect(await namesIn(here)).toEqual(['custom']);
  expect(await namesIn(here, false)).toEqual(['custom']);
  expect(await namesIn(here, true)).toEqual([defaultName, 'custom']);
  expect((await here.send(new GetActiveNamesCommand({}))).activeNames).toContain(defaultName);
});

test('F267 the fingerprint is the MD5 one that ssh-keygen prints', async (context) => {
  const keygen = tool(context, 'ssh-keygen');
  const here = inRegion('ap-southeast-1');
  const { keyPair, publicKeyBase64 } = await here.send(new CreateKeyPairCommand({ keyPairName: 'printed' }));
  expect(keyPair?.fingerprint).toMatch(/^([0-9a-f]{2}:){15}[0-9a-f]{2}$/);
  const folder = folderWith(context, { 'key.pub': `${publicKeyBase64}\n` });
  expect(run(keygen, ['-l', '-E', 'md5', '-f', `${folder}/key.pub`])).toContain(` MD5:${keyPair?.fingerprint} `);
});

test('F267 every way to a key pair shows the same fingerprint', async () => {
  const here = inRegion('ap-southeast-2');
  const made = await here.send(new CreateKeyPairCommand({ keyPairName: 'made' }));
  const { publicKeyBase64 = '' } = made;
  await here.send(new ImportKeyPairCommand({ keyPairName: 'same-key', publicKeyBase64 }));
  const fingerprint = made.keyPair?.fingerprint;
  expect(fingerprint).toMatch(/^([0-9a-f]{2}:){15}[0-9a-f]{2}$/);
  expect(await fingerprintOf(here, 'made')).toBe(fingerprint);
  expect(await fingerprintOf(here, 'same-key')).toBe(fingerprint);
});

test('F268 key pairs bear tags, from the start or later', async () => {
  const here = inRegion('ap-northeast-1');
  const tags = [{ key: 'team', value: 'web' }];
  const { keyPair } = await here.send(new CreateKeyPairCommand({ keyPairName: 'tagged', tags }));
  expect(keyPair?.tags).toEqual(tags);
  await here.send(new TagResourceCommand({ resourceName: 'tagged', tags: [{ key: 'stage' }] }));
  const read = await here.send(new GetKeyPairCommand({ keyPairName: 'tagged' }));
  expect(read.keyPair?.tags).toEqual([...tags, { key: 'stage' }]);
});

test('a key pair shows all of its members', async () => {
  const here = inRegion('ap-northeast-2');
  const before = Date.now();
  await here.send(new CreateKeyPairCommand({ keyPairName: 'whole' }));
  const { keyPair } = await here.send(new GetKeyPairCommand({ keyPairName: 'whole' }));
  expect(keyPair).toEqual({
    arn: expect.stringMatching(/^arn:aws:lightsail:ap-northeast-2:\d{12}:KeyPair\//),
    createdAt: expect.any(Date),
    fingerprint: expect.any(String),
    location: { availabilityZone: 'all', regionName: 'ap-northeast-2' },
    name: 'whole',
    resourceType: 'KeyPair',
    supportCode: expect.stringMatching(/^\d{12}\/key-/),
    tags: [],
  });
  expect(keyPair?.arn?.split('/')[1]).toMatch(uuidPattern);
  expect(keyPair?.createdAt?.getTime()).toBeGreaterThanOrEqual(before);
});

test('an instance must name a key pair that exists', async () => {
  const here = inRegion('us-east-1');
  await expect(create(here, ['keyless'], { keyPairName: 'none' })).rejects.toMatchObject(
    refusal('NotFoundException', 'The KeyPair does not exist'),
  );
});
