import type { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { certificateFile, certificatesIn, coversName } from '../guard/tls.ts';

/** How clients reach a Lateen at `url`: by a name that its certificate has, and with the file of what they are to trust, if nobody else vouches for it. */
export const urlForClients = (url: string, data: string): { readonly url: string; readonly trust?: string } => {
  if (!url.startsWith('https:')) return { url };
  const file = resolve(certificateFile(data));
  const [certificate, ...rest] = certificatesIn(readFileSync(file, 'utf8'));
  if (certificate === undefined) return { url };
  const place = new URL(url);
  const host = place.hostname.replace(/^\[|\]$/g, '');
  const [name] = coversName(certificate, host) ? [] : dnsNamesOf(certificate);
  if (name !== undefined) place.hostname = name;
  // A chain that ends in its own issuer is one that no known authority stands behind.
  const last = rest.at(-1) ?? certificate;
  return last.checkIssued(last) ? { url: place.origin, trust: file } : { url: place.origin };
};

const dnsNamesOf = ({ subjectAltName = '' }: X509Certificate): string[] =>
  subjectAltName.split(', ').flatMap((part) => (/^DNS:[^*]/.test(part) ? [part.slice('DNS:'.length)] : []));
