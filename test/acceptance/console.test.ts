/** The console over the simulated engine: who may have a terminal and who may not, and what there is of it. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type Api, apiOf } from '../call.ts';
import { create } from '../instances.ts';
import { type Account, client, type Server, startServer } from '../lateen.ts';
import { presign, rawRequest, sign, signCall } from '../sign.ts';

const instanceName = 'console-1';
let server: Server;
let api: Api;

beforeAll(async () => {
  server = await startServer();
  api = apiOf(server);
  await create(client(server), [instanceName]);
});

const consoleUrl = (query: Readonly<Record<string, string>> = { instanceName }): string =>
  `${server.url}/console?${new URLSearchParams(query)}`;

interface Refusal {
  readonly status: number;
  readonly error: string;
  readonly message: string;
}

/** What a handshake is answered with. */
const refusalOf = async (url: string, headers: Readonly<Record<string, string>> = {}): Promise<Refusal> => {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), { headers });
  const [, answer] = await once(socket, 'unexpected-response');
  let text = '';
  for await (const part of answer) text += part;
  const { __type: error = '', message = '' } = text.startsWith('{') ? JSON.parse(text) : {};
  return { status: answer.statusCode, error, message };
};

type Signing = Partial<Parameters<typeof sign>[0]>;
const signedHeaders = (url: string, more: Signing = {}): Record<string, string> => {
  const { host: _set, ...headers } = sign({ ...server, method: 'GET', service: 'lateen', ...more, url });
  return headers;
};

const newKey = async (minutes?: number): Promise<Account & { sessionToken?: string }> => {
  const made = await api.control('CreateKey', {
    account: '222222222222',
    newAccount: 'others',
    ...(minutes ? { minutes } : {}),
  });
  const { accessKeyId, id, secret, sessionToken } = made as Record<string, string>;
  return {
    url: server.url,
    accessKeyId: accessKeyId ?? id ?? '',
    secret: secret ?? '',
    ...(sessionToken && { sessionToken }),
  };
};

describe('a boot log', () => {
  test('is the same at every call, and tells how far the machine is', async () => {
    const { log } = await api.control('GetConsoleLog', { instanceName });
    expect(log).toContain(`${instanceName} login:`);
    expect(await api.control('GetConsoleLog', { instanceName, region: 'us-east-1' })).toEqual({ log });
    const ended = await server.cli('console', instanceName, '--log');
    expect(ended).toEqual({ code: 0, stdout: log, stderr: '' });
  });

  test('is of an instance that is there, in its account and its Region', async () => {
    for (const where of [{ instanceName: 'nobody' }, { instanceName, region: 'eu-west-1' }])
      await expect(api.control('GetConsoleLog', where)).rejects.toThrow('The Instance does not exist');
    await expect(api.control('GetConsoleLog', { instanceName, account: '999999999999' })).rejects.toThrow(
      'The Instance does not exist',
    );
    await expect(api.control('GetConsoleLog')).rejects.toThrow('instanceName must be a text.');
  });

  test('is not for keys of other accounts', async () => {
    const other = apiOf(await newKey());
    await expect(other.control('GetConsoleLog', { instanceName })).rejects.toThrow('AccessDeniedException');
  });
});

