import { beforeAll, describe, expect, test } from 'vitest';
import { call, uuidPattern } from '../call.ts';
import { createInput, newAccount } from '../instances.ts';
import { type Server, startServer } from '../lateen.ts';
import { signCall } from '../sign.ts';

let server: Server;
beforeAll(async () => {
  server = await startServer();
});

describe('answers', () => {
  test('F4 are JSON with the status 200', async () => {
    const { status, type, text, body } = await call(server, 'GetKeyPairs');
    expect({ status, type }).toEqual({ status: 200, type: 'application/x-amz-json-1.1' });
    expect(text).toBe('{"keyPairs":[]}');
    expect(body).toEqual({ keyPairs: [] });
  });

  test('F5 F6 have times as numbers of seconds in exponent form, to the millisecond', async () => {
    const before = Date.now();
    const { text, body } = await call(server, 'CreateKeyPair', { keyPairName: 'timed' });
    const after = Date.now();
    const times = [...text.matchAll(/"(createdAt|statusChangedAt)":([^,}]+)/g)];
    expect(times.map(([, member]) => member).sort()).toEqual(['createdAt', 'createdAt', 'statusChangedAt']);
    for (const [, , written = ''] of times) {
      expect(written).toMatch(/^1\.\d{1,12}E9$/);
      const milliseconds = Math.round(Number(written) * 1000);
      expect(Number(written)).toBe(milliseconds / 1000);
      expect(milliseconds).toBeGreaterThanOrEqual(before);
      expect(milliseconds).toBeLessThanOrEqual(after);
    }
    expect(body.operation.createdAt).toBe(body.operation.statusChangedAt);
  });

  test('F42 have ARNs with the Region, the account and a GUID', async () => {
    const stranger = await newAccount(server, 'named');
    for (const [who, region] of [
      [stranger, 'us-east-1'],
      [stranger, 'eu-west-3'],
    ] as const) {
      const made = await call(who, 'CreateKeyPair', { keyPairName: 'named' }, region);
      const [prefix, id] = made.body.keyPair.arn.split('/');
      expect(prefix).toBe(`arn:aws:lightsail:${region}:${stranger.account}:KeyPair`);
      expect(id).toMatch(uuidPattern);
    }
    await call(stranger, 'CreateInstances', createInput(['web-1']));
    const { body } = await call(stranger, 'GetInstance', { instanceName: 'web-1' });
    const [prefix, id] = body.instance.arn.split('/');
    expect(prefix).toBe(`arn:aws:lightsail:us-east-1:${stranger.account}:Instance`);
    expect(id).toMatch(uuidPattern);
    expect(body.instance.resourceType).toBe('Instance');
  });

  test('F44 have a zone where there is one, and all where there is none', async () => {
    await call(server, 'CreateInstances', createInput(['zoned'], { availabilityZone: 'us-east-1b' }));
    const { body } = await call(server, 'GetInstance', { instanceName: 'zoned' });
    expect(body.instance.location).toEqual({ availabilityZone: 'us-east-1b', regionName: 'us-east-1' });
    const regional = await call(server, 'CreateKeyPair', { keyPairName: 'regional' }, 'us-west-2');
    expect(regional.body.keyPair.location).toEqual({ availabilityZone: 'all', regionName: 'us-west-2' });
    const upper = await call(server, 'CreateInstances', createInput(['upper'], { availabilityZone: 'us-east-1B' }));
    expect(upper.body).toMatchObject({
      __type: 'InvalidInputException',
      message: expect.stringContaining('us-east-1B'),
    });
  });

  test('F45 have support codes of the account, one for each resource', async () => {
    await call(server, 'CreateInstances', createInput(['helped-1', 'helped-2']));
    const codes = await Promise.all(
      ['helped-1', 'helped-2'].map(
        async (instanceName) => (await call(server, 'GetInstance', { instanceName })).body.instance.supportCode,
      ),
    );
    for (const code of codes) expect(code).toMatch(/^111111111111\/i-0[0-9a-f]{16}$/);
    expect(codes[0]).not.toBe(codes[1]);
    const { body } = await call(server, 'CreateKeyPair', { keyPairName: 'helped' });
    expect(body.keyPair.supportCode).toMatch(/^111111111111\/key-/);
  });

  test('F46 have an empty list where there are no tags', async () => {
    await call(server, 'CreateInstances', createInput(['untagged']));
    expect((await call(server, 'GetInstance', { instanceName: 'untagged' })).text).toContain('"tags":[]');
    expect((await call(server, 'CreateKeyPair', { keyPairName: 'bare' })).text).toContain('"tags":[]');
  });

  test('F543 have access types in lower case, which the enum does not have', async () => {
    await call(server, 'CreateInstances', createInput(['open']));
    const { body } = await call(server, 'GetInstance', { instanceName: 'open' });
    const types = body.instance.networking.ports.map(({ accessType }: { accessType: string }) => accessType);
    expect(types.length).toBeGreaterThan(0);
    expect(new Set(types)).toEqual(new Set(['public']));
  });

  test('F545 may have names that no resource could have', async () => {
    const { body } = await call(server, 'GetBlueprints');
    const names = body.blueprints.map(({ name }: { name: string }) => name);
    expect(names).toContain('Amazon Linux 2023');
  });
});

describe('requests', () => {
  test('F7 have times as Unix seconds, and in no other form', async () => {
    const from = (startTime: unknown) =>
      call(server, 'GetContainerLog', { serviceName: 'web', containerName: 'app', startTime });
    for (const startTime of [1538424000, 1538424000.25, 1.538424e9]) {
      expect((await from(startTime)).body.__type, `${startTime}`).toBe('NotFoundException');
    }
    for (const startTime of ['2018-10-01T20:00:00Z', '1538424000', true, {}]) {
      expect((await from(startTime)).body.__type, `${startTime}`).toBe('SerializationException');
    }
  });

  test('F38 have their members in any order', async () => {
    const members = Object.entries(createInput(['turned']));
    const turned = Object.fromEntries(members.reverse().map(([name, value]) => [name, value]));
    const { body } = await call(server, 'CreateInstances', turned);
    expect(body.operations[0]).toMatchObject({ resourceName: 'turned', status: 'Started' });
  });

  test('members that the model lacks, and nulls, count as left out', async () => {
    const input = { keyPairName: 'clean', tags: null, nonsense: { deep: [1] } };
    const { status, body } = await call(server, 'CreateKeyPair', input);
    expect(status).toBe(200);
    expect(body.keyPair.tags).toEqual([]);
  });

  test('a body that is no JSON object is refused before anything else', async () => {
    const { url, accessKeyId, secret } = server;
    for (const body of ['[]', '{', 'null', '"{}"']) {
      const headers = signCall('GetRegions', { url, accessKeyId, secret, body });
      const response = await fetch(url, { method: 'POST', headers, body });
      expect({ status: response.status, text: await response.text() }).toEqual({
        status: 400,
        text: '{"__type":"SerializationException"}',
      });
    }
  });

  test('what one account has in one Region is there for no other', async () => {
    const stranger = await newAccount(server, 'stranger');
    await call(server, 'CreateKeyPair', { keyPairName: 'private' });
    for (const [who, region] of [
      [stranger, 'us-east-1'],
      [server, 'eu-west-1'],
    ] as const) {
      expect((await call(who, 'GetKeyPair', { keyPairName: 'private' }, region)).body.__type).toBe('NotFoundException');
      expect((await call(who, 'GetKeyPairs', {}, region)).body.keyPairs).toEqual([]);
    }
  });
});
