import type {
  ContainerService,
  ContainerServiceDeployment,
  ContainerServicePowerName,
  ContainerServiceStateDetail,
  Tag,
} from '../../api/generated/types.ts';
import type { Catalogue } from '../../catalogue.ts';
import type { Context, Scope } from '../../context.ts';
import { ownDomain } from '../../network.ts';
import { identity } from '../resource.ts';
import type { ContainerServiceInner } from './noun.ts';

export interface NewContainerService {
  readonly id: string;
  readonly name: string;
  readonly power: ContainerServicePowerName;
  readonly scale: number;
  readonly publicDomainNames: ContainerService['publicDomainNames'];
  readonly pullerActive: boolean;
  readonly tags: readonly Tag[];
}

const letters = 'abcdefghijklmnopqrstuvwxyz234567';

/** So many of the letters and digits that names and ARNs are made of. */
export const randomText = ({ ids }: Context, length: number): string =>
  [...ids.bytes(length)].map((byte) => letters[byte % letters.length]).join('');

/** The ContainerService as it goes out right after it was asked for (F411). */
export const newContainerService = (ctx: Context, settings: NewContainerService): ContainerService => {
  const { id, name, power, scale, publicDomainNames, pullerActive, tags } = settings;
  const { name: _, ...known } = identity(ctx, 'ContainerService', id, name, 'all');
  return {
    ...known,
    containerServiceName: name,
    tags: [...tags],
    power,
    powerId: powerOf(ctx.catalogue, power)?.powerId,
    state: 'PENDING',
    scale,
    isDisabled: false,
    principalArn: '',
    privateDomainName: `${name}.service.local`,
    publicDomainNames,
    url: `https://${name}.${randomText(ctx, 13)}.${ctx.scope.region}.cs.${ownDomain}/`,
    privateRegistryAccess: { ecrImagePullerRole: { isActive: pullerActive, principalArn: '' } },
  };
};

export const powerOf = ({ containerPowers }: Catalogue, name: string | undefined) =>
  containerPowers.find((power) => power.name === name);

/** The name of its URL. */
export const hostOf = ({ url = '' }: ContainerService): string => url.replace(/^https:\/\/|\/$/g, '');

/** F423: what another account trusts. `end` is the service's own. */
const roleArn = ({ account, region }: Scope, name: string, end: string): string =>
  `arn:aws:iam::${account}:role/amazon/lightsail/${region}/containers/${name}/${end}`;

/** Of the role that private registries know a service by. */
export const pullerArn = (scope: Scope, name: string, { puller }: ContainerServiceInner): string =>
  roleArn(scope, name, `private-repo-access/${puller}`);

/** F413, F414, F416: the state of a service of which nothing goes on. */
const restingState = ({ isDisabled, currentDeployment }: ContainerService) => {
  if (isDisabled) return 'DISABLED';
  return currentDeployment === undefined ? 'READY' : 'RUNNING';
};

/** The service with nothing going on: its roles show, and what is deployed is active unless the service is disabled. */
export const withRest = (body: ContainerService, inner: ContainerServiceInner, scope: Scope): ContainerService => {
  const { containerServiceName: name = '', isDisabled, currentDeployment } = body;
  const isActive = isPullerActive(body);
  return {
    ...body,
    currentDeployment: currentDeployment && { ...currentDeployment, state: isDisabled ? 'INACTIVE' : 'ACTIVE' },
    principalArn: roleArn(scope, name, inner.principal),
    privateRegistryAccess: {
      ecrImagePullerRole: {
        isActive,
        principalArn: isActive ? pullerArn(scope, name, inner) : '',
      },
    },
    state: restingState(body),
    stateDetail: undefined,
  };
};

export const isPullerActive = ({ privateRegistryAccess }: ContainerService): boolean =>
  privateRegistryAccess?.ecrImagePullerRole?.isActive ?? false;

const messages: Partial<Record<NonNullable<ContainerServiceStateDetail['code']>, string>> = {
  CREATING_SYSTEM_RESOURCES: 'What the nodes need is being made.',
  CREATING_NETWORK_INFRASTRUCTURE: 'The network of the nodes is being made.',
  PROVISIONING_CERTIFICATE: 'The certificates of its names are being put in place.',
  PROVISIONING_SERVICE: 'The nodes are being made ready.',
  CREATING_DEPLOYMENT: 'The containers are being started.',
  EVALUATING_HEALTH_CHECK: 'The containers are being asked whether they are healthy.',
  ACTIVATING_DEPLOYMENT: 'The new containers are taking the place of the old ones.',
};

/** F417, F418: how far what goes on is. */
export const withStage = (
  body: ContainerService,
  code: NonNullable<ContainerServiceStateDetail['code']>,
  message = messages[code] ?? '',
): ContainerService => ({ ...body, stateDetail: { code, message } });

/** The service with a version about to run (F420). */
export const withNext = (body: ContainerService, nextDeployment: ContainerServiceDeployment | undefined) => ({
  ...body,
  nextDeployment,
});
