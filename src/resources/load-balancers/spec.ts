import { isDeepStrictEqual } from 'node:util';
import type { LoadBalancer, LoadBalancerTlsCertificate } from '../../api/generated/types.ts';
import type { BalancerSpec, Unsettled } from '../../engines/machine.ts';
import { findById, findResource } from '../../store/records/resources.ts';
import { getSecret } from '../../store/records/secrets.ts';
import type { Tx } from '../../store/store.ts';
import type { TaskContext } from '../../tasks/task.ts';
import { type CertificateInner, privateKeySecret } from '../certificates/kind.ts';
import { readResource } from '../resource.ts';
import type { LoadBalancerInner, LoadBalancerResource } from './noun.ts';
import { healthOf } from './view.ts';

/** Undefined once the load balancer was deleted. */
export const findBalancer = async (tx: Tx, id: string): Promise<LoadBalancerResource | undefined> => {
  const row = await findById(tx, id);
  return row && readResource<LoadBalancer, LoadBalancerInner>(row);
};

/** What the row asks of the engine. A target that drains is not in it any more. */
const specOf = async (tx: Tx, task: TaskContext<unknown>, id: string): Promise<BalancerSpec | undefined> => {
  const found = await findBalancer(tx, id);
  if (found === undefined) return undefined;
  const { body, inner } = found;
  const { SessionStickinessEnabled, SessionStickiness_LB_CookieDurationSeconds } = body.configurationOptions ?? {};
  return {
    id,
    name: body.name ?? '',
    ipAddressType: body.ipAddressType ?? 'dualstack',
    instancePort: body.instancePort ?? 80,
    healthCheckPath: body.healthCheckPath ?? '/',
    stickySeconds: SessionStickinessEnabled === 'true' ? Number(SessionStickiness_LB_CookieDurationSeconds) : undefined,
    tls: await tlsOf(tx, task, body),
    redirectToHttps: body.httpsRedirectionEnabled ?? false,
    targets: inner.targets.filter(({ name }) => healthOf(body, name) !== 'draining').map(({ instance }) => instance),
  };
};

const tlsOf = async (tx: Tx, task: TaskContext<unknown>, body: LoadBalancer): Promise<BalancerSpec['tls']> => {
  const attached = body.tlsCertificateSummaries?.find(({ isAttached }) => isAttached)?.name;
  if (attached === undefined) return undefined;
  const row = await findResource(tx, task, 'LoadBalancerTlsCertificate', attached);
  if (row === undefined) return undefined;
  const { chain = '' } = readResource<LoadBalancerTlsCertificate, CertificateInner>(row).inner;
  const privateKey = (await getSecret(tx, task.seal, row.id, privateKeySecret)) ?? '';
  return { policy: body.tlsPolicyName ?? '', chain, privateKey };
};

/**
 * Tells the engine what the row asks for. Tasks of several targets may do so at the same time, so whoever finds that the row
 * has changed meanwhile tells it again: the last word is always the row's.
 */
export const tellEngine = async (task: TaskContext<unknown>, id: string): Promise<Unsettled | undefined> => {
  for (;;) {
    const spec = await task.read((tx) => specOf(tx, task, id));
    let unsettled: Unsettled | undefined;
    if (spec === undefined) await task.machines.removeBalancer(id);
    else unsettled = await task.machines.applyBalancer(spec);
    const asked = await task.read((tx) => specOf(tx, task, id));
    if (isDeepStrictEqual(asked, spec)) return unsettled;
  }
};
