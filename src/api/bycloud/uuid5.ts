import { createHash } from 'node:crypto';

/** The space of names that ids of flavors and images are made in. Any other would do; this one stays. */
const space = Buffer.from('8f5b0c1e6c1d4c0e9a3b5d2f7e416a90', 'hex');

/** A version 5 UUID (RFC 9562): the same for the same name, always. */
export const uuid5 = (name: string): string => {
  const bytes = createHash('sha1').update(space).update(name).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
};

export const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);

export const flavorId = (bundleId: string): string => uuid5(`bundle/${bundleId}`);

export const imageId = (blueprintId: string): string => uuid5(`blueprint/${blueprintId}`);
