import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { type Incus, IncusError, type IncusEvent, openIncus } from './client.ts';

interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

const sync = (metadata: unknown): Reply => ({ body: JSON.stringify({ type: 'sync', metadata }) });
const begun = (id: string): Reply => ({
  status: 202,
  body: JSON.stringify({ type: 'async', operation: `/1.0/operations/${id}?project=lateen`, metadata: {} }),
});
const ended = (status_code: number, rest: object): Reply => sync({ status_code, err: '', metadata: null, ...rest });
const refused = (error_code: number, error: string): Reply => ({
  status: error_code,
  body: JSON.stringify({ type: 'error', error_code, error }),
});

let folder: string;
let socketFile: string;
let daemon: Server;
let incus: Incus;
/** What the daemon answers, by method and path; an answer is used up, and the last one stays. */
let replies: Record<string, Reply[]>;
let asked: { readonly line: string; readonly body: string; readonly headers: IncomingMessage['headers'] }[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lateen-incus-'));
  socketFile = join(folder, 'unix.socket');
  [replies, asked] = [{}, []];
  daemon = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const line = `${request.method} ${request.url}`;
    asked.push({ line, body, headers: request.headers });
    const known = replies[line] ?? [refused(404, `nothing at ${line}`)];
    const reply = known.length > 1 ? known.shift()! : known[0]!;
    response.writeHead(reply.status ?? 200, reply.headers).end(reply.body);
  });
  await new Promise<void>((resolve) => void daemon.listen(socketFile, resolve));
  incus = openIncus({ socket: socketFile });
});

afterEach(async () => {
  incus.close();
  daemon.closeAllConnections();
  await new Promise((resolve) => daemon.close(resolve));
  rmSync(folder, { recursive: true });
});

test('adds the project to a path that names none', async () => {
  replies = {
    'GET /1.0/instances/a?project=lateen': [sync({ name: 'a' })],
    'GET /1.0/instances?recursion=1&project=lateen': [sync([])],
    'GET /1.0/instances?project=other': [sync(['b'])],
  };
  expect(await incus.get('/1.0/instances/a')).toEqual({ name: 'a' });
  expect(await incus.get('/1.0/instances?recursion=1')).toEqual([]);
  expect(await incus.get('/1.0/instances?project=other')).toEqual(['b']);
});

test('waits for an operation, however often it must ask, and gives its metadata', async () => {
  replies = {
    'POST /1.0/instances?project=lateen': [begun('one')],
    'GET /1.0/operations/one/wait?timeout=60&project=lateen': [
      ended(103, {}),
      ended(103, {}),
      ended(200, { metadata: { made: 'a' } }),
    ],
  };
  expect(await incus.post('/1.0/instances', { name: 'a' })).toEqual({ made: 'a' });
  expect(asked.map(({ line }) => line.split('?')[0])).toEqual([
    'POST /1.0/instances',
    ...Array(3).fill('GET /1.0/operations/one/wait'),
  ]);
  expect(JSON.parse(asked[0]!.body)).toEqual({ name: 'a' });
});

test('an operation that fails says why in the words of the daemon', async () => {
  replies = {
    'PUT /1.0/instances/a/state?project=lateen': [begun('two')],
    'GET /1.0/operations/two/wait?timeout=60&project=lateen': [ended(400, { err: 'The instance is already running' })],
  };
  await expect(incus.put('/1.0/instances/a/state', {})).rejects.toEqual(
    new IncusError('The instance is already running', 400),
  );
});

test('an error in the answer of a wait is the end of the time, or of the operation', async () => {
  const late = { body: JSON.stringify({ type: 'error', error_code: 500, error: 'context deadline exceeded' }) };
  const gone = { body: JSON.stringify({ type: 'error', error_code: 500, error: 'No such server' }) };
  replies = {
    'POST /1.0/images?project=lateen': [begun('three')],
    'GET /1.0/operations/three/wait?timeout=60&project=lateen': [late, gone],
    'GET /1.0/operations/three?project=lateen': [ended(103, {}), refused(404, 'Operation not found')],
  };
  await expect(incus.post('/1.0/images', {})).rejects.toEqual(new IncusError('No such server', 400));
  expect(asked).toHaveLength(5);
});

