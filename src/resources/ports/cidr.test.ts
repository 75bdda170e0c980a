import { BlockList } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { normalCidr } from './cidr.ts';

/** Any way to write a network of the family. */
const ipv4 = fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 }));
const ipv6 = fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 }));

const split = (cidr: string): [network: string, prefix: number] => {
  const [network = '', prefix] = cidr.split('/');
  return [network, Number(prefix)];
};

test.each([
  ['192.0.2.44', 4, '192.0.2.44/32'],
  ['192.0.2.44/32', 4, '192.0.2.44/32'],
  ['192.0.2.44/24', 4, '192.0.2.0/24'],
  ['255.255.255.255/1', 4, '128.0.0.0/1'],
  ['203.0.113.9/0', 4, '0.0.0.0/0'],
  ['2001:DB8::1', 6, '2001:db8::1/128'],
  ['2001:0db8:0000:0000:0000:0000:0000:0001', 6, '2001:db8::1/128'],
  ['2001:db8:ffff::/33', 6, '2001:db8:8000::/33'],
  ['::ffff:192.0.2.1', 6, '::ffff:c000:201/128'],
  ['10:0:0:1:0:0:0:2', 6, '10:0:0:1::2/128'],
  ['1:0:2:0:3:0:4:0', 6, '1:0:2:0:3:0:4:0/128'],
  ['1:2:3:4:5:6:0:0', 6, '1:2:3:4:5:6::/128'],
  ['::/0', 6, '::/0'],
] as const)('F168 F169 %s of IPv%i is written %s', (text, family, normal) => {
  expect(normalCidr(text, family)).toBe(normal);
});

test.each([
  ['', 4],
  ['192.0.2', 4],
  ['192.0.2.256', 4],
  ['192.0.2.1/33', 4],
  ['192.0.2.1/-1', 4],
  ['192.0.2.1/', 4],
  ['192.0.2.1/24/24', 4],
  ['192.0.2.1/2e1', 4],
  [' 192.0.2.1', 4],
  ['192.000.002.001', 4],
  ['2001:db8::1', 4],
  ['', 6],
  ['192.0.2.1', 6],
  ['2001:db8::1/129', 6],
  ['2001:db8::1::2', 6],
  ['fe80::1%eth0', 6],
  ['[::1]', 6],
] as const)('F168 F169 %j is no IPv%i network', (text, family) => {
  expect(() => normalCidr(text, family)).toThrow(
    expect.objectContaining({
      code: 'InvalidInputException',
      message: `${text} is not a valid IPv${family} CIDR block.`,
    }),
  );
});

test('what is normal stays as it is', () => {
  const staysAsItIs =
    (family: 4 | 6) =>
    ([address, prefix]: readonly [string, number]) => {
      const once = normalCidr(`${address}/${prefix}`, family);
      expect(normalCidr(once, family)).toBe(once);
    };
  fc.assert(fc.property(ipv4, staysAsItIs(4)));
  fc.assert(fc.property(ipv6, staysAsItIs(6)));
});

test('the normal form is the same network', () => {
  const sameNetwork =
    (family: 4 | 6, type: 'ipv4' | 'ipv6') =>
    ([address, prefix]: readonly [string, number]) => {
      const [network, length] = split(normalCidr(`${address}/${prefix}`, family));
      expect(length).toBe(prefix);
      const [asked, normal] = [new BlockList(), new BlockList()];
      asked.addSubnet(address, prefix, type);
      normal.addSubnet(network, length, type);
      expect(asked.check(network, type)).toBe(true);
      expect(normal.check(address, type)).toBe(true);
    };
  fc.assert(fc.property(ipv4, sameNetwork(4, 'ipv4')));
  fc.assert(fc.property(ipv6, sameNetwork(6, 'ipv6')));
});

test('an IPv6 address is written as URLs write it', () => {
  const group = fc.constantFrom('0', '0', '1', 'a', 'DB8', '0010', 'ffff');
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
      const host = new URL(`http://[${groups.join(':')}]/`).hostname;
      expect(`[${split(normalCidr(groups.join(':'), 6))[0]}]`).toBe(host);
    }),
  );
});
