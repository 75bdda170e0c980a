import type { DomainEntry, Lightsail } from '@aws-sdk/client-lightsail';
import { expect, test } from 'vitest';
import { uuidPattern } from '../call.ts';
import { type Account, finished, lightsail, newAccount, refusal } from '../instances.ts';
import { startServer } from '../lateen.ts';
import { balance } from '../load-balancers.ts';

const server = await startServer();
const invalid = (message: string | RegExp) => refusal('InvalidInputException', message);

const domainName = 'example.com';
const at = (name: string): string => (name === '' ? domainName : `${name}.${domainName}`);

/** An account of its own, with the domain and nothing in it but what all begin with. */
const withDomain = async (name: string): Promise<Lightsail & { readonly owner: Account }> => {
  const owner = await newAccount(server, name);
  const api = lightsail(owner);
  await api.createDomain({ domainName });
  return Object.assign(api, { owner });
};

const entriesOf = async (api: Lightsail): Promise<DomainEntry[]> =>
  (await api.getDomain({ domainName })).domain?.domainEntries ?? [];
const own = async (api: Lightsail) => (await entriesOf(api)).filter(({ type }) => type !== 'NS' && type !== 'SOA');

const add = (api: Lightsail, name: string, type: string, target: string, more: DomainEntry = {}) =>
  api.createDomainEntry({ domainName, domainEntry: { name: at(name), type, target, ...more } });

const succeeded = (operationType: string) => ({
  id: expect.stringMatching(uuidPattern),
  createdAt: expect.any(Date),
  statusChangedAt: expect.any(Date),
  isTerminal: true,
  location: { availabilityZone: 'all', regionName: 'global' },
  operationDetails: '',
  operationType,
  resourceName: domainName,
  resourceType: 'Domain',
  status: 'Succeeded',
});

test('F269 domains are there in us-east-1 only', async () => {
  const api = lightsail(server, 'eu-west-1');
  const domainEntry = { name: at('www'), type: 'A', target: '192.0.2.1' };
  const calls = [
    api.createDomain({ domainName }),
    api.getDomain({ domainName }),
    api.getDomains({}),
    api.deleteDomain({ domainName }),
    api.createDomainEntry({ domainName, domainEntry }),
    api.updateDomainEntry({ domainName, domainEntry }),
    api.deleteDomainEntry({ domainName, domainEntry }),
  ];
  await Promise.all(
    calls.map((call) =>
      expect(call).rejects.toMatchObject(
        invalid(
          'Domain-related APIs are only available in the us-east-1 Region. Please set your Region configuration to us-east-1 to create, view, or edit these resources.',
        ),
      ),
    ),
  );
});

test('F42 F270 F271 F277 F281 a domain is of no Region, bears its entries, and is registered elsewhere', async () => {
  const api = lightsail(await newAccount(server, 'first'));
  const { operation } = await api.createDomain({ domainName: 'Example.COM.', tags: [{ key: 'stage', value: 'test' }] });
  expect(operation).toEqual(succeeded('CreateDomain'));
  const { domain } = await api.getDomain({ domainName });
  const entry = (type: string, target: unknown) => ({
    id: expect.stringMatching(/^-?\d{1,10}$/),
    name: domainName,
    isAlias: false,
    type,
    target,
  });
  expect(domain).toEqual({
    name: domainName,
    arn: expect.stringMatching(/^arn:aws:lightsail:global:\d{12}:Domain\/[0-9a-f-]{36}$/),
    supportCode: expect.stringMatching(/^\d{12}\/arn:aws:route53:::hostedzone\/Z/),
    createdAt: expect.any(Date),
    location: { availabilityZone: 'all', regionName: 'global' },
    resourceType: 'Domain',
    tags: [{ key: 'stage', value: 'test' }],
    domainEntries: [
      entry('NS', expect.stringMatching(/^ns-1\..+\.$/)),
      entry('NS', expect.stringMatching(/^ns-2\..+\.$/)),
      entry('SOA', expect.stringMatching(/^ns-1\..+\. hostmaster\..+\. 1 7200 900 1209600 86400$/)),
    ],
  });
  expect((await api.getDomains({})).domains).toEqual([domain]);
  expect((await api.getOperation({ operationId: operation?.id })).operation).toEqual(operation);
});

