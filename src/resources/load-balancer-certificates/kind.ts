import type { LoadBalancerTlsCertificate, RenewalStatus } from '../../api/generated/types.ts';
import { findResource } from '../../store/records/resources.ts';
import type { CertificateInner, CertificateKind } from '../certificates/kind.ts';
import { applyLoadBalancer } from '../load-balancers/tasks.ts';
import { loadBalancerCertificate } from './noun.ts';
import { withIssued, withRenewal } from './view.ts';

/** F323: these are in capitals. */
const renewals = {
  PendingAutoRenewal: 'PENDING_AUTO_RENEWAL',
  PendingValidation: 'PENDING_VALIDATION',
  Success: 'SUCCESS',
  Failed: 'FAILED',
} as const satisfies Record<RenewalStatus, string>;

/** Certificates that belong to a load balancer. */
export const balancerCertificates: CertificateKind<LoadBalancerTlsCertificate, CertificateInner> = {
  noun: loadBalancerCertificate,
  proofs: ({ domainValidationRecords = [] }) =>
    domainValidationRecords.map(({ name = '', value = '' }) => ({ name, value })),
  inUse: ({ isAttached = false }) => isAttached,
  withFailure: (body, failureReason) => ({ ...body, failureReason }),
  withIssued,
  withRenewal: (body, status) => withRenewal(body, renewals[status]),
  async serve(tx, task, { body }) {
    const balancer = await findResource(tx, task, 'LoadBalancer', body.loadBalancerName ?? '');
    if (balancer !== undefined)
      await task.enqueue(tx, applyLoadBalancer, { scope: task, resource: balancer.id, input: {} });
  },
};
