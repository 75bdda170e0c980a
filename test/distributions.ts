import type { CreateDistributionCommandInput, Lightsail, LightsailDistribution } from '@aws-sdk/client-lightsail';
import { finished } from './instances.ts';
import { balance } from './load-balancers.ts';

/** What every distribution needs, with the load balancer of that name as its origin. */
export const distributionInput = (
  distributionName: string,
  origin: string,
  settings: Partial<CreateDistributionCommandInput> = {},
): CreateDistributionCommandInput => ({
  distributionName,
  bundleId: 'small_1_0',
  origin: { name: origin, regionName: 'us-east-1' },
  defaultCacheBehavior: { behavior: 'cache' },
  ...settings,
});

export const getDistribution = async (api: Lightsail, distributionName: string): Promise<LightsailDistribution> =>
  (await api.getDistributions({ distributionName })).distributions![0]!;

/** One distribution of a load balancer of its own, with its creation over. */
export const distribute = async (
  api: Lightsail,
  name: string,
  settings: Partial<CreateDistributionCommandInput> = {},
): Promise<LightsailDistribution> => {
  if (settings.origin === undefined) await balance(api, `${name}-origin`);
  const { operation } = await api.createDistribution(distributionInput(name, `${name}-origin`, settings));
  await finished(api, [operation!]);
  return getDistribution(api, name);
};

/** A certificate of that name, for its domains. On a server where words are enough it is issued when the clock is wound next. */
export const requestCertificate = (api: Lightsail, certificateName: string, ...names: string[]) => {
  const [domainName = `${certificateName}.example.com`, ...subjectAlternativeNames] = names;
  return api.createCertificate({ certificateName, domainName, subjectAlternativeNames });
};

export const getCertificate = async (api: Lightsail, certificateName: string) =>
  (await api.getCertificates({ certificateName, includeCertificateDetails: true })).certificates![0]!
    .certificateDetail!;
