import type { Server } from './api/server.ts';
import type { Config } from './config.ts';
import type { NameServer, Zones } from './engines/zones.ts';
import type { ObjectServer } from './objects/api/server.ts';

/** The API on its port and objects on the next one; with port 0, on two free ones. */
export const listenInPairs = async (
  server: Pick<Server, 'listen'>,
  objectServer: ObjectServer,
  { port, host }: Config,
): Promise<{ port: number }> => {
  if (port !== 0) {
    const heard = await server.listen(port, host);
    await objectServer.listen(port + 1, host);
    return heard;
  }
  for (let attempt = 0; ; attempt++) {
    const { port: next } = await objectServer.listen(0, host);
    try {
      return await server.listen(next - 1, host);
    } catch (error) {
      // Somebody has the port before it.
      if (attempt === mostAttempts) throw error;
      await objectServer.unlisten();
    }
  }
};

const mostAttempts = 50;

/** Serves the zones, if they are to be served. Throws with a text for people when it cannot. */
export const serveDns = async (zones: Zones, port: number | undefined): Promise<NameServer | undefined> => {
  if (port === undefined) return undefined;
  const { serveZones } = await import('./engines/dns/server.ts');
  return serveZones(zones, port).catch((error: NodeJS.ErrnoException) => {
    throw new Error(
      `DNS cannot be served on port ${port} of 127.0.0.1 (${error.code}). Start with another --dns-port.`,
    );
  });
};
