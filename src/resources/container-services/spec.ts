import type {
  ContainerService,
  ContainerServiceDeployment,
  ContainerServiceEndpoint,
} from '../../api/generated/types.ts';
import { serialize } from '../../api/serialize.ts';
import type { ContainerServiceSpec, DeploymentSpec, EndpointSpec } from '../../engines/containers.ts';
import { findDeployment, putDeployment } from '../../store/records/container-services.ts';
import { findById } from '../../store/records/resources.ts';
import type { Tx } from '../../store/store.ts';
import type { TaskContext } from '../../tasks/task.ts';
import { readResource } from '../resource.ts';
import { sitesOf } from './domains.ts';
import type { OwnImages } from './images.ts';
import type { ContainerServiceInner, ContainerServiceResource } from './noun.ts';
import { readCodes } from './rules.ts';
import { hostOf, isPullerActive, powerOf, pullerArn } from './view.ts';

/** Undefined once the service is gone, or about to go: then nothing of it matters any more. */
export const findService = async (tx: Tx, id: string): Promise<ContainerServiceResource | undefined> => {
  const row = await findById(tx, id);
  if (row === undefined || row.state === 'DELETING') return undefined;
  return readResource<ContainerService, ContainerServiceInner>(row);
};

/** What the row asks of the engine. */
export const specOf = async (
  tx: Tx,
  task: TaskContext<unknown>,
  { row, body, inner }: ContainerServiceResource,
): Promise<ContainerServiceSpec> => {
  const { cpuCount = 0, ramSizeInGb = 0 } = powerOf(task.catalogue, body.power) ?? {};
  return {
    id: row.id,
    name: row.name,
    nodes: body.scale ?? 1,
    node: { cpuCount, ramSizeInGb },
    enabled: !body.isDisabled,
    addresses: inner.addresses,
    hostName: hostOf(body),
    privateName: body.privateDomainName ?? '',
    sites: await sitesOf(tx, task, task.seal, body.publicDomainNames),
    pullerRole: isPullerActive(body) ? pullerArn(task, row.name, inner) : undefined,
  };
};

/** One version of a service as it is kept. Undefined when it was forgotten. */
export const readDeployment = async (tx: Tx, service: string, version: number) => {
  const row = await findDeployment(tx, service, version);
  return (
    row && {
      images: JSON.parse(row.images) as OwnImages,
      deployment: JSON.parse(row.body) as ContainerServiceDeployment,
    }
  );
};

type KeptDeployment = NonNullable<Awaited<ReturnType<typeof readDeployment>>>;

/** Saves the version in another state. */
export const saveDeploymentState = async (
  tx: Tx,
  service: string,
  version: number | undefined,
  state: NonNullable<ContainerServiceDeployment['state']>,
): Promise<void> => {
  const found = version === undefined ? undefined : await findDeployment(tx, service, version);
  if (found === undefined) return;
  const deployment = { ...(JSON.parse(found.body) as ContainerServiceDeployment), state };
  await putDeployment(tx, service, { ...found, body: serialize('ContainerServiceDeployment', deployment) });
};

export const deploymentSpecOf = ({ images, deployment }: KeptDeployment): DeploymentSpec => {
  const { version = 0, containers = {}, publicEndpoint } = deployment;
  return {
    version,
    containers: Object.fromEntries(
      Object.entries(containers).map(([name, { image = '', command = [], environment = {}, ports = {} }]) => [
        name,
        { ...(images[name] ?? { image, digest: undefined }), command, environment, ports },
      ]),
    ),
    endpoint: publicEndpoint && endpointOf(publicEndpoint),
  };
};

const endpointOf = ({
  containerName = '',
  containerPort = 0,
  healthCheck = {},
}: ContainerServiceEndpoint): EndpointSpec => {
  const {
    healthyThreshold = 2,
    unhealthyThreshold = 2,
    timeoutSeconds = 2,
    intervalSeconds = 5,
    path = '/',
  } = healthCheck;
  return {
    container: containerName,
    port: containerPort,
    healthCheck: {
      ...{ healthyThreshold, unhealthyThreshold, timeoutSeconds, intervalSeconds, path },
      success: readCodes(healthCheck.successCodes ?? '200-499'),
    },
  };
};
