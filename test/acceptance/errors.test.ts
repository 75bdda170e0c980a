import { GetInstanceCommand, GetRegionsCommand, LightsailClient } from '@aws-sdk/client-lightsail';
import { beforeAll, describe, expect, test } from 'vitest';
import { type StringShape, shapes } from '../../src/api/generated/shapes.ts';
import { call, uuidPattern } from '../call.ts';
import { createInput, newAccount } from '../instances.ts';
import { type Account, client, type Server, startServer } from '../lateen.ts';
import { sign, signCall } from '../sign.ts';

let server: Server;
beforeAll(async () => {
  server = await startServer();
});

const json = 'application/x-amz-json-1.1';

/** A request as the test wrote it, with whatever signature it has or has not. */
const send = async (headers: Record<string, string>, path = '/') => {
  const response = await fetch(`${server.url}${path}`, { method: 'POST', headers, body: '{}' });
  return { status: response.status, headers: response.headers, text: await response.text() };
};

const signed = (operation: string, who: Account = server): Record<string, string> =>
  signCall(operation, { url: server.url, accessKeyId: who.accessKeyId, secret: who.secret, body: '{}' });

/** A control of Lateen itself, signed by somebody. */
const control = (action: string, who: Account) => {
  const { url, accessKeyId, secret } = who;
  const headers = { 'content-type': json, 'x-amz-target': `Lateen.${action}` };
  return send(sign({ url, accessKeyId, secret, service: 'lateen', headers, body: '{}' }));
};

const typeOf = (text: string): string => (JSON.parse(text) as { __type: string }).__type;

describe('who asks, and for what', () => {
  test('F12 F24 F29 a caller without permission is denied, with 400', async () => {
    const stranger = await newAccount(server, 'stranger');
    const denied = await control('ListKeys', stranger);
    expect(denied.status).toBe(400);
    expect(denied.headers.get('x-amzn-errortype')).toBe('AccessDeniedException');
    expect(JSON.parse(denied.text)).toMatchObject({
      __type: 'AccessDeniedException',
      message: expect.stringMatching(
        `^User: arn:aws:iam::${stranger.account}:\\S+ is not authorized to perform: lateen:ListKeys`,
      ),
    });
    expect((await control('ListKeys', server)).status).toBe(200);
  });

  test.each(['GetEverything', 'getInstances', 'RequestCertificate', 'toString', ''])(
    'F15 F553 an action %j is unknown, with 400',
    async (operation) => {
      const { status, text } = await send(signed(operation));
      expect({ status, text }).toEqual({ status: 400, text: '{"__type":"UnknownOperationException"}' });
    },
  );

  test('F13 a signature that lacks a part is refused with 400', async () => {
    const { authorization = '', ...headers } = signed('GetRegions');
    const { status, text } = await send({ ...headers, authorization: authorization.replace(/, Signature=.*/, '') });
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({
      __type: 'IncompleteSignatureException',
      message: expect.stringMatching(/^Authorization header requires 'Signature' parameter\. /),
    });
  });

  test('F16 an access key id that does not exist is refused in the words of JSON services', async () => {
    const { status, text } = await send(signed('GetRegions', { ...server, accessKeyId: 'AKIAIOSFODNN7EXAMPLE' }));
    expect(status).toBe(400);
    expect(JSON.parse(text)).toEqual({
      message: 'The security token included in the request is invalid.',
      __type: 'UnrecognizedClientException',
    });
  });

  test('F16 a key that was disabled or deleted is refused like one that never was', async () => {
    const other = await newAccount(server, 'other');
    const answer = () => send(signed('GetRegions', other));
    expect((await answer()).status).toBe(200);
    await server.cli('keys', 'disable', other.accessKeyId);
    expect(typeOf((await answer()).text)).toBe('UnrecognizedClientException');
    await server.cli('keys', 'enable', other.accessKeyId);
    expect((await answer()).status).toBe(200);
    await server.cli('keys', 'delete', other.accessKeyId);
    expect(typeOf((await answer()).text)).toBe('UnrecognizedClientException');
  });

  test('F19 a query string with half a signature is refused with 400', async () => {
    const target = { 'content-type': json, 'x-amz-target': 'Lightsail_20161128.GetRegions' };
    const { status, text } = await send(target, '/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=');
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({
      __type: 'IncompleteSignatureException',
      message: expect.stringMatching(/Re-examine the query-string parameters\.$/),
    });
  });

  test('F21 a request without an action is refused with 400', async () => {
    const { 'x-amz-target': _none, ...headers } = signed('GetRegions');
    const { status, text } = await send(headers);
    expect({ status, text }).toEqual({ status: 400, text: '{"__type":"UnknownOperationException"}' });
  });

  test('F22 a request without a key is refused', async () => {
    const { status, text } = await send({ 'content-type': json, 'x-amz-target': 'Lightsail_20161128.GetRegions' });
    expect(status).toBe(400);
    expect(JSON.parse(text)).toEqual({
      message: 'Missing Authentication Token',
      __type: 'MissingAuthenticationTokenException',
    });
  });

  test('a wrong secret is refused, and nothing of the right one is told', async () => {
    const { status, text } = await send(signed('GetRegions', { ...server, secret: 'wrong' }));
    expect(status).toBe(400);
    expect(typeOf(text)).toBe('InvalidSignatureException');
    expect(text).not.toContain(server.secret);
  });
});

