/** An Incus that is reached over TLS with a client certificate, black box. Both are on this host, as they must be. */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lightsail } from '@aws-sdk/client-lightsail';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { IncusInstance } from '../../src/engines/incus/instances.ts';
import { newRdpCertificate } from '../../src/ssh/rdp-certificate.ts';
import { apiOf } from '../call.ts';
import { finished, getInstance, launch } from '../instances.ts';
import { client, type Server, startServer, temporaryFolder } from '../lateen.ts';
import { missing, startTestIncus, type TestIncus } from './incus.ts';

const given = process.env.LATEEN_INCUS !== undefined;
const why = given ? 'the Incus was given, and how it is reached is not ours to change' : missing();
if (why !== undefined) console.info(`skipped: Incus over TLS, since ${why}`);

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

describe.skipIf(why !== undefined)('Incus over TLS', () => {
  const folder = temporaryFolder();
  const file = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  let daemon: TestIncus;
  let url: string;
  let trusted: string[];
  let stranger: string[];
  let server: Server;
  let api: Lightsail;

  beforeAll(async () => {
    daemon = await startTestIncus();
    const port = await freePort();
    url = `https://127.0.0.1:${port}`;
    await daemon.incus.patch('/1.0', { config: { 'core.https_address': `127.0.0.1:${port}` } });
    const { environment } = await daemon.incus.get<{ environment: { certificate: string } }>('/1.0');
    const serverCert = file('server.pem', environment.certificate);
    const identity = async (name: string) => {
      const made = await newRdpCertificate(name, Math.floor(Date.now() / 1000));
      const args = [
        '--incus-cert',
        file(`${name}.crt`, made.certificatePem),
        '--incus-key',
        file(`${name}.key`, made.privateKeyPem),
      ];
      return { made, args: ['--engine', 'incus', '--incus', url, ...args, '--incus-server-cert', serverCert] };
    };
    const [one, other] = [await identity('lateen'), await identity('stranger')];
    await daemon.incus.post('/1.0/certificates', { type: 'client', name: 'lateen', certificate: one.made.certificate });
    [trusted, stranger] = [one.args, other.args];
  });
  afterAll(async () => {
    await server?.stop();
    await daemon?.stop();
  });

  test('a client that the daemon does not trust is told so, with the command that mends it', async () => {
    await expect(startServer({ args: stranger })).rejects.toThrow(
      /does not trust this client's certificate\.\s+incus config trust add-certificate/,
    );
  });

  test('a daemon that is not the expected one gets nothing', async () => {
    const args = [...trusted.slice(0, -1), trusted[trusted.indexOf('--incus-cert') + 1]!];
    await expect(startServer({ args })).rejects.toThrow(/Incus does not answer at https:.*self-signed certificate/);
  });

  test('machines are made, have a boot log, are followed and deleted', async () => {
    server = await startServer({ args: trusted });
    api = client(server);
    const instanceName = 'far';
    await launch(api, instanceName);
    const machines = () => daemon.incus.get<IncusInstance[]>('/1.0/instances?recursion=1');
    const [machine] = await machines();
    expect(machine?.status).toBe('Running');
    await expect.poll(() => apiOf(server).control('GetConsoleLog', { instanceName })).toHaveProperty('log');
    // What happens to it comes over a websocket.
    while ((await machines())[0]?.status === 'Running') {
      await daemon.incus.exec(machine!.name, ['systemctl', 'poweroff']).catch(() => {});
      await sleep(500);
    }
    await expect
      .poll(async () => (await getInstance(api, instanceName)).state?.name, { timeout: 30_000 })
      .toBe('stopped');
    await finished(api, (await api.deleteInstance({ instanceName })).operations);
    await expect.poll(machines, { timeout: 30_000 }).toEqual([]);
  });
});
