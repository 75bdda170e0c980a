import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll } from 'vitest';

/** A DNS server on loopback that knows CNAME and A records and nothing else. */
export interface DnsServer {
  /** `127.0.0.1:<port>` */
  readonly address: string;
  /** Targets by name, both without a dot at the end; may change at any time. */
  readonly records: Map<string, string>;
  /** IPv4 addresses by name, the same way. */
  readonly addresses: Map<string, string>;
}

const [a, cname] = [1, 5];

/** Runs until the end of the test file. */
export const startDns = async (): Promise<DnsServer> => {
  const records = new Map<string, string>();
  const addresses = new Map<string, string>();
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => socket.send(answerTo(query, records, addresses), from.port, from.address));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  afterAll(() => void socket.close());
  return { address: `127.0.0.1:${socket.address().port}`, records, addresses };
};

/** The question again, with one answer behind it, or with the word that there is no such name. */
const answerTo = (
  query: Buffer,
  records: ReadonlyMap<string, string>,
  addresses: ReadonlyMap<string, string>,
): Buffer => {
  const { name, end } = readName(query);
  const type = query.readUInt16BE(end);
  const known = { [a]: addresses, [cname]: records }[type];
  const target = known?.get(name.toLowerCase());
  const header = Buffer.from(query.subarray(0, 12));
  header.writeUInt16BE(target === undefined ? 0x8183 : 0x8180, 2);
  header.writeUInt16BE(target === undefined ? 0 : 1, 6);
  header.fill(0, 8);
  const question = query.subarray(12, end + 4);
  if (target === undefined) return Buffer.concat([header, question]);
  const data = type === a ? Buffer.from(target.split('.').map(Number)) : writeName(target);
  const record = Buffer.alloc(12);
  record.writeUInt16BE(0xc00c, 0);
  record.writeUInt16BE(type, 2);
  record.writeUInt16BE(1, 4);
  record.writeUInt16BE(data.length, 10);
  return Buffer.concat([header, question, record, data]);
};

const readName = (message: Buffer): { name: string; end: number } => {
  const labels: string[] = [];
  let at = 12;
  for (let length = message[at]!; length > 0; length = message[at]!) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.'), end: at + 1 };
};

const writeName = (name: string): Buffer =>
  Buffer.concat([
    ...name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
    Buffer.from([0]),
  ]);
