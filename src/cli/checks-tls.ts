import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { certificateFile, certificatesIn, renewBefore } from '../guard/tls.ts';
import { type Finding, ok, warning } from './checks.ts';

const check = 'TLS';
const day = 24 * 3_600_000;

/** What clients of the Lateen at `url` meet: until when its certificate is good, for which names, and who can verify it. */
export const tls = (url: string, data: string, now = Date.now()): Finding => {
  const file = certificateFile(data);
  if (!url.startsWith('https:')) return ok(check, 'is not spoken. --tls speaks it');
  if (!existsSync(file)) return warning(check, `${file} is missing`, 'Start Lateen again: it writes the file.');
  return ofChain(readFileSync(file, 'utf8'), file, now);
};

/** Of a chain in PEM, which lies in `file`. */
export const ofChain = (pem: string, file: string, now: number): Finding => {
  const chain = certificatesIn(pem);
  const [certificate] = chain;
  if (certificate === undefined) return warning(check, `${file} holds no certificate`, 'Start Lateen again.');
  const end = Date.parse(certificate.validTo);
  const until = new Date(end).toISOString().slice(0, 10);
  const names = (certificate.subjectAltName ?? '').replace(/\b(DNS|IP Address):/g, '');
  const renew = 'Lateen replaces its own 30 days before; of another, renew the files of --tls-cert and --tls-key.';
  if (end <= now) return warning(check, `the certificate has ended on ${until}`, renew);
  if (Date.parse(certificate.validFrom) > now)
    return warning(check, `the certificate begins on ${certificate.validFrom}`, "See to this machine's clock.");
  const found = `good until ${until} for ${names}; ${trustIn(chain, file)}`;
  return end - now < renewBefore - day ? warning(check, found, renew) : ok(check, found);
};

/** Who has what it takes to verify the chain. */
const trustIn = (chain: readonly X509Certificate[], file: string): string => {
  const last = chain.at(-1)!;
  const isKnown = rootCertificates.some((pem) => {
    const root = new X509Certificate(pem);
    return root.fingerprint256 === last.fingerprint256 || (last.checkIssued(root) && last.verify(root.publicKey));
  });
  if (isKnown) return 'a known authority vouches for it';
  if (last.checkIssued(last)) return `verified by who is given ${file}`;
  return `verified by who trusts ${last.issuer.replaceAll('\n', ', ')}`;
};
