import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterAll } from 'vitest';

/** A letter as it came in. */
export interface Received {
  readonly from: string;
  readonly to: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** An SMTP server on a free port that keeps what it is sent; it is closed after the tests of the file. */
export interface MailServer {
  readonly url: string;
  readonly letters: readonly Received[];
  /** What it says to every recipient from now on; undefined for a welcome. */
  refuse(answer: string | undefined): void;
}

export const startMailServer = async (): Promise<MailServer> => {
  const letters: Received[] = [];
  let refused: string | undefined;
  const server = createServer((socket) => converse(socket, letters, () => refused));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterAll(() => void server.close());
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    letters,
    refuse(answer) {
      refused = answer;
    },
  };
};

/** The part of RFC 5321 that a client needs to hand over a letter. */
const converse = (socket: Socket, letters: Received[], refused: () => string | undefined): void => {
  const say = (line: string) => socket.write(`${line}\r\n`);
  let [from, to, unread] = ['', '', ''];
  let data: string[] | undefined;
  const read = (line: string): void => {
    if (data !== undefined) {
      if (line !== '.') data.push(line.replace(/^\./, ''));
      else {
        letters.push({ from, to, ...parse(data) });
        data = undefined;
        say('250 taken');
      }
      return;
    }
    const [, verb = '', address = ''] = /^(\w+)[^<]*<?([^>]*)/.exec(line) ?? [];
    if (verb === 'MAIL') from = address;
    if (verb === 'RCPT') to = address;
    if (verb === 'DATA') data = [];
    if (verb === 'QUIT') socket.end('221 bye\r\n');
    else say(verb === 'DATA' ? '354 go on' : ((verb === 'RCPT' ? refused() : undefined) ?? '250 ok'));
  };
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (unread + chunk).split('\r\n');
    unread = lines.pop() ?? '';
    for (const line of lines) read(line);
  });
  socket.on('error', () => socket.destroy());
  say('220 here');
};

const parse = (lines: readonly string[]): Pick<Received, 'headers' | 'text'> => {
  const gap = lines.indexOf('');
  const headers = lines.slice(0, gap).map((line) => {
    const [name = '', ...value] = line.split(': ');
    return [name.toLowerCase(), value.join(': ')] as const;
  });
  // Long lines are broken with an equals sign at the end (RFC 2045).
  const text = lines
    .slice(gap + 1)
    .join('\n')
    .replace(/=\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  return { headers: Object.fromEntries(headers), text };
};