test('F272 F273 F275 F276 F281 F556 entries have eight types, AAAA among them, and no options', async () => {
  const api = await withDomain('types');
  const wanted = [
    ['', 'A', '192.0.2.1'],
    ['', 'A', '192.0.2.2'],
    ['', 'AAAA', '2001:db8::1'],
    ['www', 'CNAME', 'web.example.org.'],
    ['', 'MX', '10 mail.example.com'],
    ['sub', 'NS', 'ns-111.awsdns-22.com.'],
    ['_sip._tcp', 'SRV', '10 5 5060 sip.example.com'],
    ['', 'TXT', '"v=spf1 -all"'],
    ['*', 'A', '192.0.2.3'],
  ] as const;
  const options = { old: 'times' };
  for (const [name, type, target] of wanted) {
    const { operation } = await add(api, name, type, target, { options });
    expect(operation).toEqual(succeeded('CreateDomainEntry'));
  }
  const entries = await entriesOf(api);
  expect(entries.slice(3)).toEqual(
    wanted.map(([name, type, target]) => ({ id: expect.any(String), name: at(name), type, target, isAlias: false })),
  );
  expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length);
  const soa = entries.find(({ type }) => type === 'SOA')!;
  const target = soa.target?.replace(' 1 7200 ', ' 2 3600 ');
  await api.updateDomainEntry({ domainName, domainEntry: { ...soa, target } });
  expect(await entriesOf(api)).toContainEqual({ ...soa, target });
});

test('F272 F273 F275 an entry must be one of its domain and of its type', async () => {
  const api = await withDomain('strict');
  const wrong: [DomainEntry, string | RegExp][] = [
    [{ type: 'A', target: '192.0.2.1' }, 'A domain entry needs a name, a type and a target.'],
    [{ name: at(''), target: '192.0.2.1' }, 'A domain entry needs a name, a type and a target.'],
    [{ name: at(''), type: 'A' }, 'A domain entry needs a name, a type and a target.'],
    [{ name: at(''), type: 'PTR', target: at('') }, 'PTR is not a type of domain entries.'],
    [{ name: at(''), type: 'a', target: '192.0.2.1' }, 'a is not a type of domain entries.'],
    [{ name: 'www', type: 'A', target: '192.0.2.1' }, /^www is not a valid name/],
    [{ name: 'www.example.org', type: 'A', target: '192.0.2.1' }, /does not lie in the domain example\.com/],
    [{ name: 'badexample.com', type: 'A', target: '192.0.2.1' }, /does not lie in the domain example\.com/],
    [{ name: at('a..b'), type: 'A', target: '192.0.2.1' }, /is not a valid name/],
    [{ name: at('a.*'), type: 'A', target: '192.0.2.1' }, /is not a valid name/],
    [{ name: at('x'.repeat(64)), type: 'A', target: '192.0.2.1' }, /is not a valid name/],
    [{ name: at('*'), type: 'NS', target: 'ns.example.org' }, 'A wildcard cannot have name servers.'],
    [{ name: at(''), type: 'CNAME', target: 'web.example.org' }, /^A CNAME entry cannot stand at example\.com itself/],
    [
      { name: at('www'), type: 'CNAME', target: 'WWW.example.com.' },
      'The CNAME entry www.example.com leads to itself.',
    ],
    [{ name: at('www'), type: 'SOA', target: 'a.example.com b.example.com 1 2 3 4 5' }, /at example\.com only/],
    [{ name: at(''), type: 'A', target: '192.0.2' }, '192.0.2 is not a valid target of a A entry.'],
    [{ name: at(''), type: 'AAAA', target: '192.0.2.1' }, /is not a valid target of a AAAA entry/],
    [{ name: at(''), type: 'MX', target: 'mail.example.com' }, /is not a valid target of a MX entry/],
    [{ name: at(''), type: 'SRV', target: '1 2 sip.example.com' }, /is not a valid target of a SRV entry/],
    [{ name: at(''), type: 'TXT', target: 'v=spf1 -all' }, /is not a valid target of a TXT entry/],
    [{ name: at(''), type: 'TXT', target: `"${'x'.repeat(256)}"` }, /is not a valid target of a TXT entry/],
    [{ name: at(''), type: 'MX', target: at(''), isAlias: true }, 'A MX entry cannot be an alias.'],
    [
      { name: at(''), type: 'A', target: at(''), isAlias: true },
      /is not the DNS name of a load balancer or a distribution/,
    ],
  ];
  for (const [domainEntry, message] of wrong)
    await expect(api.createDomainEntry({ domainName, domainEntry }), JSON.stringify(domainEntry)).rejects.toMatchObject(
      invalid(message),
    );
  expect(await own(api)).toEqual([]);
  for (const name of ['com', '*.example.com', '192.0.2.1', '-a.com', 'x y.com', 'elb.lateen.internal'])
    await expect(api.createDomain({ domainName: name }), name).rejects.toMatchObject(invalid(/./));
});

