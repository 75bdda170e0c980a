import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Lightsail } from '@aws-sdk/client-lightsail';
import { beforeAll, describe, expect, test } from 'vitest';
import type { AuditRecord } from '../../src/guard/record.ts';
import { newAuthority } from '../authority.ts';
import { apiOf } from '../call.ts';
import { client, type Server, startServer, temporaryFolder } from '../lateen.ts';
import { rawRequest, requestText, signCall } from '../sign.ts';

const run = promisify(execFile);

const place = { availabilityZone: 'us-east-1a', blueprintId: 'debian_12', bundleId: 'nano_3_0' };

const auditOf = async (server: Server, ...args: readonly string[]): Promise<AuditRecord[]> => {
  const { stdout } = await server.cli('audit', '--json', ...args);
  return stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as AuditRecord]));
};

describe('the audit log and limits', () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer({ args: ['--throttle', '222222222222=1:3'] });
  });

  test('a call that changes something is there with who, what, from where and what came of it', async () => {
    const { operations = [] } = await client(server).createInstances({
      ...place,
      instanceNames: ['web-1'],
      userData: 'sesame of the script',
    });
    const [record] = await auditOf(server, '--resource', 'web-1');
    expect(record).toEqual({
      eventVersion: '1.11',
      userIdentity: {
        type: 'Root',
        principalId: '111111111111',
        arn: 'arn:aws:iam::111111111111:root',
        accountId: '111111111111',
        accessKeyId: server.accessKeyId,
      },
      eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      eventSource: 'lightsail.amazonaws.com',
      eventName: 'CreateInstances',
      awsRegion: 'us-east-1',
      sourceIPAddress: '127.0.0.1',
      userAgent: expect.stringContaining('aws-sdk-js'),
      requestParameters: { ...place, instanceNames: ['web-1'], userData: 'HIDDEN_DUE_TO_SECURITY_REASONS' },
      responseElements: { operations: [expect.objectContaining({ id: operations[0]?.id, resourceName: 'web-1' })] },
      requestID: expect.stringMatching(/^[0-9a-f-]{36}$/),
      eventID: expect.stringMatching(/^[0-9a-f-]{36}$/),
      readOnly: false,
      resources: [{ accountId: '111111111111', type: 'AWS::Lightsail::Instance', name: 'web-1' }],
      eventType: 'AwsApiCall',
      managementEvent: true,
      recipientAccountId: '111111111111',
      eventCategory: 'Management',
    });
  });

  test('so is one that failed, and not one that only looked', async () => {
    const api = apiOf(server);
    await api.ask('DeleteDisk', { diskName: 'nowhere' });
    await api.ask('DeleteDisk', { diskName: ['not', 'a', 'text'] });
    await api.call('GetDisks');
    const records = await auditOf(server, '--operation', '*Disk*', '--result', 'failed');
    expect(records.map(({ errorCode }) => errorCode)).toEqual(['NotFoundException', 'SerializationException']);
    expect(records[0]).toMatchObject({ errorMessage: 'The Disk does not exist', responseElements: null });
    expect(await auditOf(server, '--operation', 'GetDisks')).toEqual([]);
  });

  test('controls are calls too, without the secrets they give', async () => {
    const { stdout } = await server.cli('keys', 'create', '--new-account', 'audited', '--json');
    const { secretAccessKey, account } = JSON.parse(stdout) as { secretAccessKey: string; account: string };
    const [record] = await auditOf(server, '--operation', 'CreateKey');
    expect(record).toMatchObject({ eventSource: 'lateen', responseElements: { account } });
    expect(JSON.stringify(record)).not.toContain(secretAccessKey);
  });

  test('the table is filtered by who, what, whence, how it ended and when', async () => {
    const { stdout } = await server.cli('audit', '--user', 'root', '--operation', 'Create*', '--address', '127.*');
    expect(stdout).toMatch(/^TIME +ACCOUNT +WHO +OPERATION +RESOURCES +FROM +RESULT\n/);
    expect(stdout).toMatch(/ 111111111111 +root +CreateInstances +web-1 +127\.0\.0\.1 +ok\n/);
    for (const none of [
      ['--user', 'ann'],
      ['--until', '1h'],
      ['--account', '333333333333'],
      ['--result', 'Throttl*'],
    ])
      expect((await server.cli('audit', ...none)).stdout).toBe('');
    expect(await auditOf(server, '--since', '1h', '--last', '1')).toHaveLength(1);
    expect((await server.cli('audit', '--since', 'long ago')).code).toBe(2);
  });

  test('an account is throttled by itself, with the exception that SDKs try again on', async () => {
    const { stdout } = await server.cli(
      'keys',
      'create',
      '--new-account',
      'slow',
      '--account',
      '222222222222',
      '--json',
    );
    const key = JSON.parse(stdout) as { accessKeyId: string; secretAccessKey: string };
    const slow = apiOf({ url: server.url, accessKeyId: key.accessKeyId, secret: key.secretAccessKey });
    const replies = await Promise.all(Array.from({ length: 10 }, () => slow.ask('DeleteDisk', { diskName: 'none' })));
    const refused = replies.filter(({ error }) => error === 'ThrottlingException');
    expect(refused.length).toBeGreaterThanOrEqual(5);
    expect(refused[0]).toMatchObject({ status: 400, message: 'Rate exceeded' });
    // A row of refusals is one line.
    const told = await auditOf(server, '--account', '222222222222', '--result', 'ThrottlingException');
    expect(told.length).toBeGreaterThanOrEqual(1);
    expect(told.length).toBeLessThan(refused.length);
    const others = await Promise.all(Array.from({ length: 20 }, () => apiOf(server).ask('GetRegions')));
    expect(others.every(({ status }) => status === 200)).toBe(true);
    const patient = new Lightsail({ endpoint: server.url, region: 'us-east-1', credentials: key, maxAttempts: 10 });
    expect((await patient.getRegions({})).regions?.length).toBeGreaterThan(0);
  });

  test('pages of others are refused, and so is a name that leads here', async () => {
    const answer = (headers: Record<string, string>, target = '/') =>
      rawRequest(server.port, requestText(target, { connection: 'close', ...headers }, ''));
    const signed = signCall('GetRegions', { ...server, body: '' });
    expect(await answer(signed)).toMatch(/^HTTP\/1.1 200 .*\r\nX-Content-Type-Options: nosniff\r\n/s);
    expect(await answer({ ...signed, origin: 'http://evil.example' })).toMatch(/^HTTP\/1.1 403 /);
    expect(await answer({ host: 'evil.example' })).toMatch(/^HTTP\/1.1 421 .*--name/s);
  });

  test('who guesses a secret is made to wait', async () => {
    const { stdout } = await server.cli('keys', 'create', '--json');
    const key = JSON.parse(stdout) as { accessKeyId: string; secretAccessKey: string };
    const guess = apiOf({ url: server.url, accessKeyId: key.accessKeyId, secret: 'a guess' });
    const errors: (string | undefined)[] = [];
    for (let i = 0; i < 52; i++) errors.push((await guess.ask('GetRegions')).error);
    expect(errors.slice(0, 50)).toEqual(Array.from({ length: 50 }, () => 'InvalidSignatureException'));
    expect(errors.at(-1)).toBe('ThrottlingException');
    expect((await apiOf(server).ask('GetRegions')).status).toBe(200);
    expect(server.stderr()).toContain('many bad signatures');
  });
});

