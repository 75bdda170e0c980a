import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { afterAll, expect, test } from 'vitest';
import { WindableClock } from '../clock.ts';
import { randomIds } from '../ids.ts';
import { migrate } from '../store/migrate.ts';
import { createSeal } from '../store/seal.ts';
import { openSqlite } from '../store/sqlite/store.ts';
import { certificateLifetime, createAuthority } from './authority.ts';

const folder = mkdtempSync(join(tmpdir(), 'lateen-authority-'));
const store = openSqlite(join(folder, 'lateen.db'));
await migrate(store);
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});
const seal = createSeal(randomIds.bytes(32), randomIds);
const published: string[] = [];
const authorityAt = (clock: WindableClock) =>
  createAuthority({ store, seal, clock, publish: (certificate) => published.push(certificate) });

const clock = new WindableClock();
const authority = authorityAt(clock);
const names = ['www.example.com', 'example.com'] as const;
const issued = await authority.issue(names);
const [leaf, root] = issued.chain.split(/(?<=-----END CERTIFICATE-----\n)/).map((pem) => new X509Certificate(pem));

test('the chain is the certificate and the authority that signed it', () => {
  expect(leaf?.subject).toBe('CN=www.example.com');
  expect(leaf?.issuer).toBe('CN=Lateen');
  expect(leaf?.subjectAltName).toBe('DNS:www.example.com, DNS:example.com');
  expect(leaf?.checkIssued(root!)).toBe(true);
  expect(leaf?.verify(root!.publicKey)).toBe(true);
  expect(leaf?.ca).toBe(false);
  expect(leaf?.checkPrivateKey(createPrivateKey(issued.privateKey))).toBe(true);
  expect(leaf?.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  expect(root?.ca).toBe(true);
  expect(root?.verify(root.publicKey)).toBe(true);
  expect(new X509Certificate(published[0]!).raw).toEqual(root?.raw);
});

test('serial and times are those of the certificate', () => {
  expect(issued.serial.replaceAll(':', '').toUpperCase()).toBe(leaf?.serialNumber);
  expect(Date.parse(leaf?.validFrom ?? '')).toBe(issued.notBefore);
  expect(Date.parse(leaf?.validTo ?? '')).toBe(issued.notAfter);
  expect(issued.notBefore).toBeLessThanOrEqual(clock.now());
  expect(issued.notAfter - issued.notBefore).toBe(certificateLifetime);
});

test('a client that trusts the authority speaks TLS with each of the names, and with no other', async () => {
  const server = createServer({ cert: issued.chain, key: issued.privateKey }, (socket) => socket.end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const meet = async (servername: string, ca?: string): Promise<boolean> => {
    const socket = connect({ host: '127.0.0.1', port, servername, ...(ca === undefined ? {} : { ca }) });
    try {
      await once(socket, 'secureConnect');
      return socket.authorized;
    } catch {
      return false;
    } finally {
      socket.destroy();
    }
  };
  const ca = published[0]!;
  expect(await meet('www.example.com', ca)).toBe(true);
  expect(await meet('example.com', ca)).toBe(true);
  expect(await meet('other.example.com', ca)).toBe(false);
  expect(await meet('example.com')).toBe(false);
  server.close();
});

test('the authority stays the same after a restart, and its key lies sealed', async () => {
  const again = await authorityAt(clock).issue(['other.example.com']);
  expect(again.chain.endsWith(root!.toString())).toBe(true);
  expect(again.serial).not.toBe(issued.serial);
  const rows = await store.read((tx) => tx.all<{ value: Uint8Array }>('select value from secret'));
  expect(rows).toHaveLength(1);
  expect(Buffer.from(rows[0]!.value).toString('latin1')).not.toContain('PRIVATE KEY');
});

test('of two that make it at the same time one is kept', async () => {
  const late = new WindableClock();
  late.windTo(Date.now() + 20 * 365 * 24 * 3_600_000);
  const [one, two] = await Promise.all([authorityAt(late), authorityAt(late)].map((each) => each.issue(names)));
  const rootOf = (chain = '') => chain.slice(chain.lastIndexOf('-----BEGIN'));
  expect(rootOf(one?.chain)).toBe(rootOf(two?.chain));
  // The first one would have ended before the certificate.
  expect(rootOf(one?.chain)).not.toBe(rootOf(issued.chain));
});
