import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { apiOf } from '../call.ts';
import { distribute, getCertificate, getDistribution, requestCertificate } from '../distributions.ts';
import { startDns } from '../dns.ts';
import { finished, lightsail, newAccount, refusal } from '../instances.ts';
import { startServer } from '../lateen.ts';
import { balance } from '../load-balancers.ts';
import { expectWhole, readState } from '../state.ts';

const days = 24 * 3_600_000;
const invalid = (message: string | RegExp) => refusal('InvalidInputException', message);
const missing = refusal('NotFoundException', 'The Certificate does not exist');

/** Certificates are proved by the caller's word here, at once. */
const server = await startServer();
const control = apiOf(server);
const wind = (ms = 0) => control.control('AdvanceClock', { ms });
const accountOf = async (name: string) => lightsail(await newAccount(server, name));

const done = (operationType: string, resourceName: string) => ({
  id: expect.any(String),
  createdAt: expect.any(Date),
  statusChangedAt: expect.any(Date),
  location: { availabilityZone: 'all', regionName: 'us-east-1' },
  operationDetails: '',
  operationType,
  resourceName,
  resourceType: 'Certificate',
  status: 'Succeeded',
  isTerminal: true,
});

test('F326 F328 F332 F333 F334 F337 a certificate is asked for, and waits for the proof of its domains', async () => {
  const there = lightsail(await startServer({ args: ['--pace', 'real'] }));
  const { certificate, operations } = await there.createCertificate({
    certificateName: 'site',
    domainName: 'Example.com',
    subjectAlternativeNames: ['www.example.com', 'example.com'],
    tags: [{ key: 'stage', value: 'test' }],
  });
  expect(operations).toEqual([done('CreateCertificate', 'site')]);
  const arn = expect.stringMatching(/^arn:aws:lightsail:us-east-1:\d{12}:Certificate\/[0-9a-f-]{36}$/);
  const recordOf = (domainName: string) => ({
    domainName,
    resourceRecord: {
      name: expect.stringMatching(new RegExp(`^_[0-9a-f]{32}\\.${domainName}\\.$`)),
      type: 'CNAME',
      value: expect.stringMatching(/^_[0-9a-f]{32}\..+\.$/),
    },
    validationStatus: 'PENDING_VALIDATION',
  });
  const detail = {
    arn,
    name: 'site',
    domainName: 'example.com',
    status: 'PENDING_VALIDATION',
    subjectAlternativeNames: ['example.com', 'www.example.com'],
    domainValidationRecords: [recordOf('example.com'), recordOf('www.example.com')],
    inUseResourceCount: 0,
    keyAlgorithm: 'RSA-2048',
    createdAt: expect.any(Date),
    eligibleToRenew: 'INELIGIBLE',
    tags: [{ key: 'stage', value: 'test' }],
    supportCode: expect.stringMatching(/^\d{12}\/arn:aws:acm:/),
  };
  expect(certificate).toEqual({
    certificateArn: arn,
    certificateName: 'site',
    domainName: 'example.com',
    certificateDetail: detail,
    tags: detail.tags,
  });
  expect(await getCertificate(there, 'site')).toEqual(detail);
});

test('F327 wildcards and more than nine alternative names are refused, and names that are no resource names', async () => {
  const there = await accountOf('names');
  const numbered = (count: number) => Array.from({ length: count }, (_, i) => `n${i}.example.com`);
  await expect(requestCertificate(there, 'cert', '*.example.com')).rejects.toMatchObject(invalid(/^Wildcards/));
  await expect(requestCertificate(there, 'cert', 'example.com', '*.example.com')).rejects.toMatchObject(
    invalid(/^Wildcards/),
  );
  await expect(requestCertificate(there, 'cert', 'example.com', ...numbered(10))).rejects.toMatchObject(
    invalid(/^A certificate has up to 9 alternative names/),
  );
  await expect(requestCertificate(there, '-', 'example.com')).rejects.toMatchObject(invalid(/valid resource name/));
  await requestCertificate(there, 'cert', 'example.com', ...numbered(9));
  expect((await getCertificate(there, 'cert')).subjectAlternativeNames).toHaveLength(10);
});

