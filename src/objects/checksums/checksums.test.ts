import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chosenSeed } from '../../../test/random.ts';
import type { ChecksumAlgorithm } from '../store.ts';
import { combineSums } from './combine.ts';
import { plainCrc32 } from './crc32.ts';
import { digestAll, digestOf } from './digests.ts';

const of = (algorithm: ChecksumAlgorithm, bytes: Uint8Array): Buffer => digestAll(digestOf(algorithm), bytes);
const cyclic = ['CRC32', 'CRC32C', 'CRC64NVME'] as const;

/** The check values of the catalogue of cyclic sums, and vectors of RFC 3720 B.4. */
test.each([
  ['CRC32', '123456789', 'cbf43926'],
  ['CRC32C', '123456789', 'e3069283'],
  ['CRC64NVME', '123456789', 'ae8b14860a799888'],
  ['CRC32', '', '00000000'],
  ['CRC64NVME', '', '0000000000000000'],
  ['CRC32C', '\0'.repeat(32), '8a9136aa'],
  ['CRC32C', Array.from({ length: 32 }, (_, at) => String.fromCharCode(at)).join(''), '46dd794e'],
] as const)('%s of %j', (algorithm, text, expected) => {
  expect(of(algorithm, Buffer.from(text, 'latin1')).toString('hex')).toBe(expected);
  if (algorithm === 'CRC32') expect(plainCrc32(Buffer.from(text, 'latin1'), 0)).toBe(Number.parseInt(expected, 16));
});

test('a sum does not depend on how the bytes come, and sums of pieces give the sum of the whole', () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 });
  fc.assert(
    fc.property(fc.constantFrom(...cyclic), pieces, (algorithm, pieces) => {
      const whole = of(algorithm, Buffer.concat(pieces));
      const running = digestOf(algorithm);
      for (const piece of pieces) running.update(piece);
      expect(running.digest()).toEqual(whole);
      const sums = pieces.map((piece) => ({ size: piece.length, sum: of(algorithm, piece) }));
      expect(combineSums(algorithm, sums)).toEqual(whole);
    }),
    { seed: chosenSeed() },
  );
});

test('the plain sum is the one of Node', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      expect(plainCrc32(bytes, 0)).toBe(of('CRC32', bytes).readUInt32BE());
    }),
    { seed: chosenSeed() },
  );
});

test('the others are those of Node, and cannot be told from pieces', () => {
  const bytes = Buffer.from('Lateen');
  expect(of('SHA1', bytes)).toEqual(createHash('sha1').update(bytes).digest());
  expect(of('SHA256', bytes)).toEqual(createHash('sha256').update(bytes).digest());
  expect(() => combineSums('SHA256', [])).toThrow('cannot be told');
});