describe('a terminal', () => {
  test('the simulated engine has none, and says so, to who asks by a header and to who asks by a query', async () => {
    const none = {
      status: 400,
      error: 'OperationFailureException',
      message: 'The simulated engine has no terminal: nothing runs in its machines.',
    };
    const url = consoleUrl();
    expect(await refusalOf(url, signedHeaders(url))).toEqual(none);
    expect(await refusalOf(presign({ ...server, method: 'GET', service: 'lateen', url, expires: 60 }))).toEqual(none);
    const ended = await server.cli('console', instanceName);
    expect(ended).toEqual({ code: 1, stdout: '', stderr: `lateen: ${none.message}\n` });
  });

  test('nobody has one without a signature that holds', async () => {
    const url = consoleUrl();
    const forbidden = async (error: string, refused: Promise<Refusal>) =>
      expect(await refused).toMatchObject({ status: 403, error });
    await forbidden('MissingAuthenticationTokenException', refusalOf(url));
    await forbidden('InvalidSignatureException', refusalOf(url, signedHeaders(url, { secret: 'wrong' })));
    await forbidden('UnrecognizedClientException', refusalOf(url, signedHeaders(url, { accessKeyId: 'AKIA' })));
    await forbidden('InvalidSignatureException', refusalOf(url, signedHeaders(url, { service: 'lightsail' })));
    const old = Date.now() - 3_600_000;
    await forbidden('InvalidSignatureException', refusalOf(url, signedHeaders(url, { date: old })));
    const expired = presign({ ...server, method: 'GET', service: 'lateen', url, date: old, expires: 60 });
    await forbidden('InvalidSignatureException', refusalOf(expired));
    // Signed for one instance, used for another.
    await forbidden('InvalidSignatureException', refusalOf(consoleUrl({ instanceName: 'other' }), signedHeaders(url)));
  });

  test('nobody has one of an account that is not the root account', async () => {
    const url = consoleUrl();
    for (const minutes of [undefined, 15]) {
      expect(await refusalOf(url, signedHeaders(url, await newKey(minutes)))).toMatchObject({
        status: 403,
        error: 'AccessDeniedException',
      });
    }
  });

  test('who asked for one is in the audit log, and who may not have one, without a signature', async () => {
    const url = consoleUrl({ instanceName, rows: '42' });
    await refusalOf(presign({ ...server, method: 'GET', service: 'lateen', url, expires: 60 }));
    await refusalOf(url, signedHeaders(url, await newKey()));
    const { records } = (await api.control('ReadAudit', { operation: 'OpenTerminal' })) as {
      records: readonly { readonly requestParameters: { readonly rows?: string } }[];
    };
    const common = {
      ...{ eventSource: 'lateen', requestParameters: { instanceName, rows: '42' }, responseElements: null },
      resources: [expect.objectContaining({ type: 'AWS::Lightsail::Instance', name: instanceName })],
    };
    expect(records.filter(({ requestParameters: { rows } }) => rows === '42')).toMatchObject([
      { ...common, errorCode: 'OperationFailureException', userIdentity: { accessKeyId: server.accessKeyId } },
      { ...common, errorCode: 'AccessDeniedException', userIdentity: { accountId: '222222222222' } },
    ]);
  });

  test('what is asked for must be there, run, and have a size', async () => {
    const asked = (query: Readonly<Record<string, string>>) => {
      const url = consoleUrl(query);
      return refusalOf(url, signedHeaders(url));
    };
    const absent = { status: 404, error: 'NotFoundException' };
    expect(await asked({ instanceName: 'nobody' })).toMatchObject(absent);
    expect(await asked({ instanceName, region: 'eu-west-1' })).toMatchObject(absent);
    expect(await asked({ instanceName, account: '999999999999' })).toMatchObject(absent);
    const invalid = { status: 400, error: 'InvalidInputException' };
    expect(await asked({})).toMatchObject(invalid);
    for (const columns of ['0', '1001', 'wide', '1.5'])
      expect(await asked({ instanceName, columns, rows: '24' })).toMatchObject(invalid);
    await create(client(server), ['console-2']);
    await api.call('StopInstance', { instanceName: 'console-2' });
    expect(await asked({ instanceName: 'console-2' })).toMatchObject({
      ...invalid,
      message: expect.stringMatching(/cannot be reached by a terminal while its state is stop/),
    });
  });
});

describe('a request for another protocol', () => {
  test('of the API is answered in this one', async () => {
    const body = JSON.stringify({});
    const { host, ...headers } = signCall('GetInstances', { ...server, body });
    const upgrade = { Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': 'AAMAAABk' };
    const head = Object.entries({ Host: host, ...headers, ...upgrade, 'Content-Length': String(body.length) });
    const text = head.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    const socket = connect(server.port, '127.0.0.1');
    // In two parts: the second comes when the first was looked at.
    socket.write(`POST / HTTP/1.1\r\n${text}\r\n`);
    socket.write(body);
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    socket.write('GET /_lateen/health HTTP/1.1\r\nHost: x\r\n\r\n');
    const [health] = await once(socket, 'data');
    expect(String(health)).toMatch(/ok\n$/);
    socket.destroy();
  });

  test('that is for nothing we have is refused as any other', async () => {
    const handshake = { Upgrade: 'websocket', Connection: 'Upgrade, close', 'Sec-WebSocket-Version': '13' };
    const lines = Object.entries({ Host: '127.0.0.1', ...handshake, 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==' });
    const text = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    expect(await rawRequest(server.port, `GET /elsewhere HTTP/1.1\r\n${text}\r\n`)).toMatch(/^HTTP\/1\.1 403 /);
    // Half of a handshake is none.
    const half = text.replace(/Sec-WebSocket-Key.*\r\n/, '');
    expect(await rawRequest(server.port, `GET /console HTTP/1.1\r\n${half}\r\n`)).toMatch(/^HTTP\/1\.1 403 /);
  });
});
