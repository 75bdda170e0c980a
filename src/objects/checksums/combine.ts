import type { ChecksumAlgorithm } from '../store.ts';

/** Polynomials over two elements, reflected: the highest bit stands for x^0. `one` is that bit. */
interface Field {
  readonly one: bigint;
  readonly polynomial: bigint;
}

const fields: Partial<Record<ChecksumAlgorithm, Field>> = {
  CRC32: { one: 1n << 31n, polynomial: 0xedb88320n },
  CRC32C: { one: 1n << 31n, polynomial: 0x82f63b78n },
  CRC64NVME: { one: 1n << 63n, polynomial: 0x9a6c9329ac4bc9b5n },
};

const product = ({ one, polynomial }: Field, a: bigint, b: bigint): bigint => {
  let [sum, shifted] = [0n, b];
  for (let bit = one; bit > 0n; bit >>= 1n) {
    if (a & bit) sum ^= shifted;
    shifted = shifted & 1n ? (shifted >> 1n) ^ polynomial : shifted >> 1n;
  }
  return sum;
};

/** x to the power of the bits of `size` bytes: what so many bytes behind do to a sum. */
const shiftBy = (field: Field, size: number): bigint => {
  let [power, square] = [field.one, field.one >> 8n];
  for (let rest = BigInt(size); rest > 0n; rest >>= 1n) {
    if (rest & 1n) power = product(field, power, square);
    square = product(field, square, square);
  }
  return power;
};

/** A piece of bytes: how many, and their sum, big endian. */
export interface Piece {
  readonly size: number;
  readonly sum: Buffer;
}

/**
 * The sum of the pieces one behind the other, told by their sums alone. Only cyclic sums can be told so; throws for the others. Pieces are mostly
 * of one size, so what a size does is worked out once.
 */
export const combineSums = (algorithm: ChecksumAlgorithm, pieces: readonly Piece[]): Buffer => {
  const field = fields[algorithm];
  if (field === undefined) throw new Error(`${algorithm} of a whole cannot be told from its parts`);
  const shifts = new Map<number, bigint>();
  let whole = 0n;
  for (const { size, sum } of pieces) {
    const shift = shifts.get(size) ?? shiftBy(field, size);
    shifts.set(size, shift);
    whole = product(field, whole, shift) ^ BigInt(`0x${sum.toString('hex')}`);
  }
  const digits = field.one.toString(16).length;
  return Buffer.from(whole.toString(16).padStart(digits, '0'), 'hex');
};
