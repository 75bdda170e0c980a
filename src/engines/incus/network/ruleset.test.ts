import { expect, test } from 'vitest';
import { changeText, lostElements, type NetworkedMachine, partsOf, tableText } from './ruleset.ts';

const machine = (changes: Partial<NetworkedMachine> = {}): NetworkedMachine => ({
  id: '42',
  network: '123456789012 us-east-1',
  privateIp: '172.26.1.1',
  publicIp: '198.51.100.1',
  mac: '06:00:00:00:00:01',
  ipv6: ['2001:DB8:26:0:0:0:0:11'],
  firewall: [],
  metadata: {
    httpTokens: 'optional',
    httpEndpoint: 'enabled',
    httpPutResponseHopLimit: 2,
    httpProtocolIpv6: 'disabled',
  },
  ...changes,
});
const plan = {
  bridge: 'lateen0',
  gateway: '172.26.0.1',
  privateCidr: '172.26.0.0/16',
  publicCidr: '198.51.100.0/24',
  metadataPort: 8169,
  egress: 'public',
  hostPorts: [],
} as const;
const change = (before: readonly NetworkedMachine[], after: readonly NetworkedMachine[]) =>
  changeText('t', before.map(partsOf), after.map(partsOf), new Set(before.map((each) => partsOf(each).network)))
    .split('\n')
    .filter((line) => line !== '');

test('a machine begins with its chain, and then come the ways to it', () => {
  const { network } = partsOf(machine());
  expect(change([], [machine()])).toEqual([
    `add set inet t ${network} { type ipv4_addr; }`,
    `add chain inet t ${network}`,
    `flush chain inet t ${network}`,
    `add rule inet t ${network} ip saddr @${network} accept`,
    `add rule inet t ${network} drop`,
    'add chain inet t m-42',
    'flush chain inet t m-42',
    'add rule inet t m-42 drop',
    'add element inet t known4 { 172.26.1.1 }',
    'add element inet t guard4 { 172.26.1.1 : goto m-42 }',
    `add element inet t near4 { 172.26.1.1 : goto ${network} }`,
    'add element inet t hops4 { 172.26.1.1 : jump hops-2 }',
    `add element inet t ${network} { 172.26.1.1 }`,
    'add element inet t public4 { 198.51.100.1 : 172.26.1.1 }',
    'add element inet t private4 { 172.26.1.1 : 198.51.100.1 }',
    'add element inet t macs6 { 06:00:00:00:00:01 }',
    'add element inet t known6 { 2001:db8:26::11 }',
    'add element inet t guard6 { 2001:db8:26::11 : goto m-42 }',
    'add element inet t hops6 { 2001:db8:26::11 : jump hops-2 }',
  ]);
});

test('what is the same already needs no change', () => {
  expect(change([machine()], [machine()])).toEqual([]);
});

test('another public address changes two elements, and old ones go first', () => {
  expect(change([machine()], [machine({ publicIp: '198.51.100.2' })])).toEqual([
    'delete element inet t public4 { 198.51.100.1 }',
    'delete element inet t private4 { 172.26.1.1 }',
    'add element inet t public4 { 198.51.100.2 : 172.26.1.1 }',
    'add element inet t private4 { 172.26.1.1 : 198.51.100.2 }',
  ]);
});

test('another firewall changes its chain alone', () => {
  const opening = { protocol: 'tcp', fromPort: 22, toPort: 22, cidrs: ['0.0.0.0/0'], ipv6Cidrs: [] };
  expect(change([machine()], [machine({ firewall: [opening] })])).toEqual([
    'add chain inet t m-42',
    'flush chain inet t m-42',
    'add rule inet t m-42 meta nfproto ipv4 tcp dport 22 accept',
    'add rule inet t m-42 drop',
  ]);
});

test('a machine that goes takes its ways along, and its chain last', () => {
  const lines = change([machine()], []);
  expect(lines.at(-1)).toBe('delete chain inet t m-42');
  expect(lines.slice(0, -1).every((line) => line.startsWith('delete element '))).toBe(true);
  expect(lostElements([partsOf(machine())], [])).toContain('public4 198.51.100.1');
});

test('a machine without a private address has no public one', () => {
  expect([...partsOf(machine({ privateIp: undefined, ipv6: [] })).elements]).toEqual([]);
});

test('the hop limit stays within what can be set', () => {
  const limit = (httpPutResponseHopLimit: number) =>
    partsOf(machine({ metadata: { ...machine().metadata, httpPutResponseHopLimit } })).elements.get('hops4 172.26.1.1');
  expect([limit(0), limit(64), limit(1_000)]).toEqual(['jump hops-1', 'jump hops-64', 'jump hops-64']);
});

test('the names of accounts and machines do not get into the text as they are', () => {
  const odd = partsOf(machine({ id: 'a; drop', network: 'b }' }));
  expect(`${odd.chain} ${odd.network}`).toMatch(/^m-[0-9a-f]{64} n-[0-9a-f]{64}$/);
});

test('the table translates as the pool is routed', () => {
  expect(tableText('t', plan)).toContain('snat ip to ip saddr map @private4\n  }');
  expect(tableText('t', { ...plan, egress: 'host' })).toContain('oifname != "lateen0" masquerade');
  expect(tableText('t', plan)).not.toContain('dnat ip6');
  const ipv6 = { gateway: '2001:DB8::1', cidr: '2001:DB8::/64', egress: 'routed' } as const;
  expect(tableText('t', { ...plan, ipv6 })).toContain('dnat ip6 to [2001:db8::1]:8169');
  expect(tableText('t', { ...plan, ipv6 })).not.toContain('masquerade');
  expect(tableText('t', { ...plan, ipv6: { ...ipv6, egress: 'host' } })).toContain(
    'ip6 saddr 2001:db8::/64 oifname != "lateen0" masquerade',
  );
  expect(() => tableText('t', { ...plan, privateCidr: '172.26.0.0/16; drop' })).toThrow('not an IPv4 network');
});