describe('what a request says', () => {
  test('F17 parameters that contradict each other are refused with 400', async () => {
    await call(server, 'CreateKeyPair', { keyPairName: 'tagged' });
    const arn = 'arn:aws:lightsail:us-east-1:111111111111:KeyPair/11111111-2222-3333-4444-555555555555';
    const input = { resourceName: 'tagged', resourceArn: arn, tags: [] };
    const { status, body } = await call(server, 'TagResource', input);
    expect(status).toBe(400);
    expect(body).toMatchObject({ __type: 'InvalidInputException', message: expect.stringContaining(arn) });
  });

  test('F18 F32 values out of range are refused with 400', async () => {
    for (const more of [{ availabilityZone: 'us-east-1z' }, { blueprintId: 'windows_server_2022' }, { tags: [{}] }]) {
      const { status, body } = await call(server, 'CreateInstances', createInput(['bad'], more));
      expect({ status, type: body.__type }, body.message).toEqual({ status: 400, type: 'InvalidInputException' });
    }
    const port = { instanceName: 'web', portInfo: { protocol: 'tcp', fromPort: 1, toPort: 65_536 } };
    expect((await call(server, 'OpenInstancePublicPorts', port)).body).toMatchObject({
      __type: 'ValidationException',
      message: expect.stringContaining('less than or equal to 65535'),
    });
  });

  test('F547 of all kinds of resources three have an IP address type to set', async () => {
    const { values = [] } = shapes.ResourceType as StringShape;
    const outcomes = await Promise.all(
      values.map(async (resourceType) => {
        const input = { resourceType, resourceName: 'nobody', ipAddressType: 'ipv4' };
        return [resourceType, (await call(server, 'SetIpAddressType', input)).body.__type] as const;
      }),
    );
    const having = outcomes.filter(([, type]) => type === 'NotFoundException').map(([kind]) => kind);
    expect(having.sort()).toEqual(['Distribution', 'Instance', 'LoadBalancer']);
    expect(outcomes.filter(([, type]) => type === 'InvalidInputException')).toHaveLength(values.length - 3);
  });

  test('F23 a parameter that is missing is told by name, with 400', async () => {
    const { status, body } = await call(server, 'CreateInstances', { instanceNames: ['web'] });
    expect(status).toBe(400);
    expect(body.__type).toBe('ValidationException');
    for (const member of ['availabilityZone', 'blueprintId', 'bundleId']) expect(body.message).toContain(`'${member}'`);
    expect(body.message).not.toContain("'instanceNames'");
  });

  test('F28 input that fails a constraint is refused with 400, and all that is wrong is told', async () => {
    const portInfo = { protocol: 'smtp', fromPort: -2, toPort: 1 };
    const { status, body } = await call(server, 'OpenInstancePublicPorts', { instanceName: 'web', portInfo });
    expect(status).toBe(400);
    expect(body.__type).toBe('ValidationException');
    expect(body.message).toMatch(/^2 validation errors detected: /);
    for (const member of ['portInfo.fromPort', 'portInfo.protocol']) expect(body.message).toContain(`'${member}'`);
  });

  test('F28 a value of the wrong type is refused before its constraints', async () => {
    const { status, body } = await call(server, 'GetInstance', { instanceName: 7 });
    expect(status).toBe(400);
    expect(body.__type).toBe('SerializationException');
    expect(body.Message).toBe(body.message);
    expect(body.message).toContain('can not be converted to an String');
  });
});

