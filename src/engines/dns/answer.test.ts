import { expect, test } from 'vitest';
import { isWithin, parentOf } from '../../dns/names.ts';
import type { RecordType } from '../../dns/record-data.ts';
import type { Zone, ZoneRecord, Zones } from '../zones.ts';
import { replyTo } from './answer.ts';

const soa = 'ns-1.example.net. hostmaster.example.net. 1 7200 900 1209600 86400';

const entries: readonly [name: string, type: RecordType, target: string, isAlias?: true][] = [
  ['example.com', 'SOA', soa],
  ['example.com', 'NS', 'ns-1.example.net.'],
  ['example.com', 'MX', '10 mail.example.com'],
  ['example.com', 'A', 'spread.elb', true],
  ['www.example.com', 'CNAME', 'web.example.com'],
  ['web.example.com', 'A', '192.0.2.1'],
  ['web.example.com', 'A', '192.0.2.2'],
  ['web.example.com', 'AAAA', '2001:db8::1'],
  ['out.example.com', 'CNAME', 'www.example.org'],
  ['lost.example.com', 'CNAME', 'nobody.example.com'],
  ['loop.example.com', 'CNAME', 'pool.example.com'],
  ['pool.example.com', 'CNAME', 'loop.example.com'],
  ['a.deep.example.com', 'TXT', '"deep"'],
  ['*.wild.example.com', 'A', '192.0.2.9'],
  ['own.wild.example.com', 'TXT', '"own"'],
  ['sub.example.com', 'NS', 'ns.sub.example.com.'],
  ['ns.sub.example.com', 'A', '192.0.2.53'],
  ['gone.example.com', 'A', 'nothing.elb', true],
];

const records = new Map<string, ZoneRecord[]>();
for (const [name, type, target, isAlias = false] of entries) {
  for (let each: string | undefined = name; each !== 'com' && each !== undefined; each = parentOf(each))
    if (!records.has(each)) records.set(each, []);
  records.get(name)?.push({ name, type, target, isAlias });
}
const zone: Zone = { name: 'example.com', account: '111111111111', records };
const zones: Zones = {
  zoneOf: async (name) => (isWithin(name, zone.name) ? zone : undefined),
  addressesOf: async (_zone, target) => (target === 'spread.elb' ? ['198.18.0.20', '2001:db8::20'] : []),
};

/** The code, and what stands in the answers, as `name type data`. */
const ask = async (name: string, type: string) => {
  const { code, answers, authorities, additionals, isAuthoritative } = await replyTo(zones, name, type);
  const shown = [answers, authorities, additionals].map((part) =>
    part.map((each) => `${each.name} ${each.type} ${typeof each.data === 'string' ? each.data : ''}`.trim()),
  );
  return [code, isAuthoritative ? 'aa' : '', ...shown];
};
const noSuch = (code: string) => [code, 'aa', [], ['example.com SOA'], []];

test.each<[string, string, readonly string[]]>([
  ['web.example.com', 'A', ['web.example.com A 192.0.2.1', 'web.example.com A 192.0.2.2']],
  ['web.example.com', 'AAAA', ['web.example.com AAAA 2001:db8::1']],
  ['example.com', 'A', ['example.com A 198.18.0.20']],
  ['example.com', 'MX', ['example.com MX']],
  ['example.com', 'NS', ['example.com NS ns-1.example.net']],
  ['example.com', 'SOA', ['example.com SOA']],
  ['example.com', 'ANY', ['example.com SOA']],
  ['web.example.com', 'ANY', ['web.example.com A 192.0.2.1', 'web.example.com A 192.0.2.2']],
  ['www.example.com', 'CNAME', ['www.example.com CNAME web.example.com']],
  ['www.example.com', 'AAAA', ['www.example.com CNAME web.example.com', 'web.example.com AAAA 2001:db8::1']],
  ['out.example.com', 'A', ['out.example.com CNAME www.example.org']],
  ['loop.example.com', 'A', ['loop.example.com CNAME pool.example.com', 'pool.example.com CNAME loop.example.com']],
  ['any.wild.example.com', 'A', ['any.wild.example.com A 192.0.2.9']],
  ['far.any.wild.example.com', 'A', ['far.any.wild.example.com A 192.0.2.9']],
  ['*.wild.example.com', 'A', ['*.wild.example.com A 192.0.2.9']],
])('%s %s', async (name, type, answers) => {
  expect(await ask(name, type)).toEqual(['NOERROR', 'aa', answers, [], []]);
});

test('a name without records of the type, or with names below it only, has no data', async () => {
  for (const [name, type] of [
    ['web.example.com', 'TXT'],
    ['web.example.com', 'UNKNOWN_65280'],
    ['deep.example.com', 'A'],
    ['own.wild.example.com', 'A'],
    ['wild.example.com', 'A'],
    ['gone.example.com', 'A'],
    ['any.wild.example.com', 'MX'],
  ] as const)
    expect(await ask(name, type), `${name} ${type}`).toEqual(noSuch('NOERROR'));
});

test('a name that is not there does not exist, nor what leads to it', async () => {
  for (const name of ['nobody.example.com', 'x.web.example.com', 'x.own.wild.example.com'])
    expect(await ask(name, 'A'), name).toEqual(noSuch('NXDOMAIN'));
  expect(await ask('lost.example.com', 'A')).toEqual([
    'NXDOMAIN',
    'aa',
    ['lost.example.com CNAME nobody.example.com'],
    ['example.com SOA'],
    [],
  ]);
});

test('below a delegation others are named, with their addresses', async () => {
  for (const name of ['sub.example.com', 'www.sub.example.com', 'ns.sub.example.com'])
    expect(await ask(name, 'A'), name).toEqual([
      'NOERROR',
      '',
      [],
      ['sub.example.com NS ns.sub.example.com'],
      ['ns.sub.example.com A 192.0.2.53'],
    ]);
});

test('no other zone is answered for, and none is given away as a whole', async () => {
  for (const [name, type] of [
    ['example.org', 'A'],
    ['com', 'NS'],
    ['', 'NS'],
    ['badexample.com', 'A'],
    ['example.com', 'AXFR'],
  ] as const)
    expect(await ask(name, type), name).toEqual(['REFUSED', '', [], [], []]);
});
