import type { LoadBalancer, LoadBalancerTlsCertificate } from '../../api/generated/types.ts';
import type { Context, Scope } from '../../context.ts';
import { notFound } from '../../errors.ts';
import { deleteResource, findResource } from '../../store/records/resources.ts';
import type { Tx } from '../../store/store.ts';
import { readResource } from '../resource.ts';
import type { CertificateInner, CertificateResource } from './noun.ts';

/** The certificate of that name, if it belongs to the load balancer. Throws NotFoundException, with the service's short word for it. */
export const getCertificate = async (
  tx: Tx,
  ctx: Context,
  loadBalancerName: string,
  name: string,
): Promise<CertificateResource> => {
  const row = await findResource(tx, ctx.scope, 'LoadBalancerTlsCertificate', name);
  const found = row && readResource<LoadBalancerTlsCertificate, CertificateInner>(row);
  if (found?.body.loadBalancerName !== loadBalancerName) throw notFound('LoadBalancerTlsCert');
  return found;
};

/** Deletes all certificates of a load balancer that goes itself (F308). Answers with their names. */
export const deleteCertificatesOf = async (tx: Tx, scope: Scope, body: LoadBalancer): Promise<readonly string[]> => {
  const names = (body.tlsCertificateSummaries ?? []).map(({ name = '' }) => name);
  for (const name of names) {
    const row = await findResource(tx, scope, 'LoadBalancerTlsCertificate', name);
    if (row !== undefined) await deleteResource(tx, row);
  }
  return names;
};