describe('how an error looks', () => {
  test('F34 what is not there is told with all members, and the type last', async () => {
    const { status, type, headers, body } = await call(server, 'GetInstance', { instanceName: 'nobody' });
    expect({ status, type }).toEqual({ status: 400, type: json });
    expect(headers.get('x-amzn-errortype')).toBe('NotFoundException');
    expect(headers.get('x-amzn-requestid')).toMatch(uuidPattern);
    expect(Object.keys(body)).toEqual(['code', 'message', 'tip', '__type']);
    expect(body).toMatchObject({
      code: 'NotFoundException',
      message: 'The Instance does not exist',
      __type: 'NotFoundException',
    });
  });

  test('F34 the SDK knows it by its name, and has the request id', async () => {
    const error = await client(server)
      .send(new GetInstanceCommand({ instanceName: 'nobody' }))
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      name: 'NotFoundException',
      message: 'The Instance does not exist',
      tip: expect.stringContaining('Region'),
      $fault: 'client',
      $metadata: { httpStatusCode: 400, requestId: expect.stringMatching(uuidPattern) },
    });
  });
});

/** Errors that nothing here brings about by itself; a fault that was ordered does. */
const ordered: [facts: string, error: string, status: number][] = [
  ['F27 throttled', 'ThrottlingException', 400],
  ['F29 denied', 'AccessDeniedException', 400],
  ['F30 not authenticated', 'UnauthenticatedException', 400],
  ['F31 general', 'ServiceException', 500],
  ['F32 invalid', 'InvalidInputException', 400],
  ['F35 failed', 'OperationFailureException', 400],
  ['F36 in setup', 'AccountSetupInProgressException', 400],
  ['Region in setup', 'RegionSetupInProgressException', 400],
];

const order = (error: string, ...more: string[]) =>
  server.cli('faults', 'order', '--operation', 'GetRegions', '--error', error, ...more);

test.each(ordered)('ordered errors: %s', async (_facts, error, status) => {
  await order(error);
  const struck = await client(server)
    .send(new GetRegionsCommand({}))
    .catch((caught: unknown) => caught);
  expect(struck).toMatchObject({ name: error, $metadata: { httpStatusCode: status } });
  expect((await client(server).send(new GetRegionsCommand({}))).regions?.length).toBeGreaterThan(0);
});

test('F27 a throttled caller reads Rate exceeded, and the SDK tries again', async () => {
  await order('ThrottlingException');
  const { status, body } = await call(server, 'GetRegions');
  expect(status).toBe(400);
  expect(body).toEqual({ message: 'Rate exceeded', __type: 'ThrottlingException' });
  await order('ThrottlingException', '--times', '2');
  const credentials = { accessKeyId: server.accessKeyId, secretAccessKey: server.secret };
  const patient = new LightsailClient({ endpoint: server.url, region: 'us-east-1', credentials, maxAttempts: 3 });
  const { $metadata } = await patient.send(new GetRegionsCommand({}));
  expect($metadata.attempts).toBe(3);
});
