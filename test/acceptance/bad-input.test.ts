/** What no client should send: every answer is well formed and no fault of the server, and the next caller is served. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OperationName, operations } from '../../src/api/generated/operations.ts';
import { shapes } from '../../src/api/generated/shapes.ts';
import { handlers } from '../../src/api/handlers.ts';
import { newRsaKeyPair } from '../../src/ssh/rsa.ts';
import { anyJson, validInput } from '../arbitrary.ts';
import { type Api, apiOf, type Reply } from '../call.ts';
import { faults, placesIn } from '../faulty-input.ts';
import { type Server, startServer } from '../lateen.ts';
import { chosenSeed } from '../random.ts';
import { requestText, signCall } from '../sign.ts';

const names = Object.keys(operations) as OperationName[];
const seed = chosenSeed();
const { publicKey: publicKeyBase64 } = await newRsaKeyPair(1024);

let server: Server;
let api: Api;

beforeAll(async () => {
  console.log(`LATEEN_SEED=${seed}`);
  server = await startServer();
  api = apiOf(server);
});

/** Whatever came before, this one process is there, and has not called anything a fault of its own. */
afterAll(async () => {
  await api.call('GetRegions');
  expect(await server.stop()).toBe(0);
  expect(server.stderr()).toBe('');
});

/** A refusal that a client can read. AWS says no more than the type when a body is not a JSON object. */
const expectRefusal = ({ status, type, error, message, text }: Reply<unknown>, sent: string): void => {
  expect(status, `${sent} ${text}`).toBeGreaterThanOrEqual(400);
  expect(status, `${sent} ${text}`).toBeLessThan(500);
  expect(type).toBe('application/x-amz-json-1.1');
  expect(error, `${sent} ${text}`).toMatch(/^\w+(Exception|Failure)$/);
  if (error !== 'SerializationException' || sent.startsWith('{')) expect(message, `${sent} ${text}`).toMatch(/\w/);
};

/** Any answer but a fault: a good one, or a refusal. */
const expectAnswer = (reply: Reply<unknown>, sent: string): void => {
  if (reply.status === 200) expect(typeof reply.body).toBe('object');
  else expectRefusal(reply, sent);
};

const send = (operation: string, body: string): Promise<Reply<unknown>> =>
  api.send(`Lightsail_20161128.${operation}`, body);

describe('one fault in an input that is good otherwise', () => {
  test.each(names)('%s', async (operation) => {
    const wrong = placesIn(operation).flatMap((place) => [...faults(place)]);
    await Promise.all(
      wrong.map(async ([input, code]) => {
        const body = JSON.stringify(input);
        const reply = await send(operation, body);
        expectRefusal(reply, body);
        expect(reply.error, body).toBe(code);
      }),
    );
  });
});

/** Values that make sense here, for members that would hardly hit them by chance. */
const sensible: Readonly<Record<string, unknown>> = {
  instanceName: 'web',
  instanceNames: ['web', 'web-2'],
  resourceName: 'web',
  keyPairName: 'key',
  availabilityZone: 'us-east-1a',
  blueprintId: 'debian_12',
  bundleId: 'nano_3_0',
  publicKeyBase64,
  ipAddressType: 'dualstack',
  resourceType: 'Instance',
  diskName: 'data',
  diskPath: '/dev/xvdf',
  sizeInGb: 8,
  staticIpName: 'front',
};

/** Good inputs, about what is there as often as not. */
const plausibleInput = (operation: OperationName): fc.Arbitrary<object> => {
  const shape = shapes[operations[operation].input];
  const members = shape.kind === 'structure' ? Object.keys(shape.members) : [];
  const hints = fc.subarray(members.filter((member) => member in sensible));
  return fc
    .tuple(validInput(operation), hints)
    .map(([input, hints]) => ({ ...input, ...Object.fromEntries(hints.map((member) => [member, sensible[member]])) }));
};

/** What calls may be about. */
const provide = async (): Promise<void> => {
  await api.ask('ImportKeyPair', { keyPairName: 'key', publicKeyBase64 });
  await api.ask('CreateInstances', { ...sensible, instanceNames: ['web'] });
  await api.ask('CreateDisk', sensible);
  await api.ask('AllocateStaticIp', sensible);
};

describe('any good input', () => {
  /** Making a key takes a while. */
  const few: readonly string[] = ['CreateKeyPair'];

  test.each(Object.keys(handlers) as OperationName[])('%s', async (operation) => {
    await provide();
    const property = fc.asyncProperty(plausibleInput(operation), async (input) => {
      const reply = await api.ask(operation, input);
      expect(reply.error).not.toBe('ServiceException');
      expectAnswer(reply, JSON.stringify(input));
    });
    await fc.assert(property, { seed, numRuns: few.includes(operation) ? 3 : 15 });
  });
});

