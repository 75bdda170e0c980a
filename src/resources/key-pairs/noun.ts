import type { KeyPair } from '../../api/generated/types.ts';
import type { Noun, Resource } from '../resource.ts';

/** What Lateen knows of a key pair beside what it shows. Its secret: `privateKey`, of the default key pair alone (F259). */
export interface KeyPairInner {
  /** OpenSSH line without a comment. */
  readonly publicKey: string;
}

export type KeyPairResource = Resource<KeyPair, KeyPairInner>;

export const keyPair: Noun<KeyPair, KeyPairInner> = {
  kind: 'KeyPair',
  shape: 'KeyPair',
  state: () => 'available',
};
