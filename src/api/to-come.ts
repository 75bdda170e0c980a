import type { OperationName } from './generated/operations.ts';

/** Operations of the model that Lateen does not have yet. A family that arrives takes its own off this list. */
export const toCome = [
  'AttachCertificateToDistribution',
  'CheckSubdomainAvailability',
  'CreateCertificate',
  'CreateDistribution',
  'CreateSubdomain',
  'DeleteCertificate',
  'DeleteDistribution',
  'DeleteSubdomain',
  'DetachCertificateFromDistribution',
  'GetCertificates',
  'GetDistributionLatestCacheReset',
  'GetDistributionMetricData',
  'GetDistributions',
  'GetProfile',
  'GetSubdomains',
  'ResetDistributionCache',
  'UpdateDistribution',
  'UpdateDistributionBundle',
  'UpdateSubdomainAssociation',
] as const satisfies readonly OperationName[];
