import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lightsail, LoadBalancerTlsCertificate, Operation } from '@aws-sdk/client-lightsail';
import { expect, test } from 'vitest';
import { apiOf } from '../call.ts';
import { startDns } from '../dns.ts';
import { finished, launch, lightsail, newAccount, refusal } from '../instances.ts';
import { type Server, startServer } from '../lateen.ts';
import { balance, certificatesOf, getBalancer } from '../load-balancers.ts';
import { readState } from '../state.ts';

const days = 24 * 3_600;
const invalid = (message: string | RegExp) => refusal('InvalidInputException', message);
const missing = refusal('NotFoundException', 'The LoadBalancerTlsCert does not exist');

/** Certificates are proved by the caller's word here, at once. */
const server = await startServer();
const windOf = (of: Server) => (seconds: number) => apiOf(of).control('AdvanceClock', { ms: seconds * 1_000 });
const wind = windOf(server);

const request = (there: Lightsail, loadBalancerName: string, certificateName: string, ...names: string[]) => {
  const [certificateDomainName = 'www.example.com', ...certificateAlternativeNames] = names;
  return there.createLoadBalancerTlsCertificate({
    loadBalancerName,
    certificateName,
    certificateDomainName,
    certificateAlternativeNames,
  });
};

const certificateOf = async (there: Lightsail, loadBalancerName: string, name: string) =>
  (await certificatesOf(there, loadBalancerName)).find((each) => each.name === name)!;

/** A certificate that was issued, on a load balancer of its own account, so that the limits are far. */
const issued = async (loadBalancerName: string, ...certificateNames: string[]) => {
  const there = lightsail(await newAccount(server, loadBalancerName));
  await balance(there, loadBalancerName);
  for (const name of certificateNames) await request(there, loadBalancerName, name, `${name}.example.com`);
  await wind(0);
  return there;
};

const twoOf = (type: string, certificate: string, balancer: string, more: Partial<Operation>) =>
  (
    [
      ['LoadBalancerTlsCertificate', certificate, balancer],
      ['LoadBalancer', balancer, certificate],
    ] as const
  ).map(([resourceType, resourceName, operationDetails]) => ({
    id: expect.any(String),
    createdAt: expect.any(Date),
    statusChangedAt: expect.any(Date),
    location: { availabilityZone: 'all', regionName: 'us-east-1' },
    operationDetails,
    operationType: type,
    resourceName,
    resourceType,
    ...more,
  }));
const done = { status: 'Succeeded', isTerminal: true } as const;
const started = { status: 'Started', isTerminal: false } as const;

test('F313 F318 F322 F324 F325 a certificate belongs to one load balancer, and waits for the proof of its domains', async () => {
  const there = lightsail(await startServer({ args: ['--pace', 'real'] }));
  await there.createLoadBalancer({ loadBalancerName: 'own', instancePort: 80 });
  await expect(request(there, 'nobody', 'cert')).rejects.toMatchObject(
    refusal('NotFoundException', 'The LoadBalancer does not exist'),
  );
  const { operations } = await there.createLoadBalancerTlsCertificate({
    loadBalancerName: 'own',
    certificateName: 'cert',
    certificateDomainName: 'Example.com',
    certificateAlternativeNames: ['www.example.com', 'example.com', 'www.example.com'],
    tags: [{ key: 'stage', value: 'test' }],
  });
  expect(operations).toEqual(twoOf('CreateLoadBalancerTlsCertificate', 'cert', 'own', done));
  const recordOf = (domainName: string) => ({
    domainName,
    name: expect.stringMatching(new RegExp(`^_[0-9a-f]{32}\\.${domainName}\\.$`)),
    type: 'CNAME',
    value: expect.stringMatching(/^_[0-9a-f]{32}\..+\.$/),
    validationStatus: 'PENDING_VALIDATION',
  });
  expect(await certificatesOf(there, 'own')).toEqual([
    {
      name: 'cert',
      arn: expect.stringMatching(/^arn:aws:lightsail:us-east-1:\d{12}:LoadBalancerTlsCertificate\/[0-9a-f-]{36}$/),
      supportCode: expect.stringMatching(/^\d{12}\/arn:aws:acm:/),
      createdAt: expect.any(Date),
      location: { availabilityZone: 'all', regionName: 'us-east-1' },
      resourceType: 'LoadBalancerTlsCertificate',
      tags: [{ key: 'stage', value: 'test' }],
      loadBalancerName: 'own',
      isAttached: false,
      status: 'PENDING_VALIDATION',
      domainName: 'example.com',
      subject: 'CN=example.com',
      subjectAlternativeNames: ['example.com', 'www.example.com'],
      domainValidationRecords: [recordOf('example.com'), recordOf('www.example.com')],
    },
  ]);
  expect((await getBalancer(there, 'own')).tlsCertificateSummaries).toEqual([{ name: 'cert', isAttached: false }]);
});

