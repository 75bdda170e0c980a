import type { LoadBalancerTlsCertificate } from '../../api/generated/types.ts';
import type { CertificateInner } from '../certificates/kind.ts';
import type { Noun, Resource } from '../resource.ts';

export type CertificateResource = Resource<LoadBalancerTlsCertificate, CertificateInner>;

export const loadBalancerCertificate: Noun<LoadBalancerTlsCertificate, CertificateInner> = {
  kind: 'LoadBalancerTlsCertificate',
  shape: 'LoadBalancerTlsCertificate',
  state: (body) => body.status ?? 'UNKNOWN',
};
