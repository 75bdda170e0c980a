import type { KeyObject } from 'node:crypto';
import { generateEd25519, generateP256, generateRsa } from './generate.ts';
import { openSshPrivateKey } from './private-key.ts';
import { encodePublicKey, type KeyType } from './public-key.ts';
import { fingerprintSha1, fingerprintSha256 } from './rsa.ts';

export interface HostKey {
  readonly algorithm: KeyType;
  /** The blob in base64: the second word of the host's .pub file. */
  readonly publicKey: string;
  /** In the form that every sshd reads for this algorithm: PKCS#1, OpenSSH's own, or SEC1. */
  readonly privateKeyPem: string;
}

/** HostKeyAttributes of the API; times in epoch seconds. */
export interface HostKeyAttributes {
  /** A KeyType, or `x509-cert` for a Windows machine (F151). */
  readonly algorithm: string;
  readonly publicKey: string;
  readonly witnessedAt: number;
  readonly fingerprintSHA1: string;
  readonly fingerprintSHA256: string;
  /** Only of certificates (F153). */
  readonly notValidBefore?: number;
  readonly notValidAfter?: number;
}

const hostKey = (privateKey: KeyObject, privateKeyPem: string | Buffer): HostKey => {
  const { type, blob } = encodePublicKey(privateKey);
  return { algorithm: type, publicKey: blob.toString('base64'), privateKeyPem: privateKeyPem.toString() };
};

/** The three host keys of a new Linux machine, in the order GetInstanceAccessDetails lists them (F150, F151). */
export const newHostKeys = async (): Promise<HostKey[]> => {
  const [rsa, ed25519, ecdsa] = [await generateRsa(), generateEd25519(), generateP256()];
  return [
    hostKey(rsa, rsa.export({ type: 'pkcs1', format: 'pem' })),
    hostKey(ed25519, openSshPrivateKey(ed25519)),
    hostKey(ecdsa, ecdsa.export({ type: 'sec1', format: 'pem' })),
  ];
};

/** A host key as the API shows it, recorded at `witnessedAt` epoch seconds (F152, F154). */
export const describeHostKey = (
  key: Pick<HostKey, 'algorithm' | 'publicKey'>,
  witnessedAt: number,
): HostKeyAttributes => {
  const blob = Buffer.from(key.publicKey, 'base64');
  return {
    algorithm: key.algorithm,
    publicKey: key.publicKey,
    witnessedAt,
    fingerprintSHA1: fingerprintSha1(blob),
    fingerprintSHA256: fingerprintSha256(blob),
  };
};
