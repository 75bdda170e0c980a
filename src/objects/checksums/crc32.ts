import * as zlib from 'node:zlib';

/** Eight tables of 256: what a byte does to the sum when it lies 0 to 7 bytes before the end of the eight. `polynomial` is reflected. */
const tablesOf = (polynomial: number): Uint32Array => {
  const tables = new Uint32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let sum = byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ polynomial : sum >>> 1;
    tables[byte] = sum;
  }
  for (let at = 256; at < tables.length; at++) {
    const before = tables[at - 256]!;
    tables[at] = (before >>> 8) ^ tables[before & 255]!;
  }
  return tables;
};

/** Takes the sum of the bytes so far, 0 at first, and gives the sum with these. */
export type Crc32 = (bytes: Uint8Array, sum: number) => number;

const crcOf = (polynomial: number): Crc32 => {
  const t = tablesOf(polynomial);
  return (bytes, sum) => {
    let crc = ~sum;
    let at = 0;
    for (const end = bytes.length - 7; at < end; at += 8) {
      crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
      crc =
        t[1792 + (crc & 255)]! ^
        t[1536 + ((crc >>> 8) & 255)]! ^
        t[1280 + ((crc >>> 16) & 255)]! ^
        t[1024 + (crc >>> 24)]! ^
        t[768 + bytes[at + 4]!]! ^
        t[512 + bytes[at + 5]!]! ^
        t[256 + bytes[at + 6]!]! ^
        t[bytes[at + 7]!]!;
    }
    for (; at < bytes.length; at++) crc = (crc >>> 8) ^ t[(crc ^ bytes[at]!) & 255]!;
    return ~crc >>> 0;
  };
};

/** Of Ethernet, zip and `x-amz-checksum-crc32`, without the help of Node. */
export const plainCrc32 = crcOf(0xedb88320);

/** Node's own, from 20.15 and 22.2 on. */
export const crc32: Crc32 = 'crc32' in zlib ? (bytes, sum) => zlib.crc32(bytes as Buffer, sum) : plainCrc32;

/** Of Castagnoli: RFC 3720 and `x-amz-checksum-crc32c`. */
export const crc32c = crcOf(0x82f63b78);
