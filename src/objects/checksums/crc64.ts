/** CRC-64/NVME, reflected, in two halves: JavaScript's bits go in 32. */
const [polynomialHigh, polynomialLow] = [0x9a6c9329, 0xac4bc9b5];

/** Eight tables of 256 each: what a byte does to a half of the sum when it lies 0 to 7 bytes before the end of the eight. */
const [high, low] = (() => {
  const [high, low] = [new Uint32Array(8 * 256), new Uint32Array(8 * 256)];
  for (let byte = 0; byte < 256; byte++) {
    let [h, l] = [0, byte];
    for (let bit = 0; bit < 8; bit++) {
      const odd = l & 1;
      l = (l >>> 1) | (h << 31);
      h >>>= 1;
      if (odd) {
        l ^= polynomialLow;
        h ^= polynomialHigh;
      }
    }
    high[byte] = h;
    low[byte] = l;
  }
  for (let at = 256; at < high.length; at++) {
    const [h, l] = [high[at - 256]!, low[at - 256]!];
    low[at] = ((l >>> 8) | (h << 24)) ^ low[l & 255]!;
    high[at] = (h >>> 8) ^ high[l & 255]!;
  }
  return [high, low];
})();

/** A sum of the bytes so far: a running pair of halves, zeros at first. */
export interface Crc64 {
  readonly high: number;
  readonly low: number;
}

export const crc64Start: Crc64 = { high: 0, low: 0 };

/** The sum with these bytes (`x-amz-checksum-crc64nvme`). */
export const crc64nvme = (bytes: Uint8Array, sum: Crc64): Crc64 => {
  let [h, l] = [~sum.high, ~sum.low];
  let at = 0;
  for (const end = bytes.length - 7; at < end; at += 8) {
    l ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    h ^= bytes[at + 4]! | (bytes[at + 5]! << 8) | (bytes[at + 6]! << 16) | (bytes[at + 7]! << 24);
    const a = 1792 + (l & 255);
    const b = 1536 + ((l >>> 8) & 255);
    const c = 1280 + ((l >>> 16) & 255);
    const d = 1024 + (l >>> 24);
    const e = 768 + (h & 255);
    const f = 512 + ((h >>> 8) & 255);
    const g = 256 + ((h >>> 16) & 255);
    const i = h >>> 24;
    l = low[a]! ^ low[b]! ^ low[c]! ^ low[d]! ^ low[e]! ^ low[f]! ^ low[g]! ^ low[i]!;
    h = high[a]! ^ high[b]! ^ high[c]! ^ high[d]! ^ high[e]! ^ high[f]! ^ high[g]! ^ high[i]!;
  }
  for (; at < bytes.length; at++) {
    const index = (l ^ bytes[at]!) & 255;
    l = ((l >>> 8) | (h << 24)) ^ low[index]!;
    h = (h >>> 8) ^ high[index]!;
  }
  return { high: ~h >>> 0, low: ~l >>> 0 };
};
