/** `lateen doctor --state`, on states that were broken on purpose. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { apiOf } from '../call.ts';
import { distributionInput } from '../distributions.ts';
import { launch, lightsail } from '../instances.ts';
import { lateen, startServer, temporaryFolder } from '../lateen.ts';
import { balance } from '../load-balancers.ts';
import { attachedDisk, snapshotOfInstance } from '../snapshots.ts';
import { expectWhole, readState } from '../state.ts';
import { newUser } from '../users.ts';

type Row = Record<string, unknown>;
type Line = [table: string, row: Row];

const server = await startServer();
const api = lightsail(server);
const { control } = apiOf(server);
const wind = (ms: number) => control('AdvanceClock', { ms });

await launch(api, 'web');
await attachedDisk(api, 'data', 'web', '/dev/xvdf');
await api.allocateStaticIp({ staticIpName: 'address' });
await api.attachStaticIp({ staticIpName: 'address', instanceName: 'web' });
await balance(api, 'lb', { certificateName: 'cert', certificateDomainName: 'example.com' });
await api.attachInstancesToLoadBalancer({ loadBalancerName: 'lb', instanceNames: ['web'] });
await snapshotOfInstance(api, 'web', 'snapshot');
await api.putAlarm({
  ...{ alarmName: 'alarm', monitoredResourceName: 'lb', metricName: 'RequestCount', threshold: 1 },
  ...{ comparisonOperator: 'GreaterThanThreshold', evaluationPeriods: 1 },
});
for (const bucketName of ['logs', 'photos']) await api.createBucket({ bucketName, bundleId: 'small_1_0' });
await api.createBucketAccessKey({ bucketName: 'photos' });
await api.setResourceAccessForBucket({ bucketName: 'photos', resourceName: 'web', access: 'allow' });
await api.updateBucket({ bucketName: 'photos', accessLogConfig: { enabled: true, destination: 'logs' } });
await api.createCertificate({ certificateName: 'site', domainName: 'example.org' });
await wind(0);
await api.createDistribution(distributionInput('cdn', 'lb', { certificateName: 'site', subdomainName: 'shop.street' }));
await wind(60_000);
await newUser(server, { control }, 'ann', []);
await control('CreateApiKey', { user: 'ann' });
await control('CreateKey', { newAccount: 'gone', account: '222222222222' });
const good = join(temporaryFolder(), 'good.jsonl');
await control('SaveState', { file: good });
afterEach(() => control('LoadState', { file: good }));

const doctor = async () => {
  const { code, stdout } = await server.cli('doctor', '--state', '--json');
  const { ok, checks } = JSON.parse(stdout) as {
    ok: boolean;
    checks: { check: string; state: string; found: string }[];
  };
  expect(ok).toBe(code === 0);
  return { code, found: checks.filter(({ check }) => check === 'state') };
};

/** Loads the good state with some of its rows changed, or left out. */
const breakState = async (change: (line: Line) => Line | undefined): Promise<void> => {
  const [header, ...lines] = readFileSync(good, 'utf8').trim().split('\n');
  const kept = lines.flatMap((line) => {
    const changed = change(JSON.parse(line) as Line);
    return changed === undefined ? [] : [JSON.stringify(changed)];
  });
  expect(kept).not.toEqual(lines);
  const file = join(temporaryFolder(), 'broken.jsonl');
  writeFileSync(file, `${[header, ...kept].join('\n')}\n`);
  await control('LoadState', { file });
};

/** Changes the body of the named resource, or what only Lateen knows of it. */
const edit =
  (name: string, members: Row, column: 'body' | 'inner_body' = 'body') =>
  ([table, row]: Line): Line =>
    table === 'resource' && row.name === name
      ? [table, { ...row, [column]: JSON.stringify({ ...JSON.parse(String(row[column])), ...members }) }]
      : [table, row];

const setState =
  (name: string, state: string) =>
  ([table, row]: Line): Line =>
    table === 'resource' && row.name === name ? [table, { ...row, state }] : [table, row];

const without =
  (wanted: string, is: (row: Row) => boolean = () => true) =>
  ([table, row]: Line): Line | undefined =>
    table === wanted && is(row) ? undefined : [table, row];

const named = (name: string) => (row: Row) => row.name === name;

test('a whole state is found to be whole', async () => {
  const { code, found } = await doctor();
  expect(found).toEqual([
    { check: 'state', state: 'ok', found: expect.stringMatching(/^\d+ rows, and nothing dangles$/) },
  ]);
  expect(code).toBe(0);
  expectWhole(await readState(apiOf(server), server.data));
});