test('F286 F287 a load balancer is made together with a certificate, whose name and domain need each other', async () => {
  const there = lightsail(await newAccount(server, 'together'));
  const create = (more: object) => there.createLoadBalancer({ loadBalancerName: 'both', instancePort: 80, ...more });
  for (const part of [
    { certificateName: 'cert' },
    { certificateDomainName: 'example.com' },
    { certificateAlternativeNames: ['www.example.com'] },
  ])
    await expect(create(part)).rejects.toMatchObject(
      invalid('A certificate needs both certificateName and certificateDomainName.'),
    );
  const { operations } = await create({
    certificateName: 'cert',
    certificateDomainName: 'example.com',
    certificateAlternativeNames: ['www.example.com'],
  });
  expect(operations).toMatchObject([
    { operationType: 'CreateLoadBalancer', resourceType: 'LoadBalancer', ...started },
    ...twoOf('CreateLoadBalancerTlsCertificate', 'cert', 'both', done),
  ]);
  await finished(there, operations);
  expect(await certificateOf(there, 'both', 'cert')).toMatchObject({
    loadBalancerName: 'both',
    subjectAlternativeNames: ['example.com', 'www.example.com'],
  });
  expect(await getBalancer(there, 'both')).toMatchObject({
    protocol: 'HTTP',
    tlsCertificateSummaries: [{ name: 'cert', isAttached: false }],
  });
});

test('F312 wildcards and more than nine alternative names are refused', async () => {
  const there = await issued('names');
  const numbered = (count: number) => Array.from({ length: count }, (_, i) => `n${i}.example.com`);
  await expect(request(there, 'names', 'cert', '*.example.com')).rejects.toMatchObject(invalid(/^Wildcards/));
  await expect(request(there, 'names', 'cert', 'example.com', '*.example.com')).rejects.toMatchObject(
    invalid(/^Wildcards/),
  );
  await expect(request(there, 'names', 'cert', 'example.com', ...numbered(10))).rejects.toMatchObject(
    invalid(/^A certificate has up to 9 alternative names/),
  );
  await request(there, 'names', 'cert', 'example.com', ...numbered(9), ...numbered(9));
  expect((await certificateOf(there, 'names', 'cert')).subjectAlternativeNames).toHaveLength(10);
});

test('F316 F318 F322 an issued certificate is a real one of the authority of this Lateen, with the shown figures', async () => {
  const there = await issued('real', 'www');
  const shown = await certificateOf(there, 'real', 'www');
  expect(shown).toMatchObject({
    status: 'ISSUED',
    issuedAt: expect.any(Date),
    issuer: 'Lateen',
    keyAlgorithm: 'RSA-2048',
    signatureAlgorithm: 'SHA256WITHRSA',
    domainValidationRecords: [{ domainName: 'www.example.com', validationStatus: 'SUCCESS' }],
  });
  const state = await readState(apiOf(server), server.data);
  const row = state('resource').find(({ name }) => name === 'www');
  const { chain } = JSON.parse(String(row?.inner_body)) as { chain: string };
  const certificate = new X509Certificate(chain);
  const root = new X509Certificate(readFileSync(join(server.data, 'authority.pem')));
  expect(certificate.checkIssued(root)).toBe(true);
  expect(certificate.verify(root.publicKey)).toBe(true);
  expect(certificate.subject).toBe(shown.subject);
  expect(certificate.subjectAltName).toBe('DNS:www.example.com');
  expect(certificate.serialNumber.toLowerCase()).toBe(shown.serial?.replaceAll(':', ''));
  expect(new Date(certificate.validFrom)).toEqual(shown.notBefore);
  expect(new Date(certificate.validTo)).toEqual(shown.notAfter);
  expect(JSON.stringify(state('resource'))).not.toContain('PRIVATE KEY');
  expect(() => createPrivateKey(String(row?.inner_body))).toThrow();
});

