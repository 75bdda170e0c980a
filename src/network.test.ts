import { expect, test } from 'vitest';
import { createNetwork, isIpv6Prefix, onOneBridge } from './network.ts';

const id = '0b34c322-f3c5-496e-05b0-00f3d27d029f';

test('an IPv6 address is the same for life, in eight groups without leading zeros', () => {
  const network = createNetwork();
  expect(network.ipv6Of(id, 10)).toBe('2001:DB8:A:496E:5B0:F3:D27D:29F');
  expect(network.ipv6Of(id, 10)).toBe(network.ipv6Of(id, 10));
});

test.each([
  ['2001:db8:26::/64', '2001:DB8:26:0:5B0:F3:D27D:29F'],
  ['2001:db8:26:7::/64', '2001:DB8:26:7:5B0:F3:D27D:29F'],
  ['2001:db8:0:7:0:0:0:0/64', '2001:DB8:0:7:5B0:F3:D27D:29F'],
  [undefined, undefined],
])('machines of the prefix %s have %s', (prefix, address) => {
  expect(onOneBridge(createNetwork(), prefix).ipv6Of(id, 10)).toBe(address);
});

test.each([
  ['2001:db8:26::/64', true],
  ['fd12:3456:789a:1::/64', true],
  ['2001:db8:26::1/64', false],
  ['2001:db8:26::/48', false],
  ['2001:db8:26::', false],
  ['fe80::/64', false],
  ['ff02::/64', false],
  ['172.26.0.0/64', false],
  ['::/64', false],
])('%s as a prefix: %s', (text, is) => {
  expect(isIpv6Prefix(text)).toBe(is);
});