const where = '\\(111111111111 us-east-1\\)';
const breakages: Readonly<Record<string, readonly [(line: Line) => Line | undefined, ...string[]]>> = {
  'a disk in an instance that is gone': [
    without('resource', named('web')),
    `^Disk data ${where} is attached to the Instance web, which is not there$`,
    `^StaticIp address ${where} is attached to the Instance web, which is not there$`,
    `^LoadBalancer lb ${where} serves the Instance web, which is not there$`,
    '^address of .* belongs to a resource that is not there$',
    '^secret of .* belongs to a resource that is not there$',
    '^machine of .* belongs to a resource that is not there$',
    '^quota of Instance .* counts 1, and there are 0$',
  ],
  'a disk that is attached elsewhere': [
    edit('data', { path: '/dev/xvdg' }),
    `^Disk data ${where} is attached to the Instance web, which tells otherwise$`,
    `^Instance web ${where} has the Disk data, which tells otherwise$`,
  ],
  'a disk that is attached to nothing': [edit('data', { attachedTo: undefined }), '^Disk data .* is in no place'],
  'a static IP with another address': [
    edit('address', { ipAddress: '203.0.113.9' }),
    'StaticIp address .* shows the address 203.0.113.9, which is not its own$',
    'StaticIp address .* holds the address .* and does not show it$',
    'Instance web .* has the StaticIp address, which tells otherwise$',
  ],
  'an instance that has forgotten its static IP': [
    edit('web', { staticIp: undefined }, 'inner_body'),
    'StaticIp address .* is attached to the Instance web, which tells otherwise$',
    'Instance web .* has a static address and no StaticIp',
  ],
  'a load balancer that has forgotten its target': [
    edit('lb', { targets: [] }, 'inner_body'),
    'Instance web .* is behind the LoadBalancer lb, which tells otherwise$',
    'LoadBalancer lb .* shows the health of others than its targets$',
  ],
  'a certificate of another load balancer': [
    edit('cert', { loadBalancerName: 'other' }),
    'LoadBalancerTlsCertificate cert .* belongs to the LoadBalancer other, which is not there$',
    'LoadBalancer lb .* lists the LoadBalancerTlsCertificate cert, which tells otherwise$',
  ],
  'a bucket that is gone': [
    without('resource', named('photos')),
    'Instance web .* has access to the Bucket photos, which is not there$',
    'Bucket logs .* takes the logs of the Bucket photos, which is not there$',
    '^bucket_key of .* belongs to a resource that is not there$',
  ],
  'a bucket that has forgotten its instance': [
    edit('photos', { receivers: undefined }, 'inner_body'),
    'Instance web .* has access to the Bucket photos, which tells otherwise$',
  ],
  'an instance that has forgotten its bucket': [
    edit('web', { buckets: undefined }, 'inner_body'),
    'Bucket photos .* lets in the Instance web, which tells otherwise$',
  ],
  'a bucket that has forgotten whose logs it takes': [
    edit('logs', { logsOf: undefined }, 'inner_body'),
    'Bucket photos .* writes its logs to the Bucket logs, which tells otherwise$',
  ],
  'a bucket with logs and no place for them': [
    edit('photos', { accessLogConfig: { enabled: true } }),
    'Bucket photos .* has access logs and no destination',
    'Bucket logs .* takes the logs of the Bucket photos, which tells otherwise$',
  ],
  'a distribution that is gone': [
    without('resource', named('cdn')),
    'LoadBalancer lb .* is the origin of the Distribution cdn, which is not there$',
    'Certificate site .* is attached to the Distribution cdn, which is not there$',
    'Subdomain shop.street.* leads to the Distribution cdn, which is not there$',
  ],
  'a distribution that pulls from elsewhere, without its certificate and its subdomain': [
    edit('cdn', { origin: undefined, certificateName: undefined, subdomain: undefined }),
    'LoadBalancer lb .* is the origin of the Distribution cdn, which tells otherwise$',
    'Certificate site .* is attached to the Distribution cdn, which tells otherwise$',
    'Subdomain shop.street.* leads to the Distribution cdn, which tells otherwise$',
    'Distribution cdn .* has alternative names and no certificate',
  ],
  'a certificate that has forgotten its use': [
    edit('site', { uses: [] }, 'inner_body'),
    'Distribution cdn .* is shown with the Certificate site, which tells otherwise$',
    'Certificate site .* counts other users than it has$',
  ],
  'a distribution that is in progress for ever': [
    setState('cdn', 'InProgress'),
    'Distribution cdn .* is in progress, and nothing is under way$',
  ],
  'a subdomain whose top level is anybody’s': [
    without('subdomain_label'),
    'Subdomain shop.street.* does not hold its top level$',
  ],
  'a top level that is kept for nothing': [
    without('resource', named('shop.street.sites.lateen.internal')),
    '^subdomain_label of street is kept for subdomains that are not there$',
    'Distribution cdn .* has the Subdomain shop.street.*, which is not there$',
  ],
  'an alarm that watches nothing': [without('alarm'), 'Alarm alarm .* monitors lb, which is not there$'],
  'an alarm and a certificate that nobody looks after': [
    without('task'),
    'Alarm alarm .* is to be evaluated, and nothing is under way$',
    'LoadBalancerTlsCertificate cert .* is to be validated or renewed, and nothing is under way$',
  ],
  'an instance that nobody watches any more': [
    edit('web', { stopOnIdle: { schedule: '00000000-0000-4000-8000-000000000000' } }, 'inner_body'),
    'Instance web .* watches for idleness and does not show it',
    'Instance web .* stops on idle, and nothing is under way$',
  ],
  'an instance that is stopping for ever': [
    setState('web', 'stopping'),
    'Instance web .* changes its state, and nothing is under way$',
  ],
  'a snapshot that is in use for ever': [
    edit('snapshot', { uses: 1 }, 'inner_body'),
    'InstanceSnapshot snapshot .* is in use, and nothing is under way$',
  ],
  'an address that is nobody’s': [
    ([table, row]) =>
      table === 'address' ? [table, { ...row, owner: '00000000-0000-4000-8000-000000000000' }] : [table, row],
    '^address of 00000000-0000-4000-8000-000000000000 belongs to a resource that is not there$',
    'Instance web .* shows the address .*, which is not its own$',
  ],
  'an operation that goes on': [
    ([table, row]) =>
      table === 'operation' && row.resource_name === 'address'
        ? [table, { ...row, body: String(row.body).replace('"isTerminal":true', '"isTerminal":false') }]
        : [table, row],
    '^operation .* of address .* goes on, and no task ends it$',
  ],
  'a task that ends an operation that is gone': [
    ([table, row]) =>
      table === 'task' ? [table, { ...row, operations: '["00000000-0000-4000-8000-000000000000"]' }] : [table, row],
    '^task EvaluateAlarm of .* is to end the operation 00000000-0000-4000-8000-000000000000, which is not there$',
  ],
  'a task that waits for a resource that is gone': [
    ([table, row]) =>
      table === 'task' && row.kind === 'RenewCertificate'
        ? [table, { ...row, resource: '00000000-0000-4000-8000-000000000000' }]
        : [table, row],
    '^task RenewCertificate of .* waits until .* for a resource that is not there$',
  ],
  'work that does not get on': [
    ([table, row]) =>
      table === 'task' && row.kind === 'RenewCertificate'
        ? [table, { ...row, attempts: 50, error: 'No luck.' }]
        : [table, row],
    '^task RenewCertificate of .* was tried 50 times in vain: No luck\\.$',
  ],
  'users, policies and accounts that are gone': [
    (line) => (line[0] === 'identity' || (line[0] === 'account' && line[1].name === 'gone') ? undefined : line),
    '^access_key of AKIA.* \\(111111111111\\) is for a user or a role that is not there$',
    '^api_key of AKBC.* \\(111111111111\\) is for a user that is not there$',
    '^policy_attachment of ann \\(111111111111\\) is attached to a user or a role that is not there$',
    '^access_key of AKIA.* \\(222222222222\\) belongs to an account that is not there$',
  ],
  'a policy that is gone': [
    without('policy'),
    '^policy_attachment of ann \\(111111111111\\) is attached, and there is no such policy$',
  ],
  'a quota that counts wrong': [
    ([table, row]) => (table === 'usage' && row.kind === 'Disk' ? [table, { ...row, used: 3 }] : [table, row]),
    '^quota of Disk \\(111111111111\\) counts 3, and there are 1$',
  ],
};

test.each(Object.entries(breakages))('doctor finds %s', async (_, [change, ...expected]) => {
  await breakState(change);
  const { code, found } = await doctor();
  expect(code).toBe(1);
  for (const { state } of found) expect(state).toBe('problem');
  const texts = found.map((finding) => finding.found);
  for (const pattern of expected) expect(texts).toContainEqual(expect.stringMatching(pattern));
});

test('without a Lateen that runs there is no state to be read', async () => {
  const { code, stdout } = await lateen('doctor', '--state', '--port', '0', '--data', join(temporaryFolder(), 'none'));
  expect(code).toBe(1);
  expect(stdout).toMatch(/^state +problem +Nothing is running/m);
});