test('F315 only a validated certificate is attached', async () => {
  const there = lightsail(await startServer({ args: ['--pace', 'real'] }));
  await there.createLoadBalancer({ loadBalancerName: 'early', instancePort: 80 });
  await request(there, 'early', 'cert');
  const attach = (certificateName: string) =>
    there.attachLoadBalancerTlsCertificate({ loadBalancerName: 'early', certificateName });
  await expect(attach('cert')).rejects.toMatchObject(
    invalid('Sorry, you can only attach a validated certificate to a load balancer.'),
  );
  await expect(attach('nobody')).rejects.toMatchObject(missing);
});

test('F292 F293 F314 F315 F324 HTTPS comes with the attached certificate, and a second one takes its place', async () => {
  const there = await issued('lb', 'first', 'second');
  const attach = (certificateName: string) =>
    there.attachLoadBalancerTlsCertificate({ loadBalancerName: 'lb', certificateName });
  const attached = async () =>
    (await certificatesOf(there, 'lb')).map(({ name, isAttached }) => ({ name, isAttached }));
  expect((await attach('first')).operations).toEqual(twoOf('AttachLoadBalancerTlsCertificate', 'first', 'lb', done));
  const first = [
    { name: 'first', isAttached: true },
    { name: 'second', isAttached: false },
  ];
  expect(await attached()).toEqual(first);
  expect(await getBalancer(there, 'lb')).toMatchObject({
    protocol: 'HTTP_HTTPS',
    publicPorts: [80, 443],
    tlsCertificateSummaries: first,
  });
  await attach('second');
  expect(await attached()).toEqual(first.map(({ name, isAttached }) => ({ name, isAttached: !isAttached })));
  await attach('second');
  expect((await getBalancer(there, 'lb')).protocol).toBe('HTTP_HTTPS');
  const other = await there.createLoadBalancer({ loadBalancerName: 'other', instancePort: 80 });
  await finished(there, other.operations);
  await expect(
    there.attachLoadBalancerTlsCertificate({ loadBalancerName: 'other', certificateName: 'second' }),
  ).rejects.toMatchObject(missing);
});

test('F295 F307 requests are sent on to HTTPS as long as there is HTTPS', async () => {
  const there = await issued('lb-https', 'cert');
  const redirect = {
    loadBalancerName: 'lb-https',
    attributeName: 'HttpsRedirectionEnabled',
    attributeValue: 'true',
  } as const;
  await expect(there.updateLoadBalancerAttribute(redirect)).rejects.toMatchObject(
    invalid('The LoadBalancer lb-https cannot enable https redirection while https is disabled.'),
  );
  await there.attachLoadBalancerTlsCertificate({ loadBalancerName: 'lb-https', certificateName: 'cert' });
  await finished(there, (await there.updateLoadBalancerAttribute(redirect)).operations);
  expect(await getBalancer(there, 'lb-https')).toMatchObject({
    httpsRedirectionEnabled: true,
    configurationOptions: { HttpsRedirectionEnabled: 'true' },
  });
  await there.deleteLoadBalancerTlsCertificate({ loadBalancerName: 'lb-https', certificateName: 'cert' });
  expect(await getBalancer(there, 'lb-https')).toMatchObject({
    protocol: 'HTTP',
    publicPorts: [80],
    httpsRedirectionEnabled: false,
    configurationOptions: { HttpsRedirectionEnabled: 'false' },
  });
});

test('F317 a certificate that instances are served with is deleted by force only', async () => {
  const there = await issued('used', 'front', 'spare');
  await launch(there, 'web');
  const attached = await there.attachInstancesToLoadBalancer({ loadBalancerName: 'used', instanceNames: ['web'] });
  await finished(there, attached.operations);
  await there.attachLoadBalancerTlsCertificate({ loadBalancerName: 'used', certificateName: 'front' });
  const remove = (certificateName: string, force?: boolean) =>
    there.deleteLoadBalancerTlsCertificate({ loadBalancerName: 'used', certificateName, force });
  const inUse = invalid('The certificate front is in use by instances that are attached to the LoadBalancer used.');
  await expect(remove('front')).rejects.toMatchObject(inUse);
  await expect(remove('front', false)).rejects.toMatchObject(inUse);
  const { operations } = await remove('spare');
  expect(operations).toEqual(twoOf('DeleteLoadBalancerTlsCertificate', 'spare', 'used', started));
  expect(await finished(there, operations)).toMatchObject([{ status: 'Succeeded' }, { status: 'Succeeded' }]);
  await finished(there, (await remove('front', true)).operations);
  expect(await certificatesOf(there, 'used')).toEqual([]);
  expect((await getBalancer(there, 'used')).tlsCertificateSummaries).toEqual([]);
  await expect(remove('front')).rejects.toMatchObject(missing);
});

