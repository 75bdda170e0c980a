import type { CreateLoadBalancerRequest, Operation, Tag } from '../../api/generated/types.ts';
import { checkDomainNames } from '../../certificates/domain-names.ts';
import type { Context } from '../../context.ts';
import { invalidInput, quotaReached } from '../../errors.ts';
import type { Tx } from '../../store/store.ts';
import { beginCertificate, checkCertificateLimits } from '../certificates/request.ts';
import { type LoadBalancerResource, loadBalancer } from '../load-balancers/noun.ts';
import { recordWithBalancer } from '../load-balancers/record.ts';
import { withCertificates } from '../load-balancers/view.ts';
import { addResource, saveResource } from '../resource.ts';
import { loadBalancerCertificate } from './noun.ts';
import { newCertificate } from './view.ts';

export interface CertificateOrder {
  readonly name: string;
  readonly names: readonly [string, ...string[]];
  readonly tags: readonly Tag[];
}

/** The certificate that a new load balancer is to have, if any: name and domain need each other (F286). */
export const certificateOrder = (input: CreateLoadBalancerRequest): CertificateOrder | undefined => {
  const { certificateName: name, certificateDomainName: domain, certificateAlternativeNames: others } = input;
  if (name === undefined && domain === undefined && others === undefined) return undefined;
  if (name === undefined || domain === undefined) {
    throw invalidInput(
      'A certificate needs both certificateName and certificateDomainName.',
      'Send both, or none and no certificateAlternativeNames.',
    );
  }
  return { name, names: checkDomainNames(domain, others), tags: [] };
};

/** Adds a certificate to both rows; it is issued behind the answer. Throws InvalidInputException when a limit is reached (F311). */
export const addCertificate = async (
  tx: Tx,
  ctx: Context,
  onto: LoadBalancerResource,
  { name, names, tags }: CertificateOrder,
): Promise<Operation[]> => {
  const summaries = onto.body.tlsCertificateSummaries ?? [];
  const most = ctx.catalogue.quota('certificatesPerLoadBalancer');
  if (summaries.length >= most) throw quotaReached('Certificates per Load Balancer', most);
  await checkCertificateLimits(tx, ctx);
  const id = ctx.ids.uuid();
  const body = newCertificate(ctx, { id, name, loadBalancerName: onto.row.name, names, tags });
  await addResource(tx, ctx, loadBalancerCertificate, id, body, {});
  await beginCertificate(tx, ctx, id);
  const listed = withCertificates(onto.body, [...summaries, { name, isAttached: false }]);
  await saveResource(tx, loadBalancer, onto, listed, onto.inner);
  const other = { name, kind: 'LoadBalancerTlsCertificate' } as const;
  return recordWithBalancer(tx, ctx, 'CreateLoadBalancerTlsCertificate', onto.row.name, other, 'Succeeded');
};
