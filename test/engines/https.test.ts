/** SetupInstanceHttps on a machine that runs: what its web server serves, seen from outside. */
import { readFileSync } from 'node:fs';
import https from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lightsail, Operation } from '@aws-sdk/client-lightsail';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Api, apiOf } from '../call.ts';
import { finished, getInstance, launch } from '../instances.ts';
import { client, type Server, startServer } from '../lateen.ts';
import { ensureImage, missing, startTestIncus, type TestIncus } from './incus.ts';

const why = missing();
if (why !== undefined) console.info(`skipped: HTTPS of instances, since ${why}`);

const minutes = 60_000;
const instanceName = 'site';

describe.skipIf(why !== undefined)('HTTPS of an instance', () => {
  let daemon: TestIncus;
  let server: Server;
  let api: Lightsail;
  let controls: Api;
  let host: string;

  beforeAll(async () => {
    daemon = await startTestIncus();
    await ensureImage(daemon.incus, 'wordpress');
    server = await startServer({ args: ['--engine', 'incus', '--incus', daemon.socket] });
    api = client(server);
    controls = apiOf(server);
    await launch(api, instanceName, { blueprintId: 'wordpress', bundleId: 'micro_3_0' });
    await finished(api, (await api.allocateStaticIp({ staticIpName: 'front' })).operations);
    await finished(api, (await api.attachStaticIp({ staticIpName: 'front', instanceName })).operations);
    host = (await getInstance(api, instanceName)).publicIpAddress ?? '';
    await served('localhost');
  }, 10 * minutes);
  afterAll(async () => {
    await server?.stop();
    await daemon?.stop();
  });

  const setUp = async (...domainNames: string[]): Promise<Operation | undefined> => {
    const emailAddress = 'admin@example.com';
    const input = { instanceName, domainNames, emailAddress, certificateProvider: 'LetsEncrypt' } as const;
    return (await finished(api, (await api.setupInstanceHttps(input)).operations))[0];
  };

  interface Page {
    readonly status: number | undefined;
    readonly issuer: string;
    readonly names: string;
  }
  const ask = (servername: string, ca?: string): Promise<Page> =>
    new Promise((resolve, reject) => {
      const trust = ca === undefined ? { rejectUnauthorized: false } : { ca };
      const request = https.get({
        host,
        servername,
        headers: { host: servername },
        agent: false,
        timeout: 2_000,
        ...trust,
      });
      request.on('timeout', () => request.destroy(new Error('silence'))).on('error', reject);
      request.on('response', (response) => {
        const { issuer, subjectaltname = '' } = (response.socket as import('node:tls').TLSSocket).getPeerCertificate();
        response.resume();
        resolve({ status: response.statusCode, issuer: String(issuer?.CN), names: subjectaltname });
      });
    });
  /** A web server takes a moment until it is there. */
  const served = async (servername: string, ca?: string): Promise<Page> => {
    for (;;) {
      const page = await ask(servername, ca).catch((error: NodeJS.ErrnoException) => error);
      if (!(page instanceof Error)) return page;
      if (!['ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH'].includes(page.code ?? '') && page.message !== 'silence')
        throw page;
      await sleep(200);
    }
  };
  const authority = (): string => readFileSync(join(server.data, 'authority.pem'), 'utf8');

  test('a set-up that fails leaves the certificate that the machine made itself', async () => {
    const before = await served('localhost');
    await controls.control('OrderFault', { step: 'SetupInstanceHttps/install', permanent: true });
    expect(await setUp('www.example.com')).toMatchObject({ status: 'Failed' });
    await controls.control('ClearFaults');
    expect(await served('localhost')).toEqual(before);
  });

  test('the page is served with a certificate of these names, from the authority of this Lateen', async () => {
    expect(await setUp('www.example.com', 'example.com')).toMatchObject({ status: 'Succeeded' });
    for (const name of ['www.example.com', 'example.com']) {
      const page = await served(name, authority());
      expect(page.names).toContain(`DNS:${name}`);
      expect(page.status).toBeLessThan(400);
    }
    await expect(served('shop.example.com', authority())).rejects.toThrow(/altnames/);
  });

  test('another set-up that fails leaves that one, and so does a reboot', async () => {
    const before = await served('example.com', authority());
    await controls.control('OrderFault', { step: 'SetupInstanceHttps/install', permanent: true });
    expect(await setUp('shop.example.com')).toMatchObject({ status: 'Failed' });
    await controls.control('ClearFaults');
    expect(await served('example.com', authority())).toEqual(before);
    await finished(api, (await api.rebootInstance({ instanceName })).operations);
    expect(await served('example.com', authority())).toEqual(before);
  });

  test('the next set-up takes its place', async () => {
    expect(await setUp('shop.example.com')).toMatchObject({ status: 'Succeeded' });
    expect((await served('shop.example.com', authority())).names).toContain('DNS:shop.example.com');
    await expect(served('example.com', authority())).rejects.toThrow(/altnames/);
  });
});
