import type { LoadBalancerTlsCertificate } from '../../api/generated/types.ts';
import type { Clock } from '../../clock.ts';
import type { Context } from '../../context.ts';
import { notFound } from '../../errors.ts';
import { deleteResource, findResource, type ResourceRow } from '../../store/records/resources.ts';
import { hastenTasks } from '../../store/records/tasks.ts';
import type { Tx } from '../../store/store.ts';
import type { LoadBalancerResource } from '../load-balancers/noun.ts';
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

interface Now {
  readonly clock: Clock;
}

/** Removes the row; what waits for the end of the certificate finds that it is gone. */
export const removeCertificate = async (tx: Tx, { clock }: Now, row: ResourceRow): Promise<void> => {
  await deleteResource(tx, row);
  await hastenTasks(tx, row.id, clock.now());
};

/** Deletes all certificates of a load balancer that goes itself (F308). Answers with their names. */
export const deleteCertificatesOf = async (
  tx: Tx,
  now: Now,
  { row: balancer, body }: LoadBalancerResource,
): Promise<readonly string[]> => {
  const names = (body.tlsCertificateSummaries ?? []).map(({ name = '' }) => name);
  for (const name of names) {
    const row = await findResource(tx, balancer, 'LoadBalancerTlsCertificate', name);
    if (row !== undefined) await removeCertificate(tx, now, row);
  }
  return names;
};
