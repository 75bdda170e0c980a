import type { LoadBalancerTlsCertificate } from '../../api/generated/types.ts';
import type { Noun, Resource } from '../resource.ts';

/** What Lateen knows of a certificate beside what it shows. Its secret: `privateKey`. */
export interface CertificateInner {
  /** PEM: the certificate and the authority's behind it; absent until it is issued. */
  readonly chain?: string | undefined;
}

export const privateKeySecret = 'privateKey';

export type CertificateResource = Resource<LoadBalancerTlsCertificate, CertificateInner>;

export const loadBalancerCertificate: Noun<LoadBalancerTlsCertificate, CertificateInner> = {
  kind: 'LoadBalancerTlsCertificate',
  shape: 'LoadBalancerTlsCertificate',
  state: (body) => body.status ?? 'UNKNOWN',
};
