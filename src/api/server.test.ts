import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import * as fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { presign, rawRequest, requestText, type SignOptions, signCall, signedFetch } from '../../test/sign.ts';
import { ApiError, invalidInput } from '../errors.ts';
import { rootOf } from '../iam/principal.ts';
import { randomIds } from '../ids.ts';
import { createAwsJsonFront } from './awsjson.ts';
import type { Call, Door } from './front.ts';
import { createLinkFront } from './links.ts';
import { createServer, type Limits, type LogLine, type Server } from './server.ts';
import { type Credential, createVerifier } from './sigv4.ts';

const moment = Date.UTC(2015, 7, 30, 12, 36);
const credential: Credential = {
  accessKeyId: 'AKIATEST',
  secret: 'sesame-of-tests',
  account: '123',
  arn: 'arn:root',
  principal: rootOf('123'),
};
const json = 'application/x-amz-json-1.1';

const operations: Record<string, (call: Call) => Promise<string>> = {
  Echo: async (call) => JSON.stringify(call.payload),
  Caller: async ({ operation, region, credential: { account }, remoteAddress }) =>
    JSON.stringify({ operation, region, account, remoteAddress }),
  Nothing: async () => '',
  Refuse: async () => {
    throw invalidInput('Not like this.', 'Like that.');
  },
  Mistype: async () => {
    throw new ApiError('SerializationException', 'Expected list or null');
  },
  Break: async () => {
    throw new Error('a bug with sesame');
  },
  Slow: async () => {
    await wait(200);
    return '{"slow":true}';
  },
};

const lightsail: Door = {
  service: 'lightsail',
  targetPrefix: 'Lightsail_20161128',
  has: (operation) => Object.hasOwn(operations, operation),
  invoke: (call) => operations[call.operation]!(call),
};
const admin: Door = { ...lightsail, service: 'lateen', targetPrefix: 'LateenAdmin', loopbackOnly: true };

interface Running {
  readonly server: Server;
  readonly port: number;
  readonly url: string;
  readonly log: LogLine[];
}

const running: Server[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
});

const start = async (limits: Partial<Limits> = {}, doors: readonly Door[] = [lightsail, admin]): Promise<Running> => {
  const log: LogLine[] = [];
  const verify = createVerifier({
    regions: new Set(['us-east-1', 'eu-west-1']),
    now: () => moment,
    findCredential: (id) => (id === credential.accessKeyId ? credential : undefined),
  });
  const clock = { now: () => moment };
  const server = createServer({
    fronts: [createLinkFront(), createAwsJsonFront(doors, verify)],
    ...{ clock, ids: randomIds, log: (line: LogLine) => log.push(line), limits },
  });
  running.push(server);
  const { port } = await server.listen(0, '127.0.0.1');
  return { server, port, url: `http://127.0.0.1:${port}/`, log };
};

const key = { accessKeyId: credential.accessKeyId, secret: credential.secret, date: moment };
const call = ({ url }: Running, operation: string, payload: unknown = {}, more: Partial<SignOptions> = {}) =>
  signedFetch(operation, payload, { url, ...key, ...more });

/** The text of a signed request on the wire. */
const callText = ({ url }: Running, operation: string, body = '{}', more: Record<string, string> = {}): string =>
  requestText('/', { ...signCall(operation, { url, ...key, body }), ...more }, body);
const last = { connection: 'close' };

