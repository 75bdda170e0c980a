import type { DomainEntry, Lightsail } from '@aws-sdk/client-lightsail';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { apiOf } from '../call.ts';
import { lightsail, newAccount } from '../instances.ts';
import { lateen, temporaryFolder } from '../lateen.ts';
import { balance, certificatesOf } from '../load-balancers.ts';
import { askTcp, askUdp, sendUdp, startNameServer } from '../name-server.ts';
import { chosenSeed } from '../random.ts';
import { expectWhole, readState } from '../state.ts';

const server = await startNameServer('--validation', 'dns', '--quota', 'dnsZonesPerAccount=50');
const { resolver, dnsPort } = server;
const root = lightsail(server);

const addTo = async (api: Lightsail, domainName: string, ...entries: readonly DomainEntry[]): Promise<void> => {
  for (const domainEntry of entries) await api.createDomainEntry({ domainName, domainEntry });
};

test('F272 F273 entries of every type are answered over UDP and TCP, in any letters', async () => {
  const domainName = 'types.example';
  await root.createDomain({ domainName });
  await addTo(
    root,
    domainName,
    { name: domainName, type: 'A', target: '192.0.2.1' },
    { name: domainName, type: 'AAAA', target: '2001:db8::1' },
    { name: `www.${domainName}`, type: 'CNAME', target: `${domainName}.` },
    { name: domainName, type: 'MX', target: `10 mail.${domainName}` },
    { name: `_sip._tcp.${domainName}`, type: 'SRV', target: `10 5 5060 sip.${domainName}` },
    { name: domainName, type: 'TXT', target: '"v=spf1" " -all"' },
    { name: `*.wild.${domainName}`, type: 'A', target: '192.0.2.9' },
  );
  expect(await resolver.resolve4('Types.EXAMPLE')).toEqual(['192.0.2.1']);
  expect(await resolver.resolve4(`www.${domainName}`)).toEqual(['192.0.2.1']);
  expect(await resolver.resolve6(domainName)).toEqual(['2001:db8::1']);
  expect(await resolver.resolveCname(`www.${domainName}`)).toEqual([domainName]);
  expect(await resolver.resolveMx(domainName)).toMatchObject([{ priority: 10, exchange: `mail.${domainName}` }]);
  expect(await resolver.resolveTxt(domainName)).toEqual([['v=spf1', ' -all']]);
  expect(await resolver.resolveSrv(`_sip._tcp.${domainName}`)).toEqual([
    { priority: 10, weight: 5, port: 5060, name: `sip.${domainName}` },
  ]);
  expect((await resolver.resolveNs(domainName)).sort()).toEqual([
    'ns-1.dns.lateen.internal',
    'ns-2.dns.lateen.internal',
  ]);
  expect(await resolver.resolveSoa(domainName)).toMatchObject({ serial: 1, refresh: 7200, minttl: 86400 });
  expect(await resolver.resolve4(`any.wild.${domainName}`)).toEqual(['192.0.2.9']);
  await expect(resolver.resolve4(`nobody.${domainName}`)).rejects.toMatchObject({ code: 'ENOTFOUND' });
  await expect(resolver.resolve4(`wild.${domainName}`)).rejects.toMatchObject({ code: 'ENODATA' });
  await expect(resolver.resolve4('www.example.org')).rejects.toMatchObject({ code: 'EREFUSED' });
  expect(await askTcp(dnsPort, [domainName, 'A'], [`nobody.${domainName}`, 'A'], [domainName, 'ANY'])).toMatchObject([
    { rcode: 'NOERROR', answers: [{ data: '192.0.2.1' }] },
    { rcode: 'NXDOMAIN', answers: [], authorities: [{ type: 'SOA', name: domainName }] },
    { rcode: 'NOERROR', answers: [{ type: 'NS' }, { type: 'NS' }] },
  ]);
});

test('F278 F279 F280 what changes is answered from the next query on', async () => {
  const domainName = 'changes.example';
  await root.createDomain({ domainName });
  await addTo(root, domainName, { name: domainName, type: 'A', target: '192.0.2.1' });
  const find = async () =>
    (await root.getDomain({ domainName })).domain?.domainEntries?.find(({ type }) => type === 'A');
  await root.updateDomainEntry({ domainName, domainEntry: { ...(await find()), target: '192.0.2.2' } });
  expect(await resolver.resolve4(domainName)).toEqual(['192.0.2.2']);
  await root.deleteDomainEntry({ domainName, domainEntry: await find() });
  await expect(resolver.resolve4(domainName)).rejects.toMatchObject({ code: 'ENODATA' });
  await root.deleteDomain({ domainName });
  await expect(resolver.resolve4(domainName)).rejects.toMatchObject({ code: 'EREFUSED' });
});