test('F311 all kinds of certificates count for the limit of the account', async () => {
  const there = await accountOf('limits');
  for (const [i, name] of [...'abcdefghi'].entries())
    await requestCertificate(there, `cert-${name}`, `n${i}.example.com`);
  await balance(there, 'lb');
  const last = { loadBalancerName: 'lb', certificateDomainName: 'example.com' };
  await there.createLoadBalancerTlsCertificate({ ...last, certificateName: 'tls' });
  await expect(requestCertificate(there, 'more')).rejects.toMatchObject(
    invalid(/^Sorry, you've reached your maximum limit of Lightsail Certificates : 10\./),
  );
});

test('F329 F330 F331 certificates are listed in short or whole, by status and by name, in their Region', async () => {
  const there = await accountOf('lists');
  await requestCertificate(there, 'first');
  await requestCertificate(there, 'second', 'www.amazonaws.com');
  await wind();
  const { certificates: short = [] } = await there.getCertificates({});
  expect(short.map(({ certificateName }) => certificateName)).toEqual(['first', 'second']);
  expect(short[0]).toEqual({
    certificateArn: expect.any(String),
    certificateName: 'first',
    domainName: 'first.example.com',
    tags: [],
  });
  const { certificates: whole = [] } = await there.getCertificates({ includeCertificateDetails: true });
  expect(whole.map(({ certificateDetail }) => certificateDetail?.status)).toEqual(['ISSUED', 'FAILED']);
  const { certificates: failed = [] } = await there.getCertificates({ certificateStatuses: ['FAILED', 'EXPIRED'] });
  expect(failed.map(({ certificateName }) => certificateName)).toEqual(['second']);
  const { certificates: named = [] } = await there.getCertificates({ certificateName: 'first' });
  expect(named).toMatchObject([{ certificateName: 'first', certificateDetail: { name: 'first' } }]);
  await expect(there.getCertificates({ certificateName: 'nobody' })).rejects.toMatchObject(missing);
  const elsewhere = lightsail(await newAccount(server, 'elsewhere'), 'eu-west-1');
  await requestCertificate(elsewhere, 'first');
  expect((await elsewhere.getCertificates({})).certificates).toMatchObject([
    { certificateArn: expect.stringContaining(':eu-west-1:') },
  ]);
});

test('F336 some domains never get a certificate', async () => {
  const there = await accountOf('never');
  await requestCertificate(there, 'amazons', 'www.amazonaws.com');
  await requestCertificate(there, 'nowhere', 'intranet.invalid');
  await wind();
  expect(await getCertificate(there, 'amazons')).toMatchObject({
    status: 'FAILED',
    requestFailureReason: 'DOMAIN_NOT_ALLOWED',
    domainValidationRecords: [{ validationStatus: 'FAILED' }],
  });
  expect(await getCertificate(there, 'nowhere')).toMatchObject({ requestFailureReason: 'INVALID_PUBLIC_DOMAIN' });
});

test('F326 F332 an issued certificate is a real one of the authority of this Lateen, with the shown figures', async () => {
  const there = await accountOf('real');
  await requestCertificate(there, 'shown', 'shown.example.com', 'www.shown.example.com');
  await wind();
  const shown = await getCertificate(there, 'shown');
  expect(shown).toMatchObject({ status: 'ISSUED', issuedAt: expect.any(Date), issuerCA: 'Lateen' });
  const state = await readState(control, server.data);
  const row = state('resource').find(({ name }) => name === 'shown');
  const certificate = new X509Certificate((JSON.parse(String(row?.inner_body)) as { chain: string }).chain);
  const root = new X509Certificate(readFileSync(join(server.data, 'authority.pem')));
  expect(certificate.verify(root.publicKey)).toBe(true);
  expect(certificate.subjectAltName).toBe('DNS:shown.example.com, DNS:www.shown.example.com');
  expect(certificate.serialNumber.toLowerCase()).toBe(shown.serialNumber?.replaceAll(':', ''));
  expect(new Date(certificate.validFrom)).toEqual(shown.notBefore);
  expect(new Date(certificate.validTo)).toEqual(shown.notAfter);
});

test('F332 F337 with DNS asked, a certificate waits for its records, and in vain after three days', async () => {
  const dns = await startDns();
  const asking = await startServer({ args: ['--validation', 'dns', '--dns-server', dns.address] });
  const there = lightsail(asking);
  const windOn = (ms: number) => apiOf(asking).control('AdvanceClock', { ms });
  await requestCertificate(there, 'proved');
  await requestCertificate(there, 'late');
  const [record] = (await getCertificate(there, 'proved')).domainValidationRecords ?? [];
  const plain = (text = '') => text.replace(/\.$/, '');
  dns.records.set(plain(record?.resourceRecord?.name), plain(record?.resourceRecord?.value));
  await windOn(3_600_000);
  expect(await getCertificate(there, 'proved')).toMatchObject({
    status: 'ISSUED',
    domainValidationRecords: [{ validationStatus: 'SUCCESS' }],
  });
  expect((await getCertificate(there, 'late')).status).toBe('PENDING_VALIDATION');
  await windOn(3 * days);
  expect(await getCertificate(there, 'late')).toMatchObject({
    status: 'VALIDATION_TIMED_OUT',
    domainValidationRecords: [{ validationStatus: 'FAILED' }],
  });
});

test('F333 F334 F339 F340 F341 an issued certificate is attached by its own name, counts its use and stays meanwhile', async () => {
  const there = await accountOf('uses');
  await distribute(there, 'cdn');
  const attach = (certificateName: string) =>
    there.attachCertificateToDistribution({ distributionName: 'cdn', certificateName });
  await requestCertificate(there, 'site', 'example.com', 'www.example.com');
  await requestCertificate(there, 'failed', 'www.amazonaws.com');
  await wind();
  await expect(attach('failed')).rejects.toMatchObject(
    invalid('Sorry, you can only attach a validated certificate to a distribution.'),
  );
  await expect(attach('www.example.com')).rejects.toMatchObject(missing);
  await finished(there, [(await attach('site')).operation!]);
  expect(await getCertificate(there, 'site')).toMatchObject({ inUseResourceCount: 1, eligibleToRenew: 'ELIGIBLE' });
  const remove = () => there.deleteCertificate({ certificateName: 'site' });
  await expect(remove()).rejects.toMatchObject(
    invalid('The Certificate site is attached to the Distribution cdn and cannot be deleted.'),
  );
  await there.detachCertificateFromDistribution({ distributionName: 'cdn' });
  expect(await getCertificate(there, 'site')).toMatchObject({ inUseResourceCount: 0, eligibleToRenew: 'INELIGIBLE' });
  expect((await remove()).operations).toEqual([done('DeleteCertificate', 'site')]);
  await expect(remove()).rejects.toMatchObject(missing);
  await wind();
});

test('F326 only certificates of us-east-1 are attached to distributions', async () => {
  const account = await newAccount(server, 'regions');
  await requestCertificate(lightsail(account, 'us-west-2'), 'west');
  await wind();
  await distribute(lightsail(account), 'cdn');
  await expect(
    lightsail(account).attachCertificateToDistribution({ distributionName: 'cdn', certificateName: 'west' }),
  ).rejects.toMatchObject(missing);
});

test('F334 F338 F552 a certificate in use is renewed before its end, and served; one that nothing uses expires', async () => {
  const own = await startServer();
  const there = lightsail(own);
  const windOn = (ms: number) => apiOf(own).control('AdvanceClock', { ms });
  await distribute(there, 'cdn');
  await requestCertificate(there, 'used');
  await requestCertificate(there, 'idle');
  await windOn(0);
  await there.attachCertificateToDistribution({ distributionName: 'cdn', certificateName: 'used' });
  await windOn(0);
  const before = await getCertificate(there, 'used');
  const told = async () => {
    const state = await readState(apiOf(own), own.data);
    const { id } = state('resource').find(({ kind }) => kind === 'Distribution')!;
    return JSON.parse(String(state('machine').find((row) => row.id === id)?.body)).told as string;
  };
  const first = await told();
  await windOn(340 * days);
  const after = await getCertificate(there, 'used');
  expect(after).toMatchObject({
    status: 'ISSUED',
    renewalSummary: {
      renewalStatus: 'Success',
      updatedAt: expect.any(Date),
      domainValidationRecords: [{ domainName: 'used.example.com', validationStatus: 'SUCCESS' }],
    },
  });
  expect(after.serialNumber).not.toBe(before.serialNumber);
  expect(after.notAfter?.getTime()).toBeGreaterThan(before.notAfter!.getTime());
  expect(await told()).not.toBe(first);
  expect(await getCertificate(there, 'idle')).toMatchObject({
    status: 'ISSUED',
    renewalSummary: { renewalStatus: 'PendingAutoRenewal' },
  });
  await windOn(60 * days);
  expect(await getCertificate(there, 'idle')).toMatchObject({
    status: 'EXPIRED',
    eligibleToRenew: 'INELIGIBLE',
    renewalSummary: { renewalStatus: 'Failed' },
  });
  expect((await getDistribution(there, 'cdn')).status).toBe('Deployed');
  expectWhole(await readState(apiOf(own), own.data));
});
