import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PortInfo } from '../../api/generated/types.ts';
import { checkCount, close, open, readOpening } from './rules.ts';
import type { Opening } from './view.ts';

const cidrs = fc.uniqueArray(fc.constantFrom('192.0.2.1/32', '192.0.2.0/24', '198.51.100.0/24'), { maxLength: 3 });
const ipv6Cidrs = fc.uniqueArray(fc.constantFrom('2001:db8::1/128', '2001:db8::/32'), { maxLength: 2 });
const cidrListAliases = fc.uniqueArray(fc.constantFrom('lightsail-connect'), { maxLength: 1 });

/** Few gates, so that openings meet. */
const opening: fc.Arbitrary<Opening> = fc
  .record({
    protocol: fc.constantFrom('tcp' as const, 'udp' as const),
    fromPort: fc.constantFrom(22, 80),
    toPort: fc.constantFrom(80, 90),
    cidrs,
    ipv6Cidrs,
    cidrListAliases,
  })
  .filter((made) => made.cidrs.length + made.ipv6Cidrs.length + made.cidrListAliases.length > 0);
const gateOf = ({ protocol, fromPort, toPort }: Opening): string => `${protocol} ${fromPort} ${toPort}`;
const openings = fc.uniqueArray(opening, { selector: gateOf, maxLength: 6 });
const addressesOf = (made: Opening): string[] => [...made.cidrs, ...made.ipv6Cidrs, ...made.cidrListAliases];
const at = (all: readonly Opening[], gate: string): string[] =>
  all.filter((made) => gateOf(made) === gate).flatMap(addressesOf);

const refused = (port: PortInfo, message: string | RegExp) =>
  expect(() => readOpening(port, 'dualstack')).toThrow(
    expect.objectContaining({
      code: 'InvalidInputException',
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    }),
  );

test('F162 what is opened anew and closed again leaves all as it was', () => {
  fc.assert(
    fc.property(openings, opening, fc.boolean(), (before, added, named) => {
      fc.pre(!before.some((made) => gateOf(made) === gateOf(added)));
      expect(close(open(before, added), added, named)).toEqual(before);
    }),
  );
});

test('F160 opening adds to one gate and leaves the others alone', () => {
  fc.assert(
    fc.property(openings, opening, (before, added) => {
      const after = open(before, added);
      const gate = gateOf(added);
      expect(new Set(at(after, gate))).toEqual(new Set([...at(before, gate), ...addressesOf(added)]));
      const others = (all: readonly Opening[]) => all.filter((made) => gateOf(made) !== gate);
      expect(others(after)).toEqual(others(before));
      expect(open(after, added)).toEqual(after);
    }),
  );
});

test('F162 closing takes away from one gate what is named, or all', () => {
  fc.assert(
    fc.property(openings, opening, (before, closed) => {
      const gate = gateOf(closed);
      expect(at(close(before, closed, false), gate)).toEqual([]);
      const after = close(before, closed, true);
      expect(at(after, gate)).toEqual(at(before, gate).filter((address) => !addressesOf(closed).includes(address)));
      for (const made of after) expect(addressesOf(made)).not.toEqual([]);
      expect(close(after, closed, true)).toEqual(after);
    }),
  );
});

test('F161 openings that meet nowhere are put as they are, in their order', () => {
  fc.assert(
    fc.property(openings, (asked) => {
      expect(asked.reduce<Opening[]>((put, added) => open(put, added), [])).toEqual(asked);
    }),
  );
});

test('F168 reading what was read changes nothing', () => {
  const port = fc.record({
    protocol: fc.constantFrom('tcp' as const, 'udp' as const),
    fromPort: fc.integer({ min: 0, max: 1000 }),
    toPort: fc.integer({ min: 1000, max: 65535 }),
    cidrs: fc.array(fc.ipV4(), { maxLength: 3 }),
    ipv6Cidrs: fc.array(fc.ipV6(), { maxLength: 3 }),
    cidrListAliases,
  });
  fc.assert(
    fc.property(port, fc.constantFrom('dualstack' as const, 'ipv4' as const, 'ipv6' as const), (asked, type) => {
      const once = readOpening(asked, type);
      const twice = readOpening(
        { ...once, cidrs: [...once.cidrs], ipv6Cidrs: [...once.ipv6Cidrs], cidrListAliases: [...once.cidrListAliases] },
        type,
      );
      expect(twice).toEqual(once);
      expect(addressesOf(once)).not.toEqual([]);
    }),
  );
});

test.each([
  ['dualstack', ['0.0.0.0/0'], ['::/0']],
  ['ipv4', ['0.0.0.0/0'], []],
  ['ipv6', [], ['::/0']],
] as const)('without addresses a port of %s is for everyone', (type, four, six) => {
  expect(readOpening({ protocol: 'tcp', fromPort: 22, toPort: 23 }, type)).toEqual({
    protocol: 'tcp',
    fromPort: 22,
    toPort: 23,
    cidrs: four,
    ipv6Cidrs: six,
    cidrListAliases: [],
  });
});

test('F163 F164 F165 F167 the numbers of a port are what its protocol asks for', () => {
  refused({ fromPort: 1, toPort: 1 }, /^A port needs a protocol/);
  refused({ protocol: 'tcp', fromPort: 1 }, /^The protocol tcp needs both fromPort \(its port\)/);
  refused({ protocol: 'icmp', fromPort: 8 }, /^The protocol icmp needs both fromPort \(its type\) and toPort/);
  refused({ protocol: 'udp', fromPort: -1, toPort: 5 }, 'fromPort -1 is out of range for udp: it must be 0 to 65535.');
  refused({ protocol: 'icmpv6', fromPort: 1, toPort: 256 }, /^toPort 256 is out of range for icmpv6/);
  refused({ protocol: 'all', fromPort: 5, toPort: 4 }, /^The port range 5 to 4 is empty/);
  expect(readOpening({ protocol: 'all' }, 'ipv4')).toMatchObject({ fromPort: 0, toPort: 65535 });
  expect(readOpening({ protocol: 'icmp', fromPort: 8, toPort: -1 }, 'ipv4')).toMatchObject({ fromPort: 8, toPort: -1 });
  expect(readOpening({ protocol: 'icmp', fromPort: -1, toPort: -1 }, 'ipv4')).toMatchObject({ fromPort: -1 });
});

test('F170 there is one alias', () => {
  refused({ protocol: 'tcp', fromPort: 1, toPort: 1, cidrListAliases: ['office'] }, /^office is not a valid CIDR list/);
});

test('a firewall has at most 250 openings, and each at most 250 address ranges', () => {
  const port = (fromPort: number, cidrs: string[] = []) => ({
    protocol: 'tcp' as const,
    fromPort,
    toPort: fromPort,
    cidrs,
  });
  const many = Array.from({ length: 251 }, (_, i) => i);
  expect(() => checkCount(many.slice(1).map((i) => port(i)))).not.toThrow();
  expect(() => checkCount(many.map((i) => port(i)))).toThrow(/at most 250 open ports, and this one would have 251/);
  const addresses = many.map((i) => `10.0.${i}.0/24`);
  expect(() => checkCount([port(1, addresses.slice(1))])).not.toThrow();
  expect(() => checkCount([port(1, addresses)])).toThrow(/at most 250 address ranges, and this one would be to 251/);
});