test('what is too long for UDP is asked for again over TCP', async () => {
  const domainName = 'long.example';
  await root.createDomain({ domainName });
  const targets = Array.from({ length: 60 }, (_, i) => `192.0.2.${i + 1}`);
  await addTo(root, domainName, ...targets.map((target) => ({ name: domainName, type: 'A', target })));
  expect(await askUdp(dnsPort, domainName, 'A')).toMatchObject({ flag_tc: true, answers: [] });
  expect((await resolver.resolve4(domainName)).sort()).toEqual([...targets].sort());
});

test('F274 an alias is answered with the address of its load balancer, for as long as it is there', async () => {
  const domainName = 'alias.example';
  await root.createDomain({ domainName });
  const { dnsName } = await balance(root, 'spread');
  await addTo(root, domainName, { name: domainName, type: 'A', target: dnsName, isAlias: true });
  const [address = ''] = await resolver.resolve4(domainName);
  expect(address).toMatch(/^198\.1[89]\./);
  expectWhole(await readState(apiOf(server), server.data));
  await root.deleteLoadBalancer({ loadBalancerName: 'spread' });
  await expect(resolver.resolve4(domainName)).rejects.toMatchObject({ code: 'ENODATA' });
});

test('of two accounts with names on one line the first has the say', async () => {
  const other = lightsail(await newAccount(server, 'second'));
  await root.createDomain({ domainName: 'line.example' });
  for (const domainName of ['line.example', 'www.line.example']) {
    await other.createDomain({ domainName });
    await addTo(other, domainName, { name: 'www.line.example', type: 'A', target: '192.0.2.66' });
  }
  await expect(resolver.resolve4('www.line.example')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  await root.createDomain({ domainName: 'own.line.example' });
  await addTo(root, 'own.line.example', { name: 'own.line.example', type: 'A', target: '192.0.2.5' });
  expect(await resolver.resolve4('own.line.example')).toEqual(['192.0.2.5']);
  await root.deleteDomain({ domainName: 'line.example' });
  expect(await resolver.resolve4('www.line.example')).toEqual(['192.0.2.66']);
});

test('F322 a certificate is proved by an entry in a zone of its account that Lateen serves', async () => {
  const thief = lightsail(await newAccount(server, 'thief'));
  await root.createDomain({ domainName: 'shop.example' });
  const request = async (api: Lightsail) => {
    await balance(api, 'shop');
    await api.createLoadBalancerTlsCertificate({
      loadBalancerName: 'shop',
      certificateName: 'tls',
      certificateDomainName: 'www.shop.example',
    });
    const [certificate] = await certificatesOf(api, 'shop');
    const [{ name = '', value = '', type = '' } = {}] = certificate?.domainValidationRecords ?? [];
    return { name, target: value, type };
  };
  const statusOf = async (api: Lightsail) => (await certificatesOf(api, 'shop'))[0]?.status;
  const wind = () => apiOf(server).control('AdvanceClock', { ms: 60_000 });
  const stolen = await request(thief);
  for (const domainName of ['shop.example', 'www.shop.example']) {
    await thief.createDomain({ domainName });
    await addTo(thief, domainName, stolen);
  }
  const record = await request(root);
  await wind();
  expect(await statusOf(root)).toBe('PENDING_VALIDATION');
  await addTo(root, 'shop.example', record);
  await wind();
  expect(await statusOf(root)).toBe('ISSUED');
  expect(await statusOf(thief)).toBe('PENDING_VALIDATION');
});

test('garbage over UDP and TCP stops nothing', async () => {
  await root.createDomain({ domainName: 'firm.example' });
  const bytes = fc.uint8Array({ minLength: 12, maxLength: 700 });
  const property = fc.asyncProperty(bytes, async (garbage) => {
    // A query it shall be, so that an answer is due.
    garbage[2] = (garbage[2] ?? 0) & 0x7f;
    expect((await sendUdp(dnsPort, garbage)).subarray(0, 2)).toEqual(Buffer.from(garbage.subarray(0, 2)));
    await askTcp(dnsPort, ['firm.example', 'SOA']);
  });
  await fc.assert(property, { seed: chosenSeed(), numRuns: 100 });
  expect(await askUdp(dnsPort, 'firm.example', 'SOA')).toMatchObject({ rcode: 'NOERROR' });
});

test('a port that is taken is named, and the program ends', async () => {
  const data = temporaryFolder();
  const { code, stderr } = await lateen('start', '--data', `${data}/data`, '--port', '0', '--dns-port', `${dnsPort}`);
  expect(code).toBe(1);
  expect(stderr).toContain(`DNS cannot be served on port ${dnsPort} of 127.0.0.1`);
  expect(await server.stop()).toBe(0);
});
