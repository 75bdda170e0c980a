import type { Store } from './store.ts';

/**
 * A real PostgreSQL for tests, run inside this process: PGlite behind a socket on loopback. It takes one connection at a time, so
 * the pool has one. With LATEEN_TEST_DATABASE_URL the tests run on that server instead.
 */
export const testPostgres = (): { name: string; open(): Promise<Store>; remove(): Promise<void> } => {
  let stop = async (): Promise<void> => {};
  return {
    name: 'PostgreSQL',
    async open() {
      const { openPostgres } = await import('./postgres/store.ts');
      const given = process.env.LATEEN_TEST_DATABASE_URL;
      if (given !== undefined) return openPostgres(given);
      const { PGlite } = await import('@electric-sql/pglite');
      const { PGLiteSocketServer } = await import('@electric-sql/pglite-socket');
      const database = await PGlite.create();
      const server = new PGLiteSocketServer({ db: database, host: '127.0.0.1', port: 0 });
      await server.start();
      const [host, port] = server.getServerConn().split(':');
      stop = async () => {
        await server.stop();
        await database.close();
      };
      return openPostgres(`postgres://postgres:postgres@${host}:${port}/postgres`, 1);
    },
    remove: () => stop(),
  };
};
