import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { decode, encode, type Packet, streamDecode, streamEncode } from 'dns-packet';
import { type Server, startServer } from './lateen.ts';

/** A Lateen that serves its domains, and what asks it for them. */
export interface NameServer extends Server {
  readonly dnsPort: number;
  readonly resolver: Resolver;
}

export const startNameServer = async (...args: readonly string[]): Promise<NameServer> => {
  const server = await startServer({ args: ['--dns-port', '0', ...args] });
  const dnsPort = Number(await told(server, /served on 127\.0\.0\.1:(\d+)\./));
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  resolver.setServers([`127.0.0.1:${dnsPort}`]);
  return { ...server, dnsPort, resolver };
};

/** It is written before the program says that it is ready, but on another pipe. */
const told = async (server: Server, pattern: RegExp): Promise<string | undefined> => {
  for (;;) {
    const found = pattern.exec(server.stderr());
    if (found !== null) return found[1];
    await sleep(5);
  }
};

const query = (name: string, type: string): Packet => ({
  type: 'query',
  id: 1,
  questions: [{ name, type: type as 'A', class: 'IN' }],
});

export const sendUdp = async (port: number, bytes: Uint8Array): Promise<Buffer> => {
  const socket = createSocket('udp4');
  try {
    socket.send(bytes, port, '127.0.0.1');
    const [answer] = (await once(socket, 'message')) as [Buffer];
    return answer;
  } finally {
    socket.close();
  }
};

export type Answer = Packet & { readonly rcode: string; readonly flag_tc: boolean };

export const askUdp = async (port: number, name: string, type: string): Promise<Answer> =>
  decode(await sendUdp(port, encode(query(name, type)))) as unknown as Answer;

/** All questions over one connection, sent at once. */
export const askTcp = async (port: number, ...questions: readonly (readonly [string, string])[]): Promise<Answer[]> => {
  const socket = connect(port, '127.0.0.1');
  socket.end(Buffer.concat(questions.map(([name, type]) => streamEncode(query(name, type)))));
  let rest = Buffer.concat((await socket.toArray()) as Buffer[]);
  const answers: Answer[] = [];
  while (rest.length > 0) {
    answers.push(streamDecode(rest) as unknown as Answer);
    rest = rest.subarray(2 + rest.readUInt16BE(0));
  }
  return answers;
};
