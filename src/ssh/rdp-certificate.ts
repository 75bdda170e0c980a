import { createHash, KeyObject, webcrypto, X509Certificate } from 'node:crypto';
import type { HostKeyAttributes } from './host-keys.ts';
import { loadX509 } from './x509-library.ts';

export interface RdpCertificate {
  /** DER in base64, as HostKeyAttributes.publicKey. */
  readonly certificate: string;
  readonly certificatePem: string;
  /** PKCS#8 PEM. */
  readonly privateKeyPem: string;
  /** The certificate as the API shows it, witnessed at once. */
  readonly attributes: HostKeyAttributes;
}

const algorithm = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
};

/** Windows makes its own remote desktop certificates for six months. */
const lifetime = 182 * 24 * 3600;

/** A positive number of 16 bytes that is the key's own, as two certificates of one name must differ in it. */
const serialOf = (publicKey: Buffer): string => {
  const digest = createHash('sha256').update(publicKey).digest().subarray(0, 16);
  digest[0] = ((digest[0] ?? 0) & 0x3f) | 0x40;
  return digest.toString('hex');
};

/** The API's view of a certificate recorded at `witnessedAt` epoch seconds: fingerprints are hex with colons (F151-F154). */
export const describeRdpCertificate = (certificate: X509Certificate, witnessedAt: number): HostKeyAttributes => ({
  algorithm: 'x509-cert',
  publicKey: certificate.raw.toString('base64'),
  witnessedAt,
  fingerprintSHA1: certificate.fingerprint,
  fingerprintSHA256: certificate.fingerprint256,
  notValidBefore: Date.parse(certificate.validFrom) / 1000,
  notValidAfter: Date.parse(certificate.validTo) / 1000,
});

/** The certificate that a new Windows machine called `commonName` signs for itself at `now` epoch seconds. */
export const newRdpCertificate = async (commonName: string, now: number): Promise<RdpCertificate> => {
  const x509 = await loadX509();
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const publicKey = KeyObject.from(keys.publicKey).export({ type: 'spki', format: 'der' });
  const signed = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: serialOf(publicKey),
      name: [{ CN: [commonName] }],
      notBefore: new Date(Math.floor(now) * 1000),
      notAfter: new Date((Math.floor(now) + lifetime) * 1000),
      keys,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyEncipherment | x509.KeyUsageFlags.dataEncipherment),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      ],
    },
    webcrypto,
  );
  const certificate = new X509Certificate(Buffer.from(signed.rawData));
  return {
    certificate: certificate.raw.toString('base64'),
    certificatePem: certificate.toString(),
    privateKeyPem: KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString(),
    attributes: describeRdpCertificate(certificate, now),
  };
};
