import { once } from 'node:events';
import { Duplex, PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { TerminalSize } from '../engines/machine.ts';
import { ApiError } from '../errors.ts';
import { rootOf } from '../iam/principal.ts';
import { randomIds } from '../ids.ts';
import type { ConsoleWorld } from '../resources/instances/console.ts';
import type { Store } from '../store/store.ts';
import { type ConsoleLimits, type ConsoleOptions, createConsole } from './console.ts';
import { createServer, type Server } from './server.ts';

const rootAccount = '111111111111';
const path = '/console?instanceName=it';

/** A machine whose terminal the test holds the other end of. */
interface Shell {
  /** What was typed goes in, what is shown comes from here. */
  readonly typed: PassThrough;
  readonly shown: PassThrough;
  readonly stream: Duplex;
  readonly sizes: TerminalSize[];
}

let servers: Server[] = [];

afterEach(async () => {
  for (const server of servers) await server.close();
  servers = [];
});

const start = async (limits: Partial<ConsoleLimits> = {}, note: ConsoleOptions['note'] = async () => {}) => {
  const shells: Shell[] = [];
  const row = { id: 'id', kind: 'Instance', body: '{"name":"it","state":{"name":"running"}}', inner: '{}' };
  const store = { read: (body: (tx: unknown) => unknown) => body({ get: async () => row }) } as unknown as Store;
  const world: ConsoleWorld = {
    store,
    machines: {
      console: {
        log: async () => '',
        async terminal(_id, size) {
          const [typed, shown] = [new PassThrough(), new PassThrough()];
          const shell = { typed, shown, stream: Duplex.from({ writable: typed, readable: shown }), sizes: [size] };
          shells.push(shell);
          return { stream: shell.stream, resize: (changed) => void shell.sizes.push(changed) };
        },
      },
    },
  };
  const credential = {
    accessKeyId: 'key',
    secret: '',
    account: rootAccount,
    arn: 'arn',
    principal: rootOf(rootAccount),
  };
  const verify = async () => ({ credential: credential as never, region: 'us-east-1' });
  const console = createConsole({ rootAccount, world, verify, note, limits });
  const server = createServer({
    ...{ fronts: [], console, ids: randomIds, clock: { now: Date.now } },
    log: () => {},
    limits: { graceMs: 500 },
  });
  servers.push(server);
  const { port } = await server.listen(0, '127.0.0.1');
  const sit = async (query = '') => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}${query}`);
    const ended = once(socket, 'close').then(([code, reason]) => ({ code, reason: String(reason) }));
    const opened = await Promise.race([once(socket, 'open'), once(socket, 'unexpected-response')]);
    socket.on('error', () => {});
    return { socket, ended, status: opened.length === 0 ? 101 : opened[1].statusCode, shell: shells.at(-1)! };
  };
  return { server, shells, sit };
};

/** Also with an error, as one that is cut off has. */
const gone = (stream: Duplex): Promise<void> =>
  new Promise((resolve) => {
    if (stream.closed) resolve();
    else stream.once('close', resolve);
  });

const read = async (stream: PassThrough): Promise<string> => String((await once(stream, 'data'))[0]);

test('what is typed is typed, what is shown is shown, and a new size is told', async () => {
  const { sit } = await start();
  const { socket, shell } = await sit('&columns=132&rows=50');
  socket.send(Buffer.from('ls\r'));
  expect(await read(shell.typed)).toBe('ls\r');
  shell.shown.write('a b');
  const [shown, isBinary] = await once(socket, 'message');
  expect([String(shown), isBinary]).toEqual(['a b', true]);
  socket.send(JSON.stringify({ resize: { columns: 80, rows: 24 } }));
  while (shell.sizes.length < 2) await sleep(1);
  expect(shell.sizes).toEqual([
    { columns: 132, rows: 50 },
    { columns: 80, rows: 24 },
  ]);
  socket.terminate();
});

test('it ends with its shell, after all that was shown', async () => {
  const { sit } = await start();
  const { socket, ended, shell } = await sit();
  const shown: string[] = [];
  socket.on('message', (data) => shown.push(String(data)));
  shell.shown.end('logout');
  expect(await ended).toEqual({ code: 1000, reason: 'The shell has ended.' });
  expect(shown).toEqual(['logout']);
});

test('the shell ends with whoever sat at it, in order or not', async () => {
  const { sit } = await start();
  for (const leave of ['close', 'terminate'] as const) {
    const { socket, shell } = await sit();
    socket[leave]();
    await gone(shell.stream);
  }
});

test('what the terminal breaks with is told', async () => {
  const { sit } = await start();
  const { ended, shell } = await sit();
  shell.stream.destroy(new Error('the line is dead'));
  expect(await ended).toEqual({ code: 1011, reason: 'the line is dead' });
});

test('a text that says nothing, a message that is too long, and silence end it', async () => {
  const { sit } = await start({ idleMs: 300 });
  const told = await sit();
  told.socket.send('{"resize":{"columns":0,"rows":24}}');
  expect((await told.ended).code).toBe(1008);
  const long = await sit();
  long.socket.send(Buffer.alloc(65 * 1024));
  expect((await long.ended).code).toBe(1009);
  const silent = await sit();
  expect(await silent.ended).toEqual({ code: 1008, reason: 'Nothing was typed or shown for too long.' });
  for (const { shell } of [told, long, silent]) await gone(shell.stream);
});

test('a client that does not read makes the machine wait, and loses nothing', async () => {
  const { sit } = await start({ bufferBytes: 64 * 1024 });
  const { socket, shell } = await sit();
  socket.pause();
  const part = Buffer.alloc(64 * 1024, 'x');
  let sent = 0;
  while (shell.shown.write(part) || (sent < 1_000 && (await Promise.race([once(shell.shown, 'drain'), sleep(500)]))))
    sent++;
  // The sockets of the system hold some; the rest waits.
  expect(sent).toBeLessThan(1_000);
  shell.shown.end();
  let read = 0;
  socket.on('message', (data: Buffer) => {
    read += data.length;
  });
  socket.resume();
  await once(socket, 'close');
  expect(read).toBe((sent + 1) * part.length);
});

test('a machine that does not read makes the client wait', async () => {
  const { sit } = await start();
  const { socket, shell } = await sit();
  const part = Buffer.alloc(32 * 1024, 'x');
  for (let i = 0; i < 1_000; i++) socket.send(part);
  await sleep(300);
  expect(socket.bufferedAmount).toBeGreaterThan(0);
  let typed = 0;
  shell.typed.on('data', (data: Buffer) => {
    typed += data.length;
  });
  while (typed < 1_000 * part.length) await sleep(5);
  socket.terminate();
});

test('a client that does not answer any more is gone', async () => {
  const { sit } = await start({ aliveMs: 100 });
  const { socket, shell } = await sit();
  // It reads, and so answers when it is asked.
  await sleep(350);
  expect(shell.stream.destroyed).toBe(false);
  socket.pause();
  await gone(shell.stream);
});

test('there are so many at a time and no more', async () => {
  const { sit } = await start({ terminals: 2 });
  const [one] = [await sit(), await sit()];
  expect((await sit()).status).toBe(429);
  one.socket.close();
  await gone(one.shell.stream);
  expect((await sit()).status).toBe(101);
});

test('a server that closes says so to those who sit', async () => {
  const { server, sit } = await start();
  const { ended, shell } = await sit();
  const deaf = await sit();
  deaf.socket.pause();
  await server.close();
  expect(await ended).toEqual({ code: 1001, reason: 'Lateen is stopping.' });
  for (const { stream } of [shell, deaf.shell]) await gone(stream);
});

test('who sits down is noted before the first word, and so is who was refused', async () => {
  const noted: unknown[] = [];
  const { sit } = await start({}, async (call, error) => void noted.push([call.operation, call.payload, error]));
  const { socket } = await sit('&rows=24&X-Amz-Signature=secret');
  expect(noted).toEqual([['OpenTerminal', { instanceName: 'it', rows: '24' }, undefined]]);
  expect((await sit('&rows=none')).status).toBe(400);
  expect(noted[1]).toEqual(['OpenTerminal', { instanceName: 'it', rows: 'none' }, expect.any(ApiError)]);
  socket.terminate();
});

test('a terminal that breaks off before anybody sits at it ends, and so does one that cannot be noted', async () => {
  const torn = await start({}, async () => void torn.shells.at(-1)?.stream.destroy(new Error('gone')));
  expect((await (await torn.sit()).ended).code).toBe(1011);
  const mute = await start({}, () => Promise.reject(new Error('the disk is full')));
  const { status, shell } = await mute.sit();
  expect(status).toBe(500);
  await gone(shell.stream);
});