/** Version of HTTP and status, for who trusts these authorities alone. */
const healthAt = (url: string, ca: string): Promise<string> =>
  new Promise((resolve, reject) => {
    get(`${url}/_lateen/health`, { ca, agent: false }, (answer) => {
      answer.resume();
      resolve(`${answer.httpVersion} ${answer.statusCode}`);
    }).on('error', reject);
  });

describe('TLS', () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer({ args: ['--tls', '--name', 'lateen.test'] });
  });

  test('with a certificate of its own authority the SDK and the commands come in, and nobody in the clear', async () => {
    expect(server.url).toMatch(/^https:/);
    expect((await server.cli('clock')).code).toBe(0);
    const { stdout } = await server.cli('env', '--json');
    const env = JSON.parse(stdout) as Record<string, string>;
    const chain = readFileSync(env.AWS_CA_BUNDLE!, 'utf8');
    expect(new X509Certificate(chain).subjectAltName).toContain('DNS:lateen.test');
    expect(readFileSync(join(server.data, 'authority.pem'), 'utf8').trim()).toBe(
      chain.slice(chain.lastIndexOf('-----BEGIN')).trim(),
    );
    // The bundle is read when Node starts, so the SDK asks from a process of its own.
    const script = `import { Lightsail } from '@aws-sdk/client-lightsail';
      console.log((await new Lightsail().getRegions({})).regions.length);`;
    const asked = await run(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, ...env },
    });
    expect(Number(asked.stdout)).toBeGreaterThan(10);
    expect(await healthAt(server.url, chain)).toBe('1.1 200');
    expect(await rawRequest(server.port, requestText('/', { host: 'localhost' }))).toBe('');
    const first = new X509Certificate(chain).fingerprint256;
    await server.stop();
    const again = await startServer({ data: server.data, args: ['--tls', '--name', 'lateen.test'] });
    expect(new X509Certificate(readFileSync(join(again.data, 'tls.pem'))).fingerprint256).toBe(first);
  });

  test('a certificate given is shown, and one without its key stops the start', async () => {
    const folder = temporaryFolder();
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const { authority, store } = await newAuthority();
    const given = await authority.issue(['localhost', 'given.test']);
    await store.close();
    writeFileSync(cert, given.chain);
    writeFileSync(key, given.privateKey);
    const shown = await startServer({ args: ['--tls-cert', cert, '--tls-key', key] });
    expect(readFileSync(join(shown.data, 'tls.pem'), 'utf8')).toBe(given.chain);
    expect((await shown.cli('clock')).code).toBe(0);
    const { AWS_ENDPOINT_URL_LIGHTSAIL: url } = JSON.parse((await shown.cli('env', '--json')).stdout);
    expect(url).toBe(`https://localhost:${shown.port}`);
    const doctor = await shown.cli('doctor');
    expect(doctor.stdout).toMatch(
      /^TLS +ok +good until .* for localhost, given\.test; verified by who is given .*tls\.pem *$/m,
    );
    expect(await healthAt(url, given.chain)).toBe('1.1 200');
    await shown.stop();
    writeFileSync(cert, readFileSync(join(server.data, 'tls.pem')));
    writeFileSync(key, 'not a key');
    const start = startServer({ args: ['--tls-cert', cert, '--tls-key', key] });
    await expect(start).rejects.toThrow(/TLS cannot be served with .*Both are PEM files/s);
    await expect(startServer({ args: ['--tls-cert', cert] })).rejects.toThrow('give both --tls-cert and --tls-key');
  });
});
