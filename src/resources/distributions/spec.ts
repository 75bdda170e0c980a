import { isDeepStrictEqual } from 'node:util';
import type { Certificate, LightsailDistribution } from '../../api/generated/types.ts';
import type { DistributionSpec } from '../../engines/distributions.ts';
import type { Unsettled } from '../../engines/machine.ts';
import { findById, findResource } from '../../store/records/resources.ts';
import { getSecret } from '../../store/records/secrets.ts';
import type { Tx } from '../../store/store.ts';
import type { TaskContext } from '../../tasks/task.ts';
import { type CertificateInner, privateKeySecret } from '../certificates/kind.ts';
import { readResource } from '../resource.ts';
import { fqdnOf } from '../subdomains/rules.ts';
import type { DistributionInner, DistributionResource } from './noun.ts';

/** Undefined once the distribution was deleted. */
export const findDistribution = async (tx: Tx, id: string): Promise<DistributionResource | undefined> => {
  const row = await findById(tx, id);
  return row && readResource<LightsailDistribution, DistributionInner>(row);
};

/** What the row asks of the engine. */
const specOf = async (tx: Tx, task: TaskContext<unknown>, id: string): Promise<DistributionSpec | undefined> => {
  const found = await findDistribution(tx, id);
  if (found === undefined) return undefined;
  const { row, body, inner } = found;
  const { origin, waf, subdomain } = body;
  const ownSubdomain =
    subdomain?.state === 'Attaching' || subdomain?.state === 'Attached' ? [fqdnOf(subdomain.name)] : [];
  return {
    id,
    name: row.name,
    isEnabled: body.isEnabled ?? true,
    domainNames: [body.domainName ?? '', ...ownSubdomain, ...(body.alternativeDomainNames ?? [])],
    addresses: inner.addresses,
    ipAddressType: body.ipAddressType ?? 'dualstack',
    origin: origin && {
      host: body.originPublicDNS ?? '',
      protocol: origin.protocolPolicy === 'https-only' ? 'https' : 'http',
      responseTimeoutSeconds: origin.responseTimeout ?? 30,
      ipAddressType: origin.ipAddressType ?? 'ipv4',
      isPrivate: origin.isPrivateOriginAccessEnabled ?? false,
    },
    caches: body.defaultCacheBehavior?.behavior === 'cache',
    paths: body.cacheBehaviors ?? [],
    settings: body.cacheBehaviorSettings ?? {},
    tls: await tlsOf(tx, task, body),
    defaultRootObject: body.defaultRootObject,
    errorPages: body.customErrorResponses ?? [],
    waf: waf?.isWafEnabled ? (waf.wafRules ?? []) : undefined,
  };
};

const tlsOf = async (
  tx: Tx,
  task: TaskContext<unknown>,
  { certificateName, viewerMinimumTlsProtocolVersion: minimum = '' }: LightsailDistribution,
): Promise<DistributionSpec['tls']> => {
  const row = certificateName === undefined ? undefined : await findResource(tx, task, 'Certificate', certificateName);
  if (row === undefined) return undefined;
  const { chain = '' } = readResource<Certificate, CertificateInner>(row).inner;
  const privateKey = (await getSecret(tx, task.seal, row.id, privateKeySecret)) ?? '';
  return { minimum, chain, privateKey };
};

/**
 * Tells the engine what the row asks for. Tasks of subdomains may do so at the same time, so whoever finds that the row has
 * changed meanwhile tells it again: the last word is always the row's.
 */
export const tellEngine = async (task: TaskContext<unknown>, id: string): Promise<Unsettled | undefined> => {
  for (;;) {
    const spec = await task.read((tx) => specOf(tx, task, id));
    let unsettled: Unsettled | undefined;
    if (spec === undefined) await task.distributions.remove(id);
    else unsettled = await task.distributions.apply(spec);
    const asked = await task.read((tx) => specOf(tx, task, id));
    if (isDeepStrictEqual(asked, spec)) return unsettled;
  }
};
