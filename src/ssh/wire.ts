/** The data types of SSH (RFC 4251 section 5): writers give a Buffer to concatenate, the reader walks over one. */

const largestUint64 = 2n ** 64n - 1n;

/** A byte string with its length in front. Text goes out as UTF-8. */
export const string = (value: string | Buffer): Buffer => {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint32(bytes.length), bytes]);
};

/** Several strings packed into one, as certificates hold principals and extensions. */
export const strings = (values: readonly (string | Buffer)[]): Buffer => string(Buffer.concat(values.map(string)));

/** Throws RangeError outside 0 to 2^32 - 1. */
export const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** Throws RangeError outside 0 to 2^64 - 1. */
export const uint64 = (value: bigint): Buffer => {
  if (value < 0n || value > largestUint64) throw new RangeError(`${value} does not fit into 64 bits.`);
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
};

/** A number of any size that is not negative, from its big-endian bytes; zeros in front are dropped. */
export const mpint = (magnitude: Buffer): Buffer => {
  const first = magnitude.findIndex((byte) => byte !== 0);
  const digits = first < 0 ? Buffer.alloc(0) : magnitude.subarray(first);
  const looksNegative = (digits[0] ?? 0) >= 0x80;
  return string(looksNegative ? Buffer.concat([Buffer.of(0), digits]) : digits);
};

/** Reads what the writers above wrote. It never reads past the end, and takes only the one shortest form of a number. */
export class WireReader {
  readonly #bytes: Buffer;
  #offset = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  uint32(): number {
    return this.#take(4).readUInt32BE();
  }

  uint64(): bigint {
    return this.#take(8).readBigUInt64BE();
  }

  string(): Buffer {
    return this.#take(this.uint32());
  }

  text(): string {
    return this.string().toString('utf8');
  }

  /** The bytes of a positive number or zero, without zeros in front. */
  mpint(): Buffer {
    const bytes = this.string();
    const [first = 1, second = 0] = bytes;
    if (first >= 0x80) throw new Error('Damaged SSH data: a number is negative.');
    if (first > 0) return bytes;
    if (second < 0x80) throw new Error('Damaged SSH data: a number has needless zeros in front.');
    return bytes.subarray(1);
  }

  /** The strings inside a string. */
  strings(): Buffer[] {
    const inner = new WireReader(this.string());
    const values: Buffer[] = [];
    while (!inner.atEnd) values.push(inner.string());
    return values;
  }

  get offset(): number {
    return this.#offset;
  }

  get atEnd(): boolean {
    return this.#offset === this.#bytes.length;
  }

  /** Throws Error when bytes are left over. */
  end(): void {
    if (!this.atEnd) throw new Error('Damaged SSH data: there are bytes after the last field.');
  }

  #take(count: number): Buffer {
    const end = this.#offset + count;
    if (end > this.#bytes.length) throw new Error('Damaged SSH data: a field runs past the end.');
    const taken = this.#bytes.subarray(this.#offset, end);
    this.#offset = end;
    return taken;
  }
}
