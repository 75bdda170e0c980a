import { describe, expect, test } from 'vitest';
import { EngineRefusal, type FirewallRule } from '../../machine.ts';
import { firewallStatements } from './firewall.ts';

const rule = (changes: Partial<FirewallRule>): FirewallRule => ({
  protocol: 'tcp',
  fromPort: 22,
  toPort: 22,
  cidrs: ['0.0.0.0/0'],
  ipv6Cidrs: [],
  ...changes,
});
const opened = (changes: Partial<FirewallRule>) => firewallStatements([rule(changes)]).slice(0, -1);

test('what nothing accepts is dropped', () => {
  expect(firewallStatements([])).toEqual(['drop']);
  expect(firewallStatements([rule({})]).at(-1)).toBe('drop');
});

test.each<[Partial<FirewallRule>, string[]]>([
  [{}, ['meta nfproto ipv4 tcp dport 22 accept']],
  [{ ipv6Cidrs: ['::/0'] }, ['meta nfproto ipv4 tcp dport 22 accept', 'meta nfproto ipv6 tcp dport 22 accept']],
  [{ protocol: 'udp', fromPort: 1, toPort: 9 }, ['meta nfproto ipv4 udp dport 1-9 accept']],
  [{ cidrs: ['192.0.2.44', '203.0.113.0/24'] }, ['ip saddr { 192.0.2.44, 203.0.113.0/24 } tcp dport 22 accept']],
  [{ cidrs: [], ipv6Cidrs: ['2001:DB8:0:0:0:0:0:1'] }, ['ip6 saddr { 2001:db8::1 } tcp dport 22 accept']],
  [{ protocol: 'all', fromPort: 0, toPort: 65_535 }, ['meta nfproto ipv4 accept']],
  [{ protocol: 'all', fromPort: 5, toPort: 6 }, ['meta nfproto ipv4 meta l4proto { tcp, udp } th dport 5-6 accept']],
  [{ protocol: 'icmp', fromPort: 8, toPort: -1, ipv6Cidrs: ['::/0'] }, ['meta nfproto ipv4 icmp type 8 accept']],
  [{ protocol: 'icmp', fromPort: 3, toPort: 4 }, ['meta nfproto ipv4 icmp type 3 icmp code 4 accept']],
  [{ protocol: 'icmp', fromPort: -1, toPort: -1 }, ['meta nfproto ipv4 meta l4proto icmp accept']],
  [
    { protocol: 'icmpv6', fromPort: 128, toPort: 0, ipv6Cidrs: ['::/0'] },
    ['meta nfproto ipv6 icmpv6 type 128 icmpv6 code 0 accept'],
  ],
  [{ cidrs: [] }, []],
])('%o', (changes, statements) => {
  expect(opened(changes)).toEqual(statements);
});

describe('nothing but addresses and numbers gets into the text', () => {
  test.each<Partial<FirewallRule>>([
    { protocol: 'sctp' },
    { cidrs: ['0.0.0.0/0 } accept; drop'] },
    { cidrs: ['192.0.2.1/33'] },
    { cidrs: ['::/0'] },
    { ipv6Cidrs: ['fe80::1%eth0'] },
    { fromPort: 5, toPort: 4 },
    { fromPort: 1.5 },
    { fromPort: -1 },
    { protocol: 'icmp', fromPort: 256, toPort: 0 },
  ])('%o', (changes) => {
    expect(() => opened(changes)).toThrow(EngineRefusal);
  });
});
