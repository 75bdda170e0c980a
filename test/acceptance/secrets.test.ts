import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { apiOf } from '../call.ts';
import { startServer } from '../lateen.ts';
import { rawRequest, requestText, signCall } from '../sign.ts';

/** All files of a folder as they lie on the disk, by name; but for the one that is there to hold the root key. */
const filesIn = (folder: string): Map<string, Buffer> =>
  new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== 'credentials')
      .map((entry) => [entry.name, readFileSync(join(entry.parentPath, entry.name))]),
  );

/** A stretch of a key in PEM that is nothing but key. */
const heartOf = (pem: string): string => pem.replace(/-----.*?-----|\s/g, '').slice(100, 160);

test('no secret is in what is written: logs, the audit log, the data directory', async () => {
  const [hook, mail, database, changed] = ['hook-sesame-1', 'mail-sesame-2', 'database-sesame-3', 'changed-sesame-4'];
  const server = await startServer({
    args: [
      ...['--log', 'json', '--webhook', 'http://user:hook-login-5@127.0.0.1:9/', '--webhook-secret', hook],
      ...['--smtp', `smtp://user:${mail}@127.0.0.1:9`],
    ],
  });
  const api = apiOf(server);
  const secrets: Record<string, string> = {
    hook,
    mail,
    database,
    changed,
    hookLogin: 'hook-login-5',
    root: server.secret,
  };

  const { privateKeyBase64: pair = '' } = await api.call('CreateKeyPair', { keyPairName: 'pair' });
  const { privateKeyBase64: standard = '' } = await api.call('DownloadDefaultKeyPair', {});
  [secrets.pair, secrets.standard] = [heartOf(pair), heartOf(standard)];

  const place = { availabilityZone: 'us-east-1a', blueprintId: 'debian_12', bundleId: 'nano_3_0' };
  await api.call('CreateInstances', { ...place, instanceNames: ['web'] });
  await expect
    .poll(async () => (await api.call('GetInstanceState', { instanceName: 'web' })).state?.name)
    .toBe('running');
  const { accessDetails } = await api.call('GetInstanceAccessDetails', { instanceName: 'web' });
  secrets.login = heartOf(accessDetails?.privateKey ?? '');

  const base = {
    ...{ relationalDatabaseName: 'db', relationalDatabaseBlueprintId: 'mysql_8_0', masterUsername: 'keeper' },
    ...{ relationalDatabaseBundleId: 'micro_2_0', masterDatabaseName: 'shop', availabilityZone: 'us-east-1a' },
  };
  for (const masterUserPassword of [`${database}@/"`, { deep: database }, `${database} `.repeat(20)])
    await api.ask('CreateRelationalDatabase', { ...base, masterUserPassword });
  await api.call('CreateRelationalDatabase', { ...base, masterUserPassword: database });
  await api.ask('UpdateRelationalDatabase', { relationalDatabaseName: 'db', masterUserPassword: changed });
  await api.ask('GetRelationalDatabaseMasterUserPassword', { relationalDatabaseName: 'db' });

  await api.call('CreateBucket', { bucketName: 'bucket-of-secrets', bundleId: 'small_1_0' });
  const { accessKey } = await api.call('CreateBucketAccessKey', { bucketName: 'bucket-of-secrets' });
  secrets.bucket = accessKey?.secretAccessKey ?? '';
  const { registryLogin } = await api.call('CreateContainerServiceRegistryLogin', {});
  secrets.registry = registryLogin?.password ?? '';

  const { stdout } = await server.cli('keys', 'create', '--minutes', '60', '--json');
  const temporary = JSON.parse(stdout) as { accessKeyId: string; secretAccessKey: string; sessionToken: string };
  [secrets.temporary, secrets.token] = [temporary.secretAccessKey, temporary.sessionToken];
  const headers = signCall('GetRegions', { ...server, ...temporary, secret: temporary.secretAccessKey, body: '{}' });
  expect(await rawRequest(server.port, requestText('/', { ...headers, connection: 'close' }, '{}'))).toMatch(/ 200 /);

  const { stdout: audit } = await server.cli('audit', '--json', '--last', '1000');
  expect(audit.split('\n').length).toBeGreaterThan(12);
  await server.stop();
  const written = new Map<string, Buffer>([
    ['standard output', Buffer.from(server.stdout())],
    ['standard error', Buffer.from(server.stderr())],
    ['the audit log', Buffer.from(audit)],
    ...filesIn(server.data),
  ]);
  expect(server.stderr()).toContain('CreateBucketAccessKey');
  expect(written.get('lateen.db')?.length).toBeGreaterThan(100_000);
  const found = Object.entries(secrets).flatMap(([name, secret]) => {
    expect([name, secret.length > 8]).toEqual([name, true]);
    return [...written].filter(([, bytes]) => bytes.includes(secret)).map(([where]) => `${name} in ${where}`);
  });
  expect(found).toEqual([]);
});
