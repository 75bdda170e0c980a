/** Terminals and boot logs of instances that run, black box: over the websocket and by the command line. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lightsail } from '@aws-sdk/client-lightsail';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { finished, launch } from '../instances.ts';
import { client, type Server, startServer } from '../lateen.ts';
import { presign } from '../sign.ts';
import { missing, startTestIncus, type TestIncus } from './incus.ts';

const why = missing();
if (why !== undefined) console.info(`skipped: consoles of Incus, since ${why}`);

const instanceName = 'console-terminal';

describe.skipIf(why !== undefined)('a console of a machine of Incus', () => {
  let daemon: TestIncus;
  let server: Server;
  let api: Lightsail;
  let started = false;
  let machine = '';

  beforeAll(async () => {
    daemon = await startTestIncus();
    server = await startServer({ args: ['--engine', 'incus', '--incus', daemon.socket] });
    api = client(server);
    started = true;
    const { privateIpAddress } = await launch(api, instanceName, {});
    machine = `ip-${privateIpAddress?.replaceAll('.', '-')}`;
  });

  afterAll(async () => {
    if (started) {
      const { operations } = await api.deleteInstance({ instanceName });
      await finished(api, operations);
      await server.cli('clock');
      while (
        (await daemon.incus.get<{ config: Record<string, string> }[]>('/1.0/instances?recursion=1')).some(
          ({ config }) => config['user.lateen.spec']?.includes(`"name":"${instanceName}"`),
        )
      )
        await sleep(200);
      await server.stop();
    }
    await daemon.stop();
  });

  /** A terminal, and everything that it has shown so far. */
  const sit = async (columns = 100, rows = 30) => {
    const query = new URLSearchParams({ instanceName, columns: String(columns), rows: String(rows) });
    const { accessKeyId, secret } = server;
    const url = `${server.url}/console?${query}`;
    const signed = presign({ accessKeyId, secret, url, method: 'GET', service: 'lateen', expires: 60 });
    const socket = new WebSocket(signed.replace(/^http/, 'ws'));
    let shown = '';
    socket.on('message', (data) => {
      shown += String(data);
    });
    await once(socket, 'open');
    return {
      socket,
      type: (text: string) => socket.send(Buffer.from(text)),
      /** Resolves when the text was shown. */
      shows: async (text: string | RegExp) => {
        while (shown.search(text) < 0) await sleep(20);
        return shown;
      },
    };
  };
  const processes = async (text: string): Promise<boolean> => {
    const names =
      await daemon.incus.get<{ name: string; config: Record<string, string> }[]>('/1.0/instances?recursion=1');
    const found = names.find(({ config }) => config['user.lateen.spec']?.includes(`"name":"${instanceName}"`));
    return (await daemon.incus.exec(found?.name ?? '', ['pgrep', '-f', `^${text}`])).code === 0;
  };

  test('a terminal is a login shell of the user, of the size that was asked for, and ends with it', async () => {
    const terminal = await sit();
    terminal.type('echo "$(id -un) on $(hostname), $(stty size), $TERM" | tr a-z A-Z\r');
    await terminal.shows(`ADMIN ON ${machine.toUpperCase()}, 30 100, XTERM-256COLOR`);
    terminal.socket.send(JSON.stringify({ resize: { columns: 132, rows: 50 } }));
    terminal.type('echo "now $(stty size)" | tr a-z A-Z\r');
    await terminal.shows('NOW 50 132');
    const ended = once(terminal.socket, 'close');
    terminal.type('exit\r');
    expect((await ended)[0]).toBe(1000);
  });

  test('what runs in it ends with whoever leaves without a word', async () => {
    const terminal = await sit();
    terminal.type('exec sleep 4711\r');
    while (!(await processes('sleep 4711'))) await sleep(100);
    terminal.socket.terminate();
    while (await processes('sleep 4711')) await sleep(100);
  });

  test('much that is shown arrives whole', async () => {
    const terminal = await sit();
    terminal.type('stty -onlcr; seq 100000; echo the end | tr a-z A-Z\r');
    const shown = await terminal.shows('THE END');
    const numbers = Array.from({ length: 100_000 }, (_, index) => index + 1).join('\n');
    // A text of this length is nothing to be printed as a difference.
    expect(shown.includes(numbers)).toBe(true);
    terminal.socket.close();
  });

  test('a machine that stops ends its terminals', async () => {
    const terminal = await sit();
    await terminal.shows(/\$/);
    const ended = once(terminal.socket, 'close');
    await finished(api, (await api.stopInstance({ instanceName })).operations);
    await ended;
    await finished(api, (await api.startInstance({ instanceName })).operations);
  });

  test('the command line takes what it is given and shows what comes', async () => {
    const program = new URL('../../bin/lateen.js', import.meta.url).pathname;
    const child = spawn(process.execPath, [program, 'console', instanceName, '--data', server.data]);
    let shown = '';
    child.stdout.on('data', (data) => {
      shown += String(data);
    });
    child.stdin.end('echo typed by a program | tr a-z A-Z\n');
    expect((await once(child, 'close'))[0]).toBe(0);
    expect(shown).toContain('TYPED BY A PROGRAM');
  });

  test('its boot log is what the machine has said', async () => {
    let text = '';
    while (!text.includes('login:')) {
      await sleep(200);
      const { stdout, stderr } = await server.cli('console', instanceName, '--log');
      expect(stderr).toBe('');
      text = stdout;
    }
    expect(text).toContain(machine);
  });
});