test('F272 entries that say the same, and a CNAME with company, are refused', async () => {
  const api = await withDomain('company');
  await add(api, 'web', 'A', '192.0.2.1');
  await add(api, 'www', 'CNAME', at('web'));
  await add(api, 'six', 'AAAA', '2001:db8::1');
  const refused = (name: string, type: string, target: string, message: string | RegExp) =>
    expect(add(api, name, type, target)).rejects.toMatchObject(invalid(message));
  await refused('WEB', 'A', '192.0.2.1', 'The A entry web.example.com is already there.');
  await refused('six', 'AAAA', '2001:0DB8::0:1', 'The AAAA entry six.example.com is already there.');
  await refused('web', 'CNAME', 'web.example.org', /^web\.example\.com has a A entry, and a CNAME entry stands alone/);
  await refused('www', 'TXT', '"x"', /^www\.example\.com has a CNAME entry, and a CNAME entry stands alone/);
  await refused('www', 'CNAME', 'other.example.org', /stands alone/);
  await refused('', 'SOA', 'a.example.com b.example.com 1 2 3 4 5', 'A domain has one SOA entry.');
  await add(api, 'web', 'A', '192.0.2.2');
  expect(await own(api)).toHaveLength(4);
});

test('F274 F275 an A entry for a load balancer is an alias, and only that', async () => {
  const api = await withDomain('aliases');
  const { dnsName = '' } = await balance(api, 'spread');
  await expect(add(api, '', 'A', dnsName)).rejects.toMatchObject(invalid(`The target ${dnsName} is not an address.`));
  await add(api, '', 'A', dnsName, { isAlias: true });
  expect(await own(api)).toEqual([{ id: expect.any(String), name: at(''), type: 'A', target: dnsName, isAlias: true }]);
  await expect(add(api, '', 'A', '192.0.2.1')).rejects.toMatchObject(invalid(/an alias is the only one of its type/));
  await add(api, 'www', 'CNAME', dnsName);
  const stranger = await withDomain('stranger');
  await expect(add(stranger, '', 'A', dnsName, { isAlias: true })).rejects.toMatchObject(
    invalid(`This account has no load balancer or distribution with the DNS name ${dnsName}.`),
  );
});

test('F71 F278 an entry is updated by its id, wholly, and keeps it', async () => {
  const api = await withDomain('updates');
  await add(api, 'web', 'A', '192.0.2.1');
  await add(api, 'www', 'CNAME', at('web'));
  const [web, www] = await own(api);
  const update = (domainEntry: DomainEntry) => api.updateDomainEntry({ domainName, domainEntry });
  const changed = { ...web, name: at('v6'), type: 'AAAA', target: '2001:db8::1' };
  expect((await update(changed)).operations).toEqual([succeeded('UpdateDomainEntry')]);
  expect(await own(api)).toEqual([changed, www]);
  await update(changed);
  for (const [wrong, error] of [
    [{ ...changed, id: undefined }, invalid('The entry to update is named by its id.')],
    [{ ...changed, id: '0' }, refusal('NotFoundException', 'The DomainEntry does not exist')],
    [{ id: changed.id, target: '192.0.2.1' }, invalid(/needs a name, a type and a target/)],
    [{ ...changed, name: at('www') }, invalid(/stands alone/)],
  ] as const)
    await expect(update(wrong)).rejects.toMatchObject(error);
  const soa = (await entriesOf(api)).find(({ type }) => type === 'SOA')!;
  await expect(update({ ...soa, type: 'TXT', target: '"x"' })).rejects.toMatchObject(invalid(/The last SOA entry/));
  expect(await own(api)).toEqual([changed, www]);
});

