import { createPrivateKey, type KeyObject, sign, verify } from 'node:crypto';
import { generateEd25519 } from './generate.ts';
import {
  decodePublicKey,
  encodePublicKey,
  isUserKeyType,
  type PublicKey,
  publicKeyLine,
  readPublicKey,
  type UserKeyType,
} from './public-key.ts';
import { parsePublicKey } from './rsa.ts';
import * as wire from './wire.ts';
import { WireReader } from './wire.ts';

/** Certificates of OpenSSH, laid out as its PROTOCOL.certkeys says. */

const suffix = '-cert-v01@openssh.com';
const userKind = 1;

/** What a login may do. Servers want the names in this order, that of their bytes. */
const extensions = [
  'permit-X11-forwarding',
  'permit-agent-forwarding',
  'permit-port-forwarding',
  'permit-pty',
  'permit-user-rc',
];

/** How an authority of each kind signs: the name that goes out with the signature, and the digest. Ed25519 has its own. */
const signatures: Record<UserKeyType, { readonly name: string; readonly digest: string | undefined }> = {
  'ssh-rsa': { name: 'rsa-sha2-512', digest: 'sha512' },
  'ssh-ed25519': { name: 'ssh-ed25519', digest: undefined },
};

export interface UserCertificateRequest {
  /** PEM of an Ed25519 or RSA key. */
  readonly caPrivateKeyPem: string;
  /** The user's key, in any form that parsePublicKey reads. */
  readonly publicKey: string;
  /** What the server writes into its log. */
  readonly keyId: string;
  /** Names of which the server must know one; never empty, as that would mean every name. */
  readonly principals: readonly string[];
  readonly serial: bigint;
  /** Epoch seconds, whole; valid from the first up to but without the second. */
  readonly validAfter: number;
  readonly validBefore: number;
  /** 32 random bytes. */
  readonly nonce: Buffer;
}

export interface Authority {
  /** PKCS#8 PEM. */
  readonly privateKeyPem: string;
  /** `ssh-ed25519 AAAA...`, for the TrustedUserCAKeys file of servers. */
  readonly publicKey: string;
}

/** A new signer of certificates. Ed25519, as its keys are made at once and every server signs and checks with it. */
export const newAuthority = (): Authority => {
  const privateKey = generateEd25519();
  return {
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: publicKeyLine(privateKey),
  };
};

const signatureBy = (authority: KeyObject, body: Buffer): Buffer => {
  const { type } = encodePublicKey(authority);
  if (!isUserKeyType(type)) throw new Error(`An authority cannot be of kind ${type}; use ssh-ed25519 or ssh-rsa.`);
  const { name, digest } = signatures[type];
  return Buffer.concat([wire.string(name), wire.string(sign(digest, body, authority))]);
};

/** Signs a certificate for a login (F144): `ssh-rsa-cert-v01@openssh.com AAAA...`. Throws Error on a request that makes no sense. */
export const signUserCertificate = (request: UserCertificateRequest): string => {
  const { principals, validAfter, validBefore } = request;
  if (principals.length === 0 || principals.includes('')) throw new Error('A certificate needs principals with names.');
  if (validAfter >= validBefore) throw new Error('A certificate must end after it begins.');
  const authority = createPrivateKey(request.caPrivateKeyPem);
  const { type, blob } = parsePublicKey(request.publicKey);
  const body = Buffer.concat([
    wire.string(type + suffix),
    wire.string(request.nonce),
    blob.subarray(wire.string(type).length),
    wire.uint64(request.serial),
    wire.uint32(userKind),
    wire.string(request.keyId),
    wire.strings(principals),
    wire.uint64(BigInt(validAfter)),
    wire.uint64(BigInt(validBefore)),
    wire.strings([]),
    wire.strings(extensions.flatMap((name) => [name, ''])),
    wire.string(''),
    wire.string(encodePublicKey(authority).blob),
  ]);
  const certificate = Buffer.concat([body, wire.string(signatureBy(authority, body))]);
  return `${type + suffix} ${certificate.toString('base64')}`;
};

export interface Certificate {
  readonly type: string;
  readonly nonce: Buffer;
  /** The user's key, as a line without a comment. */
  readonly publicKey: string;
  readonly serial: bigint;
  readonly keyId: string;
  readonly principals: readonly string[];
  readonly validAfter: number;
  readonly validBefore: number;
  readonly criticalOptions: readonly string[];
  readonly extensions: readonly string[];
  /** The signer's key, as a line without a comment. */
  readonly authority: string;
  readonly signatureType: string;
}

const namesOf = (pairs: readonly Buffer[]): string[] =>
  pairs.filter((_, i) => i % 2 === 0).map((name) => name.toString());

const checkSignature = (body: Buffer, authority: PublicKey, signature: Buffer): string => {
  const from = new WireReader(signature);
  const name = from.text();
  const bytes = from.string();
  from.end();
  const expected = signatures[authority.type];
  if (name !== expected.name || !verify(expected.digest, body, authority.publicKey, bytes))
    throw new Error('The signature of the certificate is wrong.');
  return name;
};

/** Reads a user certificate line and checks its signature, not its times. Throws Error when either is wrong. */
export const parseCertificate = (text: string): Certificate => {
  const [label = '', base64 = ''] = text.trim().split(/\s+/);
  const bytes = Buffer.from(base64, 'base64');
  const from = new WireReader(bytes);
  const type = from.text();
  const keyType = type.endsWith(suffix) ? type.slice(0, -suffix.length) : '';
  if (type !== label || !isUserKeyType(keyType))
    throw new Error('Not a certificate for an ssh-rsa or ssh-ed25519 key.');
  const nonce = from.string();
  const publicKey = publicKeyLine(readPublicKey(keyType, from));
  const serial = from.uint64();
  if (from.uint32() !== userKind) throw new Error('The certificate is not for a user.');
  const keyId = from.text();
  const principals = from.strings().map((name) => name.toString());
  const [validAfter, validBefore] = [Number(from.uint64()), Number(from.uint64())];
  const [criticalOptions, allowed] = [namesOf(from.strings()), namesOf(from.strings())];
  from.string();
  const authority = decodePublicKey(from.string());
  const signatureType = checkSignature(bytes.subarray(0, from.offset), authority, from.string());
  from.end();
  return {
    type,
    nonce,
    publicKey,
    serial,
    keyId,
    principals,
    validAfter,
    validBefore,
    criticalOptions,
    extensions: allowed,
    authority: publicKeyLine(authority.publicKey),
    signatureType,
  };
};
