import type { PGlite } from '@electric-sql/pglite';
import type { Store } from './store.ts';

/**
 * A real PostgreSQL for tests, run inside this process: PGlite behind a socket on loopback. It starts once, lives as long as the
 * process, and takes one connection at a time, so the pool has one. With LATEEN_TEST_DATABASE_URL the tests run on that server
 * instead. `remove` empties the database.
 */
export const testPostgres = (): { name: string; open(): Promise<Store>; remove(): Promise<void> } => {
  const given = process.env.LATEEN_TEST_DATABASE_URL;
  const stops: (() => Promise<void>)[] = [];
  return {
    name: 'PostgreSQL',
    async open() {
      const { openPostgres } = await import('./postgres/store.ts');
      if (given !== undefined) return openPostgres(given);
      const { PGLiteSocketServer } = await import('@electric-sql/pglite-socket');
      const server = new PGLiteSocketServer({ db: await database(), host: '127.0.0.1', port: 0 });
      await server.start();
      stops.push(() => server.stop());
      const [host, port] = server.getServerConn().split(':');
      return openPostgres(`postgres://postgres:postgres@${host}:${port}/postgres`, 1);
    },
    async remove() {
      if (given !== undefined) return;
      for (const stop of stops.splice(0)) await stop();
      await (await database()).exec('deallocate all; drop schema public cascade; create schema public');
    },
  };
};

let started: Promise<PGlite> | undefined;

const database = (): Promise<PGlite> => {
  started ??= import('@electric-sql/pglite').then(({ PGlite }) => PGlite.create());
  return started;
};