interface Parsed {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** All answers in what came over a socket; throws on what is not well formed. */
const parseAnswers = (text: string): Parsed[] => {
  const answers: Parsed[] = [];
  let rest = Buffer.from(text).toString('latin1').replaceAll('HTTP/1.1 100 Continue\r\n\r\n', '');
  while (rest !== '') {
    const [, status, head] = /^HTTP\/1\.1 (\d{3}) [A-Za-z ]+\r\n((?:[\w-]+: .*\r\n)+)\r\n/.exec(rest) ?? [];
    if (head === undefined) throw new Error(`not an answer: ${rest}`);
    const lines = head.trimEnd().split('\r\n');
    const headers = Object.fromEntries(lines.map((line) => line.toLowerCase().split(/: (.*)/) as [string, string]));
    const from = rest.indexOf('\r\n\r\n') + 4;
    const length = Number(headers['content-length']);
    const body = rest.slice(from, from + length);
    if (body.length !== length) throw new Error(`cut short: ${rest}`);
    answers.push({ status: Number(status), headers, body: Buffer.from(body, 'latin1').toString() });
    rest = rest.slice(from + length);
  }
  return answers;
};

const ask = async (port: number, text: string): Promise<Parsed> => {
  const answers = parseAnswers(await rawRequest(port, text));
  expect(answers).toHaveLength(1);
  return answers[0]!;
};

const expectError = (answer: Parsed, status: number, type: string): void => {
  expect(answer.status).toBe(status);
  expect(answer.headers['x-amzn-errortype']).toBe(type.toLowerCase());
  expect(JSON.parse(answer.body)).toMatchObject({ __type: type });
};

describe('the protocol', () => {
  test('F1 F3 a call is a signed POST and its answer has the headers of AWS', async () => {
    const up = await start();
    const answer = await ask(up.port, callText(up, 'Echo', '{"name":"ñ"}', last));
    expect(answer).toMatchObject({ status: 200, body: '{"name":"ñ"}' });
    const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
    expect(answer.headers).toEqual({
      server: 'server',
      date: 'sun, 30 aug 2015 12:36:00 gmt',
      'content-type': json,
      'content-length': '13',
      'x-amzn-requestid': expect.stringMatching(uuid),
      connection: 'close',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
  });

  test.each(['{}', ''])('F2 a call without parameters has the body %j', async (body) => {
    const up = await start();
    expect(await ask(up.port, callText(up, 'Echo', body, last))).toMatchObject({ status: 200, body: '{}' });
  });

  test('F3 an answer may be empty', async () => {
    const answer = await call(await start(), 'Nothing');
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([200, json, '']);
  });

  test('the door learns who calls what, and where', async () => {
    const answer = await call(await start(), 'Caller', {}, { region: 'eu-west-1' });
    const expected = { operation: 'Caller', region: 'eu-west-1', account: '123', remoteAddress: '127.0.0.1' };
    expect(await answer.json()).toEqual(expected);
  });

  test('F8 a presigned call', async () => {
    const up = await start();
    const headers = { 'content-type': json, 'x-amz-target': 'Lightsail_20161128.Echo' };
    const link = presign({ url: up.url, ...key, headers, body: '{"a":1}', expires: 60 });
    const answer = await fetch(link, { method: 'POST', headers, body: '{"a":1}' });
    expect(await answer.json()).toEqual({ a: 1 });
  });

  test.each([`${json}; charset=utf-8`, 'Application/X-AMZ-JSON-1.1', `${json} ;x=y`])(
    'content type %s',
    async (type) => {
      const answer = await call(await start(), 'Echo', {}, { headers: { 'content-type': type } });
      expect(answer.status).toBe(200);
    },
  );

  test('an exception of the model has code, message and tip, and __type last', async () => {
    const answer = await call(await start(), 'Refuse');
    expect([answer.status, answer.headers.get('x-amzn-errortype')]).toEqual([400, 'InvalidInputException']);
    expect(await answer.text()).toBe(
      '{"code":"InvalidInputException","message":"Not like this.","tip":"Like that.","__type":"InvalidInputException"}',
    );
  });

  test('a wrong type has its text under both spellings', async () => {
    const answer = await call(await start(), 'Mistype');
    expect(await answer.text()).toBe(
      '{"Message":"Expected list or null","message":"Expected list or null","__type":"SerializationException"}',
    );
  });

  test('F14 a fault of ours shows the caller nothing but where the log has it', async () => {
    const up = await start();
    const answer = await call(up, 'Break');
    const requestId = answer.headers.get('x-amzn-requestid')!;
    expect([answer.status, answer.headers.get('x-amzn-errortype')]).toEqual([500, 'InternalFailure']);
    const text = await answer.text();
    expect(JSON.parse(text)).toEqual({ message: expect.stringContaining(requestId), __type: 'InternalFailure' });
    expect(text).not.toContain('sesame');
    expect(up.log).toMatchObject([{ requestId, operation: 'Break', status: 500, error: 'InternalFailure' }]);
    expect(up.log[0]!.fault).toMatch(/^Error: a bug with sesame\n +at /);
  });

  test('health needs no key', async () => {
    const answer = await fetch(`${(await start()).url}_lateen/health`);
    expect([answer.status, await answer.text()]).toEqual([200, 'ok\n']);
  });

  test('no page of another origin gets a permission', async () => {
    const up = await start();
    const preflight = 'OPTIONS / HTTP/1.1\r\nHost: a\r\nOrigin: http://b\r\nAccess-Control-Request-Method: POST';
    const answer = await ask(up.port, `${preflight}\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatchObject({ status: 200, body: '' });
    const called = await call(up, 'Echo', {}, { headers: { origin: 'http://b' } });
    for (const names of [Object.keys(answer.headers), [...called.headers.keys()]]) {
      expect(names.filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });

  test('an own door for this machine does not exist for others', async () => {
    const up = await start();
    const headers = { 'x-amz-target': 'LateenAdmin.Echo' };
    const near = await call(up, 'Echo', { a: 1 }, { headers, service: 'lateen' });
    expect(await near.json()).toEqual({ a: 1 });
    const front = createAwsJsonFront([admin], async () => ({ credential, region: 'us-east-1' }));
    const request = { method: 'POST', target: '/', body: Buffer.from('{}'), requestId: '1' };
    const rawHeaders = ['Content-Type', json, 'X-Amz-Target', 'LateenAdmin.Echo'];
    const statusFor = async (remoteAddress: string) =>
      (await front({ ...request, rawHeaders, remoteAddress })).answer.error ?? 'none';
    expect(await Promise.all(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'].map(statusFor))).toEqual(
      Array(4).fill('none'),
    );
    expect(await Promise.all(['10.0.0.1', '::ffff:10.0.0.1', 'fe80::1', '', '1127.0.0.1'].map(statusFor))).toEqual(
      Array(5).fill('UnknownOperationException'),
    );
  });

  test('one line is logged per request, and nothing that the client sent', async () => {
    const up = await start();
    await call(up, 'Echo', { password: 'sent' });
    await call(up, 'Refuse');
    await call(up, 'sent');
    await call(up, 'Echo', {}, { secret: 'wrong' });
    expect(up.log).toEqual(
      [
        { operation: 'Echo', account: '123', region: 'us-east-1', status: 200 },
        { operation: 'Refuse', account: '123', region: 'us-east-1', status: 400, error: 'InvalidInputException' },
        { status: 400, error: 'UnknownOperationException' },
        { operation: 'Echo', status: 400, error: 'InvalidSignatureException' },
      ].map((line) => ({ ...line, requestId: expect.any(String), ms: expect.any(Number) })),
    );
    expect(JSON.stringify(up.log)).not.toMatch(/sent|sesame|Signature=/);
  });
});

/**
 * From the first check to the last. A request of each line breaks its own rule and all that come after it,
 * and must be refused for its own.
 */
const order: [
  rule: string,
  method: string,
  headers: Record<string, string>,
  body: string,
  expected: Partial<Parsed>,
][] = [
  [
    'method',
    'GET',
    { 'content-type': 'text/plain' },
    '[',
    {
      status: 403,
      body: '<AccessDeniedException>\n  <Message>Unable to determine service/operation name to be authorized</Message>\n</AccessDeniedException>\n',
    },
  ],
  [
    'content type',
    'POST',
    { 'content-type': 'text/plain' },
    '[',
    { status: 404, body: '<UnknownOperationException/>\n' },
  ],
  ['no content type', 'POST', {}, '[', { status: 404, body: '<UnknownOperationException/>\n' }],
  [
    'JSON without the version of the protocol',
    'POST',
    { 'content-type': 'application/json' },
    '[',
    {
      status: 404,
      body: '{"Output":{"__type":"com.amazon.coral.service#UnknownOperationException"},"Version":"1.0"}',
    },
  ],
  ['no target', 'POST', { 'content-type': json }, '[', { status: 400, body: '{"__type":"UnknownOperationException"}' }],
  [
    'unknown prefix',
    'POST',
    { 'content-type': json, 'x-amz-target': 'Kinesis_20131202.Echo' },
    '[',
    { status: 400, body: '{"__type":"UnknownOperationException"}' },
  ],
  [
    'unknown operation',
    'POST',
    { 'content-type': json, 'x-amz-target': 'Lightsail_20161128.toString' },
    '[',
    { status: 400, body: '{"__type":"UnknownOperationException"}' },
  ],
  [
    'body no JSON',
    'POST',
    { 'content-type': json, 'x-amz-target': 'Lightsail_20161128.Refuse' },
    '{"a":1',
    { status: 400, body: '{"__type":"SerializationException"}' },
  ],
  [
    'authentication',
    'POST',
    { 'content-type': json, 'x-amz-target': 'Lightsail_20161128.Mistype' },
    '{}',
    { status: 400, body: '{"message":"Missing Authentication Token","__type":"MissingAuthenticationTokenException"}' },
  ],
];

test.each(order)('order of the checks: %s', async (_, method, headers, body, expected) => {
  const up = await start();
  const text = requestText('/', { host: 'a', ...last, ...headers }, body).replace('POST', method);
  const answer = await ask(up.port, text);
  expect(answer).toMatchObject(expected);
  expect(answer.headers['x-amzn-errortype']).toBeDefined();
});

test.each(['[]', '"a"', '1', 'null', 'true', ' ', '\ufeff{}', '{}{}', "{'a':1}"])(
  'the body %j is no JSON object',
  async (body) => {
    const up = await start();
    expectError(await ask(up.port, callText(up, 'Echo', body, last)), 400, 'SerializationException');
  },
);

test('bytes that are not UTF-8 are no JSON', async () => {
  const up = await start();
  const headers = { host: 'a', 'content-type': json, 'x-amz-target': 'Lightsail_20161128.Echo', ...last };
  const text = requestText('/', headers, '{"a":"?"}').replace('?', '\xff');
  const answers = parseAnswers(await rawRequest(up.port, Buffer.from(text, 'latin1')));
  expectError(answers[0]!, 400, 'SerializationException');
});

test('another path is not the API', async () => {
  const up = await start();
  const answer = await ask(up.port, callText(up, 'Echo', '{}', last).replace('POST /', 'POST /other'));
  expect(answer).toMatchObject({ status: 404, body: '<UnknownOperationException/>\n' });
});

describe('the connection', () => {
  /** That the server still answers a good request. */
  const expectAlive = async (up: Running): Promise<void> => {
    const answer = await call(up, 'Echo', { still: 'there' });
    expect(await answer.json()).toEqual({ still: 'there' });
  };

  test('it is kept for the next request', async () => {
    const up = await start();
    const text = await rawRequest(up.port, callText(up, 'Echo', '{"a":1}') + callText(up, 'Echo', '{"a":2}', last));
    const [first, second] = parseAnswers(text);
    expect([first!.headers.connection, first!.body, second!.body]).toEqual(['keep-alive', '{"a":1}', '{"a":2}']);
  });

  test('pipelined requests are answered in their order', async () => {
    const up = await start();
    const calls =
      callText(up, 'Slow') + callText(up, 'Echo') + callText(up, 'Refuse') + callText(up, 'Nothing', '{}', last);
    const answers = parseAnswers(await rawRequest(up.port, calls));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 400, 200]);
    expect(answers.map(({ body }) => body).slice(0, 2)).toEqual(['{"slow":true}', '{}']);
  });

  test('a request before garbage has its answer first', async () => {
    const up = await start();
    const [first, second] = parseAnswers(await rawRequest(up.port, `${callText(up, 'Slow')}garbage\r\n\r\n`));
    expect(first).toMatchObject({ status: 200, body: '{"slow":true}' });
    expectError(second!, 400, 'MalformedHttpRequestException');
    await expectAlive(up);
  });

  test.each([
    ['no HTTP', 'hello\r\n\r\n'],
    ['binary', '\x16\x03\x01\x02\x00\x01\x00\x01'],
    ['a newer protocol', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a header without a name', 'POST / HTTP/1.1\r\n: a\r\n\r\n'],
    ['a length that is no number', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: two\r\n\r\n{}'],
    ['two ways to tell the length', 'POST / HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}'],
    ['a chunk without a size', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
  ])('garbage: %s', async (_, text) => {
    const up = await start();
    expectError(await ask(up.port, text), 400, 'MalformedHttpRequestException');
    expect(up.log).toMatchObject([{ status: 400, error: 'MalformedHttpRequestException' }]);
    await expectAlive(up);
  });

  test('a head that is too large', async () => {
    const up = await start();
    const answer = await ask(up.port, `POST / HTTP/1.1\r\nHost: a\r\nA: ${'a'.repeat(20_000)}\r\n\r\n`);
    expectError(answer, 413, 'RequestEntityTooLargeException');
    await expectAlive(up);
  });

  test('many headers', async () => {
    const up = await start();
    const many = Object.fromEntries(Array.from({ length: 800 }, (_, i) => [`x-${i}`, String(i)]));
    expect((await ask(up.port, callText(up, 'Echo', '{}', { ...many, ...last }))).status).toBe(200);
  });

  test('a body of just the limit is taken, in one piece or in chunks', async () => {
    const up = await start({ bodyBytes: 100 });
    const body = `{"a":"${'b'.repeat(92)}"}`;
    expect((await ask(up.port, callText(up, 'Echo', body, last))).body).toBe(body);
    const chunked = callText(up, 'Echo', body, { ...last, 'transfer-encoding': 'chunked' });
    const text = chunked.replace(body, `32\r\n${body.slice(0, 50)}\r\n32\r\n${body.slice(50)}\r\n0\r\n\r\n`);
    expect((await ask(up.port, text)).body).toBe(body);
  });

  test.each([
    ['declared', { 'content-length': '101' }, ''],
    ['declared and sent', {}, 'a'.repeat(101)],
    ['declared as more than a number can hold', { 'content-length': '9007199254740993' }, ''],
    ['in chunks', { 'transfer-encoding': 'chunked' }, `64\r\n${'a'.repeat(100)}\r\n1\r\na\r\n`],
  ])('a body over the limit, %s, is refused without waiting for its end', async (_, headers, body) => {
    const up = await start({ bodyBytes: 100 });
    const answer = await ask(up.port, requestText('/', { host: 'a', ...headers }, body));
    expectError(answer, 413, 'RequestEntityTooLargeException');
    expect(answer.headers.connection).toBe('close');
    expect(up.log).toMatchObject([{ status: 413, error: 'RequestEntityTooLargeException' }]);
    await expectAlive(up);
  });

  test('a client that sends on and on reads the refusal all the same', async () => {
    const up = await start();
    const size = 4 * 1024 * 1024;
    const answer = await ask(up.port, requestText('/', { host: 'a' }, 'a'.repeat(size)));
    expectError(answer, 413, 'RequestEntityTooLargeException');
  });

  test('Expect: 100-continue is answered, but not for a body that will be refused', async () => {
    const up = await start({ bodyBytes: 100 });
    const text = callText(up, 'Echo', '{}', { ...last, expect: '100-continue' });
    expect(await rawRequest(up.port, text)).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
    const head = requestText('/', { host: 'a', 'content-length': '101', expect: '100-continue' });
    expect(await rawRequest(up.port, head)).toMatch(/^HTTP\/1\.1 413 /);
  });

  test.each([
    ['head', 'POST / HTTP/1.1\r\nHost: a\r\n'],
    ['body', requestText('/', { host: 'a', 'content-length': '10' }, '{}')],
    ['chunk', requestText('/', { host: 'a', 'transfer-encoding': 'chunked' }, 'a\r\n{')],
  ])('half a %s is waited for only so long', async (_, text) => {
    const up = await start({ headersTimeoutMs: 100, requestTimeoutMs: 100 });
    expectError(await ask(up.port, text), 408, 'RequestTimeoutException');
    expect(up.log).toMatchObject([{ status: 408, error: 'RequestTimeoutException' }]);
    await expectAlive(up);
  });

  test.each(['end', 'resetAndDestroy'] as const)(
    'a client that goes away in the middle (%s) is logged once',
    async (how) => {
      const up = await start();
      const socket = connect(up.port, '127.0.0.1');
      socket.write(requestText('/', { host: 'a', 'content-length': '10' }, '{}'));
      await wait(50);
      socket[how]();
      await expect.poll(() => up.log).toMatchObject([{ status: 400, error: 'RequestAbortedException' }]);
      socket.destroy();
      await expectAlive(up);
    },
  );

  test('a client that does not wait for its answer harms nobody', async () => {
    const up = await start();
    const socket = connect(up.port, '127.0.0.1');
    socket.write(callText(up, 'Slow'), () => setTimeout(() => socket.resetAndDestroy(), 50));
    await expect.poll(() => up.log).toMatchObject([{ operation: 'Slow', status: 200 }]);
    await expectAlive(up);
  });

  test('an idle connection is closed after its time', async () => {
    const up = await start({ keepAliveMs: 50 });
    expect((await ask(up.port, callText(up, 'Echo'))).status).toBe(200);
  });
});

describe('closing', () => {
  test('a running request is finished, idle connections are closed, no new ones taken', async () => {
    const up = await start();
    const idle = connect(up.port, '127.0.0.1');
    const used = rawRequest(up.port, callText(up, 'Echo'));
    const slow = rawRequest(up.port, callText(up, 'Slow'));
    const gone = new Promise((resolve) => idle.once('close', resolve));
    idle.resume();
    await expect.poll(() => up.log).toHaveLength(1);
    await wait(50);
    const closing = up.server.close();
    await closing;
    await gone;
    const [answer] = parseAnswers(await slow);
    expect(answer).toMatchObject({ status: 200, body: '{"slow":true}', headers: { connection: 'close' } });
    expect(parseAnswers(await used)).toHaveLength(1);
    expect(up.server.close()).toBe(closing);
    await expect(fetch(up.url)).rejects.toThrow();
  });

  test('what takes longer than the grace is cut', async () => {
    const never: Door = { ...lightsail, invoke: () => new Promise(() => {}) };
    const up = await start({ graceMs: 50 }, [never]);
    const cut = rawRequest(up.port, callText(up, 'Echo'));
    await wait(50);
    await up.server.close();
    expect(await cut).toBe('');
  });

  test('an address that is taken is an error', async () => {
    const { port } = await start();
    const second = createServer({
      fronts: [],
      clock: { now: () => moment },
      ids: randomIds,
      log: () => {},
    });
    await expect(second.listen(port, '127.0.0.1')).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

test('whatever bytes come, the answer is well formed or the connection closed, and the next caller is served', async () => {
  const up = await start({ headersTimeoutMs: 60, requestTimeoutMs: 60, keepAliveMs: 20, bodyBytes: 2000 });
  const good = Buffer.from(callText(up, 'Echo', '{"a":[1,{"b":null}]}', last));
  const place = fc.nat({ max: good.length - 1 });
  const special = fc.constantFrom(
    '\r\n',
    '\0',
    '\xff',
    ' ',
    ':',
    ';',
    '=',
    ',',
    '%',
    '"',
    '{',
    '\r\n\r\n',
    '\r\n ',
    '/',
    '?',
  );
  const piece = fc.oneof(
    special.map((text) => Buffer.from(text, 'latin1')),
    fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array)),
    fc
      .constantFrom('Content-Length: 9\r\n', 'Transfer-Encoding: chunked\r\n', 'Host: b\r\n')
      .map((text) => Buffer.from(text)),
  );
  const edit = fc.record({ at: place, drop: fc.nat({ max: 30 }), put: piece });
  const mutated = fc
    .array(edit, { minLength: 1, maxLength: 4 })
    .map((edits) =>
      edits.reduce(
        (bytes, { at, drop, put }) => Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + drop)]),
        good,
      ),
    );
  const property = fc.asyncProperty(mutated, async (bytes) => {
    for (const { status, headers, body } of parseAnswers(await rawRequest(up.port, bytes))) {
      expect(headers['x-amzn-requestid']).toHaveLength(36);
      expect(status).not.toBe(500);
      if (headers['content-type'] === json && body !== '') JSON.parse(body);
    }
  });
  await fc.assert(property, { numRuns: 100 });
  expect(up.log.filter(({ status }) => status === 500)).toEqual([]);
  expect(await (await call(up, 'Echo', { still: 'there' })).json()).toEqual({ still: 'there' });
}, 120_000);
