import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as wire from './wire.ts';
import { WireReader } from './wire.ts';

const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));

test('what is written is read back', () => {
  const row = fc.tuple(
    bytes,
    fc.nat(0xffffffff),
    fc.bigInt(0n, 2n ** 64n - 1n),
    fc.bigInt(0n, 2n ** 300n),
    fc.array(bytes),
  );
  fc.assert(
    fc.property(row, ([text, small, large, huge, list]) => {
      const digits = Buffer.from(huge.toString(16).padStart(80, '0'), 'hex');
      const parts = [wire.string(text), wire.uint32(small), wire.uint64(large), wire.mpint(digits), wire.strings(list)];
      const from = new WireReader(Buffer.concat(parts));
      expect(from.string()).toEqual(text);
      expect(from.uint32()).toBe(small);
      expect(from.uint64()).toBe(large);
      expect(BigInt(`0x0${from.mpint().toString('hex')}`)).toBe(huge);
      expect(from.strings()).toEqual(list);
      from.end();
    }),
  );
});

test.each([
  ['', '00000000'],
  ['00', '00000000'],
  ['09a378f9b2e332a7', '0000000809a378f9b2e332a7'],
  ['80', '000000020080'],
  ['000080', '000000020080'],
])('mpint of %s is that of RFC 4251', (magnitude, written) => {
  expect(wire.mpint(Buffer.from(magnitude, 'hex')).toString('hex')).toBe(written);
});

test.each([
  ['00000001ff', /negative/],
  ['0000000100', /needless zeros/],
  ['000000020001', /needless zeros/],
  ['0000000401', /past the end/],
  ['ffffffff01', /past the end/],
  ['0000', /past the end/],
])('mpint refuses %s', (written, message) => {
  expect(() => new WireReader(Buffer.from(written, 'hex')).mpint()).toThrow(message);
});

test('numbers that do not fit and bytes left over are refused', () => {
  expect(() => wire.uint32(-1)).toThrow(RangeError);
  expect(() => wire.uint32(2 ** 32)).toThrow(RangeError);
  expect(() => wire.uint64(-1n)).toThrow(RangeError);
  expect(() => wire.uint64(2n ** 64n)).toThrow(RangeError);
  expect(() => new WireReader(Buffer.of(0)).end()).toThrow(/after the last field/);
});
