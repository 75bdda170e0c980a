import type { Ids } from '../ids.ts';

/** A new access key in the form that AWS gives them: an id of 20 characters, and a secret of 40. `ASIA` is for temporary ones, `AKBC` for ByCloud. */
export const newKey = (
  ids: Ids,
  prefix: 'AKBC' | 'AKIA' | 'ASIA',
): { readonly accessKeyId: string; readonly secret: string } => ({
  accessKeyId: `${prefix}${base32(ids.bytes(16))}`,
  secret: ids.bytes(30).toString('base64'),
});

/** Upper-case letters and the digits 2 to 7, one per byte: the form of access key ids. */
const base32 = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[byte & 31]).join('');

/** The id of a user or a role, in the form that AWS gives them. */
export const identityId = (ids: Ids, kind: 'user' | 'role'): string =>
  `${kind === 'user' ? 'AIDA' : 'AROA'}${base32(ids.bytes(17))}`;
