import { createPrivateKey, X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { newRdpCertificate } from './rdp-certificate.ts';

test('a Windows machine signs a certificate for itself', async () => {
  const made = await newRdpCertificate('EC2AMAZ-1, O=x', 1704067200.75);
  const certificate = new X509Certificate(Buffer.from(made.certificate, 'base64'));
  expect(certificate.subject).toBe('CN=EC2AMAZ-1\\, O=x');
  expect(certificate.issuer).toBe(certificate.subject);
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(certificate.checkPrivateKey(createPrivateKey(made.privateKeyPem))).toBe(true);
  expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  expect(new X509Certificate(made.certificatePem).raw).toEqual(certificate.raw);
  expect(made.attributes).toEqual({
    algorithm: 'x509-cert',
    publicKey: made.certificate,
    witnessedAt: 1704067200.75,
    fingerprintSHA1: certificate.fingerprint,
    fingerprintSHA256: certificate.fingerprint256,
    notValidBefore: 1704067200,
    notValidAfter: 1704067200 + 182 * 24 * 3600,
  });
  expect(made.attributes.fingerprintSHA1).toMatch(/^([0-9A-F]{2}:){19}[0-9A-F]{2}$/);
  expect(made.attributes.fingerprintSHA256).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
});

test('two certificates of one name differ, made at once, and Reflect is left as it was', async () => {
  const before = Reflect.ownKeys(Reflect);
  const [one, two] = await Promise.all([newRdpCertificate('a', 0), newRdpCertificate('a', 0)]);
  const serial = (base64: string): string => new X509Certificate(Buffer.from(base64, 'base64')).serialNumber;
  expect(serial(one.certificate)).toMatch(/^[4-7][0-9A-F]{31}$/);
  expect(serial(one.certificate)).not.toBe(serial(two.certificate));
  expect(Reflect.ownKeys(Reflect)).toEqual(before);
});