test('a refusal has its status, and what is missing is undefined or deleted', async () => {
  replies = { 'GET /1.0/instances/bad?project=lateen': [refused(400, 'Invalid config')] };
  await expect(incus.get('/1.0/instances/a')).rejects.toMatchObject({ status: 404 });
  await expect(incus.find('/1.0/instances/bad')).rejects.toMatchObject({ message: 'Invalid config', status: 400 });
  expect(await incus.find('/1.0/instances/a')).toBeUndefined();
  await incus.delete('/1.0/instances/a');
});

test('reads a regular file, and nothing else', async () => {
  const path = (name: string): string => `GET /1.0/instances/a/files?path=${encodeURIComponent(name)}&project=lateen`;
  replies = {
    [path('/etc/a b')]: [{ headers: { 'x-incus-type': 'file' }, body: 'text' }],
    [path('/etc')]: [{ headers: { 'x-incus-type': 'directory' }, body: '{}' }],
  };
  expect(String(await incus.readFile('a', '/etc/a b'))).toBe('text');
  expect(await incus.readFile('a', '/etc')).toBeUndefined();
  expect(await incus.readFile('a', '/etc/none')).toBeUndefined();
});

test('runs a command, gives what it said and leaves no log of it', async () => {
  const output = {
    '1': '/1.0/instances/a/logs/exec-output/x.stdout',
    '2': '/1.0/instances/a/logs/exec-output/x.stderr',
  };
  replies = {
    'POST /1.0/instances/a/exec?project=lateen': [begun('three')],
    'GET /1.0/operations/three/wait?timeout=60&project=lateen': [ended(200, { metadata: { return: 3, output } })],
    [`GET ${output['1']}?project=lateen`]: [{ body: 'out' }],
    [`GET ${output['2']}?project=lateen`]: [{ body: 'err' }],
  };
  expect(await incus.exec('a', ['ls', '/'])).toEqual({ code: 3, stdout: 'out', stderr: 'err' });
  expect(asked.filter(({ line }) => line.startsWith('DELETE')).length).toBe(2);
});

test('runs a command again that came before the container could take it', async () => {
  const err = 'Failed to retrieve PID of executing child process';
  replies = {
    'POST /1.0/instances/a/exec?project=lateen': [begun('early'), begun('later')],
    'GET /1.0/operations/early/wait?timeout=60&project=lateen': [ended(400, { err })],
    'GET /1.0/operations/later/wait?timeout=60&project=lateen': [ended(200, { metadata: { return: 0, output: {} } })],
  };
  expect(await incus.exec('a', ['true'])).toEqual({ code: 0, stdout: '', stderr: '' });
});

test('uploads bytes as they are', async () => {
  replies = {
    'POST /1.0/images?project=lateen': [begun('four')],
    'GET /1.0/operations/four/wait?timeout=60&project=lateen': [ended(200, { metadata: { fingerprint: 'f' } })],
  };
  const headers = { 'content-type': 'application/octet-stream', 'x-incus-public': 'false' };
  expect(await incus.upload('/1.0/images', Buffer.from('bytes'), headers)).toEqual({ fingerprint: 'f' });
  expect(asked[0]).toMatchObject({ body: 'bytes', headers });
});

test('a daemon that is not there, or is something else, is named', async () => {
  replies = { 'GET /1.0?project=lateen': [{ body: '<html>' }] };
  await expect(incus.get('/1.0')).rejects.toThrow('What answers is not Incus');
  const gone = openIncus({ socket: join(folder, 'none') });
  const error: unknown = await gone.get('/1.0').catch((error: unknown) => error);
  expect(error).not.toBeInstanceOf(IncusError);
  expect(String(error)).toContain(`Incus does not answer at ${join(folder, 'none')}`);
});

test('tells events, and connects anew when the line is lost', async () => {
  const lines = new WebSocketServer({ server: daemon });
  const event = (action: string) =>
    JSON.stringify({ type: 'lifecycle', metadata: { action, source: '/1.0/instances/a?project=lateen' } });
  let count = 0;
  lines.on('connection', (line, request) => {
    expect(request.url).toBe('/1.0/events?type=lifecycle&project=lateen');
    line.send(event(`instance-${count++}`), () => count === 1 && line.terminate());
  });
  const seen: IncusEvent[] = [];
  await new Promise<void>((resolve) => {
    const stop = incus.onEvent((event) => {
      if (seen.push(event) < 4) return;
      stop();
      resolve();
    });
  });
  const told = (action: string) => ({ type: 'lifecycle', action, source: '/1.0/instances/a' });
  expect(seen).toEqual([{ type: 'opened' }, told('instance-0'), { type: 'opened' }, told('instance-1')]);
});
