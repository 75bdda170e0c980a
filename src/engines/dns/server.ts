import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { NameServer, Zones } from '../zones.ts';
import { respond } from './message.ts';

const host = '127.0.0.1';
const mostConnections = 100;
const patienceMs = 10_000;
const attempts = 10;

/** Answers for the zones over UDP and TCP on loopback; port 0 takes one that is free for both. Rejects when it is taken. */
export const serveZones = async (zones: Zones, port: number): Promise<NameServer> => {
  for (let i = 1; ; i++) {
    const talking = new Set<Socket>();
    const tcp = await listenTcp(zones, port, talking);
    const bound = (tcp.address() as { port: number }).port;
    try {
      const udp = await listenUdp(zones, bound);
      return { port: bound, stop: () => stop(tcp, udp, talking) };
    } catch (error) {
      tcp.close();
      if (port !== 0 || i === attempts) throw error;
    }
  }
};

const listenTcp = async (zones: Zones, port: number, talking: Set<Socket>): Promise<Server> => {
  const server = createServer((socket) => {
    talking.add(socket);
    socket.on('close', () => talking.delete(socket));
    converse(zones, socket);
  });
  server.maxConnections = mostConnections;
  server.listen(port, host);
  await once(server, 'listening');
  return server;
};

const listenUdp = async (zones: Zones, port: number): Promise<UdpSocket> => {
  const socket = createSocket('udp4');
  socket.bind(port, host);
  await once(socket, 'listening').catch((error: unknown) => {
    socket.close();
    throw error;
  });
  // Whoever left before the answer came is no fault of ours.
  socket.on('error', () => {});
  socket.on('message', (query, { port, address }) => {
    void respond(zones, query, 'udp').then((answer) => {
      if (answer !== undefined && isOpen(socket)) socket.send(answer, port, address, () => {});
    });
  });
  return socket;
};

const isOpen = (socket: UdpSocket): boolean => {
  try {
    socket.address();
    return true;
  } catch {
    return false;
  }
};

/** One message after the other, each behind its length in two bytes. */
const converse = (zones: Zones, socket: Socket): void => {
  socket.setTimeout(patienceMs, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  void answerAll(zones, socket).catch(() => socket.destroy());
};

const answerAll = async (zones: Zones, socket: Socket): Promise<void> => {
  let received = Buffer.alloc(0);
  for await (const part of socket as AsyncIterable<Buffer>) {
    received = Buffer.concat([received, part]);
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
      const end = 2 + received.readUInt16BE(0);
      const answer = await respond(zones, received.subarray(2, end), 'tcp');
      received = received.subarray(end);
      if (answer === undefined) return void socket.destroy();
      const length = Buffer.alloc(2);
      length.writeUInt16BE(answer.length);
      socket.write(Buffer.concat([length, answer]));
    }
  }
  socket.end();
};

const stop = async (tcp: Server, udp: UdpSocket, talking: ReadonlySet<Socket>): Promise<void> => {
  const closed = [once(tcp, 'close'), once(udp, 'close')];
  udp.close();
  tcp.close();
  for (const socket of talking) socket.destroy();
  await Promise.all(closed);
};