test('F308 a load balancer takes its certificates along', async () => {
  const there = await issued('whole', 'one', 'two');
  const { operations } = await there.deleteLoadBalancer({ loadBalancerName: 'whole' });
  expect(operations).toMatchObject([
    { operationType: 'DeleteLoadBalancer', resourceName: 'whole', ...done },
    ...twoOf('DeleteLoadBalancerTlsCertificate', 'one', 'whole', started),
    ...twoOf('DeleteLoadBalancerTlsCertificate', 'two', 'whole', started),
  ]);
  expect(await finished(there, operations)).toMatchObject(operations!.map(() => done));
  expect((await there.getActiveNames({})).activeNames).toEqual([]);
  await balance(there, 'whole');
  expect(await certificatesOf(there, 'whole')).toEqual([]);
});

test('F311 F314 a load balancer has two certificates, an account ten, and twenty in 365 days', async () => {
  const there = await issued('lb-0', 'c-0', 'c-1');
  const reached = (what: string, limit: number) =>
    invalid(new RegExp(`maximum limit of Lightsail ${what} : ${limit}\\.`));
  await expect(request(there, 'lb-0', 'c-2')).rejects.toMatchObject(reached('Certificates per Load Balancer', 2));
  for (let i = 1; i < 6; i++) await balance(there, `lb-${i}`);
  for (let i = 2; i < 10; i++) await request(there, `lb-${Math.floor(i / 2)}`, `c-${i}`);
  await expect(request(there, 'lb-5', 'c-10')).rejects.toMatchObject(reached('Certificates', 10));
  for (let i = 0; i < 5; i++) await there.deleteLoadBalancer({ loadBalancerName: `lb-${i}` });
  for (let i = 10; i < 20; i++) {
    await request(there, 'lb-5', `c-${i}`);
    await there.deleteLoadBalancerTlsCertificate({ loadBalancerName: 'lb-5', certificateName: `c-${i}` });
  }
  await expect(request(there, 'lb-5', 'c-20')).rejects.toMatchObject(reached('Certificates in 365 days', 20));
  await wind(365 * days);
  await request(there, 'lb-5', 'c-20');
});

test('F319 F320 a name of Amazon, or one that nobody can have, fails with its reason', async () => {
  const there = await issued('odd');
  await request(there, 'odd', 'amazon', 'shop.example.com', 'shop.s3.amazonaws.com');
  await request(there, 'odd', 'nowhere', 'shop.localhost');
  await wind(0);
  expect(await certificatesOf(there, 'odd')).toMatchObject([
    { name: 'amazon', status: 'FAILED', failureReason: 'DOMAIN_NOT_ALLOWED' },
    { name: 'nowhere', status: 'FAILED', failureReason: 'INVALID_PUBLIC_DOMAIN' },
  ]);
  await expect(
    there.attachLoadBalancerTlsCertificate({ loadBalancerName: 'odd', certificateName: 'amazon' }),
  ).rejects.toMatchObject(invalid('Sorry, you can only attach a validated certificate to a load balancer.'));
});

