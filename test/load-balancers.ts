import type {
  CreateLoadBalancerCommandInput,
  InstanceHealthSummary,
  Lightsail,
  LoadBalancer,
  LoadBalancerTlsCertificate,
} from '@aws-sdk/client-lightsail';
import { finished } from './instances.ts';

export const getBalancer = async (api: Lightsail, loadBalancerName: string): Promise<LoadBalancer> =>
  (await api.getLoadBalancer({ loadBalancerName })).loadBalancer!;

/** One load balancer for port 80, with its creation over. */
export const balance = async (
  api: Lightsail,
  loadBalancerName: string,
  settings: Partial<CreateLoadBalancerCommandInput> = {},
): Promise<LoadBalancer> => {
  const { operations } = await api.createLoadBalancer({ loadBalancerName, instancePort: 80, ...settings });
  await finished(api, operations);
  return getBalancer(api, loadBalancerName);
};

/** The health of its targets by name. */
export const healthOf = async (
  api: Lightsail,
  loadBalancerName: string,
): Promise<Record<string, Omit<InstanceHealthSummary, 'instanceName'>>> => {
  const { instanceHealthSummary = [] } = await getBalancer(api, loadBalancerName);
  return Object.fromEntries(instanceHealthSummary.map(({ instanceName, ...health }) => [instanceName, health]));
};

export const certificatesOf = async (api: Lightsail, loadBalancerName: string): Promise<LoadBalancerTlsCertificate[]> =>
  (await api.getLoadBalancerTlsCertificates({ loadBalancerName })).tlsCertificates ?? [];