describe('any body', () => {
  test('of JSON', async () => {
    const property = fc.asyncProperty(fc.constantFrom(...names), anyJson, async (operation, value) => {
      const body = JSON.stringify(value);
      expectAnswer(await send(operation, body), body);
    });
    await fc.assert(property, { seed, numRuns: 300 });
  });

  test('of no JSON', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1 }),
      fc.json().map((json) => json.slice(0, -1) || '{'),
    );
    const noObject = text.filter((body) => !isObject(body));
    const property = fc.asyncProperty(fc.constantFrom(...names), noObject, async (operation, body) => {
      expect(await send(operation, body)).toMatchObject({ status: 400, error: 'SerializationException' });
    });
    await fc.assert(property, { seed, numRuns: 200 });
  });

  const million = 1_000_000;
  const many = (count: number, item: (i: number) => string): string =>
    `[${Array.from({ length: count }, (_, i) => item(i))}]`;
  const launch = (more: string): string =>
    `{"availabilityZone":"us-east-1a","blueprintId":"debian_12","bundleId":"nano_3_0",${more}}`;

  /** As much as a body may hold, where it could take long. */
  test.each<[string, OperationName, string]>([
    ['of lists in lists', 'GetInstance', `{"instanceName":${'['.repeat(500_000)}${']'.repeat(500_000)}}`],
    ['of lists in lists where nothing is expected', 'GetRegions', `{"x":${'['.repeat(500_000)}${']'.repeat(500_000)}}`],
    ['of objects in objects', 'GetInstance', `{"instanceName":${'{"a":'.repeat(150_000)}1${'}'.repeat(150_000)}}`],
    ['with a long name', 'GetInstance', `{"instanceName":"${'x'.repeat(million)}"}`],
    ['with many names', 'CreateInstances', launch(`"instanceNames":${many(100_000, (i) => `"n${i}"`)}`)],
    ['with a name many times', 'CreateInstances', launch(`"instanceNames":${many(200_000, () => '"aa"')}`)],
    [
      'with many tags',
      'CreateInstances',
      launch(`"instanceNames":["tagged"],"tags":${many(50_000, (i) => `{"key":"${i}"}`)}`),
    ],
    ['with many keys of tags', 'UntagResource', `{"resourceName":"web","tagKeys":${many(100_000, (i) => `"${i}"`)}}`],
    [
      'with many ports',
      'PutInstancePublicPorts',
      `{"instanceName":"web","portInfos":${many(18_000, (i) => `{"protocol":"tcp","fromPort":${i},"toPort":${i}}`)}}`,
    ],
    [
      'with many networks',
      'OpenInstancePublicPorts',
      `{"instanceName":"web","portInfo":{"protocol":"tcp","fromPort":1,"toPort":1,"cidrs":${many(50_000, (i) => `"10.${i >> 16}.${(i >> 8) & 255}.${i & 255}"`)}}}`,
    ],
    ['with a long key', 'ImportKeyPair', `{"keyPairName":"long","publicKeyBase64":"ssh-rsa ${'A'.repeat(million)}"}`],
    ['with a long token', 'GetInstances', `{"pageToken":"${'A'.repeat(million)}"}`],
  ])('%s', async (_what, operation, body) => {
    await provide();
    expectAnswer(await send(operation, body), body.slice(0, 200));
  });

  test('over the limit', async () => {
    const body = JSON.stringify({ instanceName: 'x'.repeat(2_000_000) });
    const reply = await send('GetInstance', body);
    expect(reply).toMatchObject({ status: 413, error: 'RequestEntityTooLargeException' });
    expectRefusal(reply, body.slice(0, 100));
  });
});

const isObject = (text: string): boolean => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
};

describe('a connection', () => {
  const open = async (): Promise<Socket> => {
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => socket.destroy());
    await once(socket, 'connect');
    return socket;
  };

  /** A good call, less its last bytes. */
  const most = (): string => {
    const { url, accessKeyId, secret } = server;
    const body = '{"instanceName":"web"}';
    return requestText('/', signCall('GetInstance', { url, accessKeyId, secret, body }), body).slice(0, -5);
  };

  test('that ends in the middle of a body', async () => {
    for (const end of ['end', 'destroy', 'resetAndDestroy'] as const) {
      const socket = await open();
      socket.resume();
      socket.write(most());
      await api.call('GetRegions');
      socket[end]();
      await once(socket, 'close');
    }
    await api.call('GetRegions');
  });

  test('and many others that never go on keep nobody from being served', async () => {
    const sockets = await Promise.all(Array.from({ length: 300 }, open));
    for (const [i, socket] of sockets.entries()) socket.write(most().slice(0, 10 + 3 * i));
    for (let i = 0; i < 20; i++) await api.call('GetRegions');
    for (const socket of sockets) socket.destroy();
    await api.call('GetRegions');
  });

  test('with garbage is answered with a refusal or nothing, and closed', async () => {
    const line = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc.string({ unit: 'binary' }).map((text) => Buffer.from(`POST / HTTP/1.1\r\n${text}\r\n\r\n`)),
      fc.nat(2000).map((at) => Buffer.from(`${most().slice(0, at)}\0${most().slice(at)}`)),
    );
    const property = fc.asyncProperty(line, async (bytes) => {
      const socket = await open();
      let text = '';
      socket.on('data', (part) => {
        text += part.toString();
      });
      socket.end(bytes);
      await once(socket, 'close');
      if (text !== '') expect(text).toMatch(/^HTTP\/1\.1 4\d\d /);
    });
    await fc.assert(property, { seed, numRuns: 100 });
    await api.call('GetRegions');
  });
});
