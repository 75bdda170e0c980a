import { setTimeout as sleep } from 'node:timers/promises';
import type {
  Container,
  ContainerService,
  ContainerServiceDeployment,
  ContainerServiceDeploymentRequest,
  CreateContainerServiceCommandInput,
  Lightsail,
} from '@aws-sdk/client-lightsail';

export const getService = async (api: Lightsail, serviceName: string): Promise<ContainerService> =>
  (await api.getContainerServices({ serviceName })).containerServices![0]!;

const goesOn: readonly (string | undefined)[] = ['PENDING', 'DEPLOYING', 'UPDATING', 'DELETING'];

/** The service once nothing goes on. */
export const rested = async (api: Lightsail, serviceName: string): Promise<ContainerService> => {
  for (;;) {
    const service = await getService(api, serviceName);
    if (!goesOn.includes(service.state)) return service;
    await sleep(10);
  }
};

/** Asks for its end, and waits for it. */
export const remove = async (api: Lightsail, serviceName: string): Promise<void> => {
  await api.deleteContainerService({ serviceName });
  for (;;) {
    const { containerServices = [] } = await api.getContainerServices({});
    if (!containerServices.some(({ containerServiceName }) => containerServiceName === serviceName)) return;
    await sleep(10);
  }
};

/** One service of a nano node, with its creation over. */
export const serve = async (
  api: Lightsail,
  serviceName: string,
  settings: Partial<CreateContainerServiceCommandInput> = {},
): Promise<ContainerService> => {
  await api.createContainerService({ serviceName, power: 'nano', scale: 1, ...settings });
  return rested(api, serviceName);
};

/** One nginx behind the public endpoint, unless the settings say otherwise. */
export const webOf = (
  container: Partial<Container> = {},
  endpoint: Partial<ContainerServiceDeploymentRequest['publicEndpoint']> = {},
): Required<ContainerServiceDeploymentRequest> => ({
  containers: { web: { image: 'nginx:latest', ports: { '80': 'HTTP' }, ...container } },
  publicEndpoint: { containerName: 'web', containerPort: 80, ...endpoint },
});

/** One deployment, well or not, once it is over. */
export const deploy = async (
  api: Lightsail,
  serviceName: string,
  request: ContainerServiceDeploymentRequest = webOf(),
): Promise<ContainerService> => {
  await api.createContainerServiceDeployment({ serviceName, ...request });
  return rested(api, serviceName);
};

export const deploymentsOf = async (api: Lightsail, serviceName: string): Promise<ContainerServiceDeployment[]> =>
  (await api.getContainerServiceDeployments({ serviceName })).deployments ?? [];
