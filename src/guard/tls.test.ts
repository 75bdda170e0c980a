import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { newAuthority, type TestAuthority } from '../../test/authority.ts';
import { temporaryFolder } from '../../test/lateen.ts';
import { certificateLifetime } from '../certificates/authority.ts';
import { certificateFile, startTls, type TlsConfig } from './tls.ts';

const day = 24 * 3_600_000;
const tenMinutes = 600_000;
const begin = Date.UTC(2026, 10, 21);
let now = begin;
let made: TestAuthority;
const ends: (() => unknown)[] = [];

beforeEach(async () => {
  now = begin;
  made = await newAuthority({ now: () => now });
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(async () => {
  vi.useRealTimers();
  for (const end of ends.splice(0)) await end();
  await made.store.close();
});

/** Something that listens over TLS: the certificate that it shows whoever comes now, and that of the file for the commands. */
const listen = async (config: Omit<TlsConfig, 'tls'>) => {
  const data = temporaryFolder();
  const faults: unknown[] = [];
  const { listeners, stop } = await startTls(
    { tls: true, ...config },
    {
      ...{ ...made, clock: { now: () => now }, host: '127.0.0.1', regions: ['us-east-1'], data },
      failed: (error) => faults.push(error),
    },
  );
  const server = listeners.create({});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => server.close(), stop);
  const shown = async (): Promise<X509Certificate> => {
    const { port } = server.address() as AddressInfo;
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    const certificate = socket.getPeerX509Certificate()!;
    socket.destroy();
    return certificate;
  };
  const published = () => new X509Certificate(readFileSync(certificateFile(data)));
  return { shown, published, faults };
};

/** Until what is asked for holds, though it takes its time: what the look finds is made in the background. */
const lookAgain = async (holds: () => Promise<boolean> | boolean): Promise<void> => {
  vi.advanceTimersByTime(tenMinutes);
  await vi.waitFor(async () => expect(await holds()).toBe(true), { timeout: 20_000, interval: 20 });
};

test('its own certificate is replaced a month before it ends, for whoever comes then', async () => {
  const { shown, published } = await listen({ names: ['lateen.test'] });
  const first = await shown();
  expect(first.fingerprint256).toBe(published().fingerprint256);
  expect(first.checkHost('lateen.test')).toBe('lateen.test');
  expect(first.checkIP('127.0.0.1')).toBe('127.0.0.1');
  now = begin + certificateLifetime - 31 * day;
  vi.advanceTimersByTime(tenMinutes);
  await made.store.read(async () => {});
  expect((await shown()).fingerprint256).toBe(first.fingerprint256);
  now += 2 * day;
  await lookAgain(() => published().fingerprint256 !== first.fingerprint256);
  const next = await shown();
  expect(next.fingerprint256).toBe(published().fingerprint256);
  expect(Date.parse(next.validTo)).toBe(Math.floor(now / day) * day + certificateLifetime);
  expect(next.issuer).toBe(first.issuer);
});

test('a certificate in files is read again, and one that does not fit its key leaves the old one', async () => {
  const folder = temporaryFolder();
  const [tlsCert, tlsKey] = [join(folder, 'chain.pem'), join(folder, 'key.pem')];
  const put = async (name: string): Promise<string> => {
    const { chain, privateKey } = await made.authority.issue([name]);
    writeFileSync(tlsCert, chain);
    writeFileSync(tlsKey, privateKey);
    return new X509Certificate(chain).fingerprint256;
  };
  const first = await put('one.test');
  const { shown, published, faults } = await listen({ tlsCert, tlsKey, names: [] });
  expect((await shown()).fingerprint256).toBe(first);
  expect(published().fingerprint256).toBe(first);
  const second = await put('two.test');
  await lookAgain(() => published().fingerprint256 === second);
  expect((await shown()).subjectAltName).toBe('DNS:two.test');
  writeFileSync(tlsKey, 'not a key');
  await lookAgain(() => faults.length === 1);
  expect(String(faults[0])).toContain('TLS cannot be served');
  expect((await shown()).fingerprint256).toBe(second);
});