test('F279 an entry is deleted by all that it says', async () => {
  const api = await withDomain('deletes');
  await add(api, 'web', 'A', '192.0.2.1');
  await add(api, 'web', 'A', '192.0.2.2');
  const [first, second] = await own(api);
  const remove = (domainEntry: DomainEntry) => api.deleteDomainEntry({ domainName, domainEntry });
  await expect(remove({ id: first?.id })).rejects.toMatchObject(invalid(/its name, its type and its target/));
  for (const other of [
    { target: '192.0.2.3' },
    { type: 'TXT' },
    { name: at('www') },
    { id: second?.id },
    { isAlias: true },
  ])
    await expect(remove({ ...first, ...other })).rejects.toMatchObject(
      refusal('NotFoundException', 'The DomainEntry does not exist'),
    );
  expect((await remove({ name: at('WEB'), type: 'A', target: '192.0.2.1' })).operation).toEqual(
    succeeded('DeleteDomainEntry'),
  );
  expect(await own(api)).toEqual([second]);
  await remove(second!);
  const [ns1, ns2, soa] = await entriesOf(api);
  await expect(remove(soa!)).rejects.toMatchObject(invalid(/^The last SOA entry of example\.com itself/));
  await remove(ns1!);
  await expect(remove(ns2!)).rejects.toMatchObject(invalid(/^The last NS entry of example\.com itself/));
});

test('F280 a domain goes with all its entries', async () => {
  const api = await withDomain('gone');
  await add(api, 'web', 'A', '192.0.2.1');
  expect((await api.deleteDomain({ domainName })).operation).toEqual(succeeded('DeleteDomain'));
  const missing = refusal('NotFoundException', 'The Domain does not exist');
  const calls = [api.getDomain({ domainName }), api.deleteDomain({ domainName }), add(api, 'web', 'A', '192.0.2.1')];
  await Promise.all(calls.map((call) => expect(call).rejects.toMatchObject(missing)));
  await api.createDomain({ domainName });
  expect(await own(api)).toEqual([]);
  const { operations = [] } = await api.getOperationsForResource({ resourceName: domainName });
  expect(operations.map(({ operationType }) => operationType).sort()).toEqual(
    ['CreateDomain', 'CreateDomain', 'CreateDomainEntry', 'DeleteDomain'].sort(),
  );
});

test('F282 F546 all domains of the account are listed, up to the quota, and bear tags', async () => {
  const api = lightsail(await newAccount(server, 'many'));
  const names = Array.from({ length: 6 }, (_, i) => `zone-${i}.example.com`);
  for (const domainName of names) await api.createDomain({ domainName });
  const { domains } = await api.getDomains({});
  expect(domains?.map(({ name }) => name)).toEqual(names);
  await expect(api.createDomain({ domainName })).rejects.toMatchObject(
    invalid(/^Sorry, you've reached your maximum limit of Lightsail DNS zones : 6\./),
  );
  const { operations } = await api.tagResource({ resourceName: names[0], tags: [{ key: 'stage' }] });
  expect(operations).toMatchObject([{ location: { availabilityZone: 'all', regionName: 'global' } }]);
  const resourceArn = domains?.[0]?.arn;
  await api.tagResource({ resourceName: names[0], resourceArn, tags: [{ key: 'team', value: 'blue' }] });
  const { domain } = await api.getDomain({ domainName: names[0] });
  expect(domain?.tags).toEqual([{ key: 'stage' }, { key: 'team', value: 'blue' }]);
  await api.deleteDomain({ domainName: names[5] });
  await expect(api.createDomain({ domainName: names[0] })).rejects.toMatchObject(
    invalid(`Some names are already in use: ${names[0]}`),
  );
  await finished(api, operations);
});
