import type { Certificate, ResourceType } from '../../api/generated/types.ts';
import type { Noun, Resource } from '../resource.ts';
import type { CertificateInner } from './kind.ts';

/** What serves its own names with a certificate, in the Region of the certificate. */
export interface Use {
  readonly kind: ResourceType;
  readonly name: string;
}

export interface SharedCertificateInner extends CertificateInner {
  readonly uses: readonly Use[];
}

export type CertificateResource = Resource<Certificate, SharedCertificateInner>;

/** A certificate for distributions and container services (F326). */
export const certificate: Noun<Certificate, SharedCertificateInner> = {
  kind: 'Certificate',
  shape: 'Certificate',
  state: (body) => body.status ?? 'INACTIVE',
};
