import type { ContainerService } from '../../api/generated/types.ts';
import type { Context, Scope } from '../../context.ts';
import type { SiteCertificate } from '../../engines/machine.ts';
import { invalidInput } from '../../errors.ts';
import { findResource } from '../../store/records/resources.ts';
import { getSecret } from '../../store/records/secrets.ts';
import type { Seal } from '../../store/seal.ts';
import type { Tx } from '../../store/store.ts';
import { privateKeySecret } from '../certificates/kind.ts';
import type { CertificateResource } from '../certificates/noun.ts';
import { addUse, dropUse } from '../certificates/uses.ts';
import { readResource } from '../resource.ts';

/** Names by the certificates that are shown for them. */
export type PublicDomains = NonNullable<ContainerService['publicDomainNames']>;

const findCertificate = async (tx: Tx, scope: Scope, name: string): Promise<CertificateResource | undefined> => {
  const row = await findResource(tx, scope, 'Certificate', name);
  return row && readResource(row);
};

/** F409: issued certificates, each for names of its own, and few in all. Throws InvalidInputException. */
export const checkDomains = async (tx: Tx, ctx: Context, domains: PublicDomains): Promise<void> => {
  const names = Object.values(domains).flat();
  const most = ctx.catalogue.quota('customDomainsPerContainerService');
  if (names.length > most)
    throw invalidInput(`A container service has up to ${most} public domain names, and these are ${names.length}.`);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw invalidInput(`The public domain name ${twice} is in the request more than once.`);
  const certificates = Object.keys(domains);
  const mostCertificates = ctx.catalogue.quota('certificatesPerContainerService');
  if (certificates.length > mostCertificates)
    throw invalidInput(
      `A container service has up to ${mostCertificates} certificates, and these are ${certificates.length}.`,
    );
  const found = new Map<string, CertificateResource>();
  for (const name of certificates) {
    const certificate = await findCertificate(tx, ctx.scope, name);
    if (certificate !== undefined) found.set(name, certificate);
  }
  const missing = certificates.filter((name) => !found.has(name));
  if (missing.length > 0)
    throw invalidInput(
      `The certificates ${missing.join(', ')} do not exist.`,
      'CreateCertificate makes one for your domain names.',
    );
  for (const [name, { body }] of found) {
    if (body.status !== 'ISSUED')
      throw invalidInput(`The certificate ${name} is not validated: its status is ${body.status}.`);
    if (domains[name]?.length === 0) throw invalidInput(`No public domain name is given for the certificate ${name}.`);
    const stranger = domains[name]?.find((domain) => !body.subjectAlternativeNames?.includes(domain));
    if (stranger !== undefined) throw invalidInput(`The certificate ${name} is not for the domain name ${stranger}.`);
  }
};

/** Writes into the rows of certificates that the service uses them, or no longer does. */
export const linkCertificates = async (
  tx: Tx,
  scope: Scope,
  service: string,
  before: PublicDomains = {},
  after: PublicDomains = {},
): Promise<void> => {
  const use = { kind: 'ContainerService', name: service } as const;
  for (const name of Object.keys(before)) if (!(name in after)) await dropUse(tx, scope, name, use);
  for (const name of Object.keys(after)) {
    const found = await findCertificate(tx, scope, name);
    if (found !== undefined) await addUse(tx, found, use);
  }
};

/** What is shown for the names. */
export const sitesOf = async (
  tx: Tx,
  scope: Scope,
  seal: Seal,
  domains: PublicDomains = {},
): Promise<SiteCertificate[]> => {
  const sites: SiteCertificate[] = [];
  for (const [name, names] of Object.entries(domains)) {
    const found = await findCertificate(tx, scope, name);
    if (found === undefined) continue;
    const privateKey = (await getSecret(tx, seal, found.row.id, privateKeySecret)) ?? '';
    sites.push({ names, chain: found.inner.chain ?? '', privateKey });
  }
  return sites;
};