test('F323 a certificate in use is renewed before it ends, and one that is not ends', async () => {
  const there = await issued('old', 'used', 'idle');
  await there.attachLoadBalancerTlsCertificate({ loadBalancerName: 'old', certificateName: 'used' });
  const [used, idle] = await certificatesOf(there, 'old');
  expect(used?.renewalSummary).toBeUndefined();
  await wind(340 * days);
  const [renewed, waiting] = await certificatesOf(there, 'old');
  expect(renewed).toMatchObject({
    status: 'ISSUED',
    renewalSummary: {
      renewalStatus: 'SUCCESS',
      domainValidationOptions: [{ domainName: 'used.example.com', validationStatus: 'SUCCESS' }],
    },
  });
  expect(Number(renewed?.notAfter)).toBeGreaterThan(Number(used?.notAfter));
  expect(renewed?.serial).not.toBe(used?.serial);
  expect(waiting).toMatchObject({
    status: 'ISSUED',
    serial: idle?.serial,
    renewalSummary: { renewalStatus: 'PENDING_AUTO_RENEWAL' },
  });
  await wind(60 * days);
  expect(await certificatesOf(there, 'old')).toMatchObject([
    { status: 'ISSUED' },
    { status: 'EXPIRED', renewalSummary: { renewalStatus: 'FAILED' } },
  ]);
  await expect(
    there.attachLoadBalancerTlsCertificate({ loadBalancerName: 'old', certificateName: 'idle' }),
  ).rejects.toMatchObject(invalid(/validated certificate/));
  // And again, a year after.
  await wind(340 * days);
  const [again] = await certificatesOf(there, 'old');
  expect(again?.status).toBe('ISSUED');
  expect(Number(again?.notAfter)).toBeGreaterThan(Number(renewed?.notAfter));
});

test('a certificate of a load balancer shows tags and takes none', async () => {
  const there = await issued('untaggable', 'cert');
  for (const tagged of [
    there.tagResource({ resourceName: 'cert', tags: [{ key: 'a' }] }),
    there.untagResource({ resourceName: 'cert', tagKeys: ['a'] }),
  ])
    await expect(tagged).rejects.toMatchObject(
      invalid('The resource type, LoadBalancerTlsCertificate, is not taggable.'),
    );
});

test('an authority is made when it is first needed', async () => {
  const fresh = await startServer();
  expect(existsSync(join(fresh.data, 'authority.pem'))).toBe(false);
  await balance(lightsail(fresh), 'lb', { certificateName: 'cert', certificateDomainName: 'www.example.com' });
  await windOf(fresh)(0);
  expect(readFileSync(join(fresh.data, 'authority.pem'), 'utf8')).toMatch(/^-----BEGIN CERTIFICATE-----/);
});

test('F318 F322 F323 with --validation dns a certificate is issued when its records are found, and renewed while they are', async () => {
  const dns = await startDns();
  const strict = await startServer({ args: ['--validation', 'dns', '--dns-server', dns.address] });
  const there = lightsail(strict);
  const pass = windOf(strict);
  await balance(there, 'lb');
  await request(there, 'lb', 'cert', 'example.com', 'www.example.com');
  await request(there, 'lb', 'late', 'late.example.com');
  await pass(60);
  const read = () => certificateOf(there, 'lb', 'cert');
  const publish = ({ domainValidationRecords = [] }: LoadBalancerTlsCertificate, domain: string) => {
    const { name = '', value = '' } = domainValidationRecords.find(({ domainName }) => domainName === domain)!;
    dns.records.set(name.replace(/\.$/, ''), value.replace(/\.$/, ''));
  };
  const statuses = async () => (await read()).domainValidationRecords?.map(({ validationStatus }) => validationStatus);
  expect((await read()).status).toBe('PENDING_VALIDATION');
  publish(await read(), 'example.com');
  await pass(3_600);
  expect(await statuses()).toEqual(['SUCCESS', 'PENDING_VALIDATION']);
  publish(await read(), 'www.example.com');
  await pass(3_600);
  expect(await statuses()).toEqual(['SUCCESS', 'SUCCESS']);
  expect((await read()).status).toBe('ISSUED');

  await pass(3 * days);
  expect(await certificateOf(there, 'lb', 'late')).toMatchObject({
    status: 'VALIDATION_TIMED_OUT',
    domainValidationRecords: [{ validationStatus: 'FAILED' }],
  });

  await there.attachLoadBalancerTlsCertificate({ loadBalancerName: 'lb', certificateName: 'cert' });
  const kept = new Map(dns.records);
  dns.records.clear();
  await pass(340 * days);
  expect((await read()).renewalSummary).toEqual({
    renewalStatus: 'PENDING_VALIDATION',
    domainValidationOptions: [
      { domainName: 'example.com', validationStatus: 'PENDING_VALIDATION' },
      { domainName: 'www.example.com', validationStatus: 'PENDING_VALIDATION' },
    ],
  });
  for (const [name, target] of kept) dns.records.set(name, target);
  await pass(2 * days);
  expect((await read()).renewalSummary?.renewalStatus).toBe('SUCCESS');
});
