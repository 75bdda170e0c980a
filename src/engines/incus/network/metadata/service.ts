import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Clock } from '../../../../clock.ts';
import type { Ids } from '../../../../ids.ts';
import { peer } from '../addresses.ts';
import { failure, tokenHeader } from './answer.ts';
import { respond } from './respond.ts';
import { createTokens } from './tokens.ts';
import type { MetadataFacts } from './tree.ts';

export interface MetadataServiceOptions {
  /** The machine that has the address, private or IPv6 (in its shortest form). */
  readonly describe: (address: string) => Promise<MetadataFacts | undefined>;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Told of each answer that a machine got without a token. */
  readonly untokened?: ((machine: string) => void) | undefined;
}

export interface MetadataServer {
  /** On the addresses of the bridge, where the rules of the network lead; answers with the port. Throws when one is taken, or not there. */
  listen(addresses: readonly string[], port: number): Promise<number>;
  close(): Promise<void>;
}

/** One machine must not take the service from the others. */
const most = { connectionsOfOne: 64, headerBytes: 8_192, milliseconds: 5_000 } as const;

/** The service that machines find at 169.254.169.254. Who asks is told by the address it comes from, which the bridge vouches for. */
export const createMetadataService = ({ describe, clock, ids, untokened }: MetadataServiceOptions): MetadataServer => {
  const tokens = createTokens(clock, ids);
  const servers: Server[] = [];
  const open = new Map<string, number>();

  const answer = async (request: IncomingMessage) => {
    const source = peer(request.socket.remoteAddress);
    if (source === undefined) return failure(400);
    const facts = await describe(source);
    const { method = '', url: path = '', headers } = request;
    const answered = respond({ method, path, headers, source }, facts, tokens);
    if (facts !== undefined && method !== 'PUT' && answered.status === 200 && headers[tokenHeader] === undefined)
      untokened?.(facts.machine);
    return answered;
  };

  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    request.resume();
    const { status, headers, body } = await answer(request).catch(() => failure(503));
    // One answer a connection: the kernel tells by the first bytes whether a token follows (`ordinaryAnswers`).
    response.writeHead(
      status,
      [...headers, ['Connection', 'close'], ['Server', 'EC2ws'], ['Content-Length', length(body)]].flat(),
    );
    response.end(request.method === 'HEAD' ? undefined : body);
  };

  const start = async (host: string, port: number): Promise<number> => {
    const limits = {
      maxHeaderSize: most.headerBytes,
      headersTimeout: most.milliseconds,
      requestTimeout: most.milliseconds,
    };
    const server = createServer(limits, (request, response) => void serve(request, response));
    server.on('connection', (socket) => {
      const source = peer(socket.remoteAddress) ?? '';
      const count = (open.get(source) ?? 0) + 1;
      open.set(source, count);
      socket.on('close', () => {
        const left = (open.get(source) ?? 1) - 1;
        if (left === 0) open.delete(source);
        else open.set(source, left);
      });
      if (count > most.connectionsOfOne) socket.destroy();
    });
    server.listen(port, host);
    await once(server, 'listening');
    servers.push(server);
    return (server.address() as { port: number }).port;
  };

  return {
    listen: async (addresses, port) => {
      let taken = port;
      for (const host of addresses) taken = await start(host, taken);
      return taken;
    },
    close: async () => {
      const closing = servers.splice(0).map((server) => {
        const closed = once(server, 'close');
        server.close();
        server.closeAllConnections();
        return closed;
      });
      await Promise.all(closing);
    },
  };
};

const length = (body: string | Buffer): string => String(Buffer.byteLength(body));
