import type { ContainerService } from '../../api/generated/types.ts';
import { raw } from '../../api/serialize.ts';
import type { Handlers } from '../../context.ts';
import { countUsed, pageOfResources } from '../../store/records/resources.ts';
import { hastenTasks } from '../../store/records/tasks.ts';
import { checkNoOrigin } from '../distributions/origin-use.ts';
import { givePublicAddress } from '../instances/addresses.ts';
import { addResource, getResource, saveResource, textOfResource } from '../resource.ts';
import { checkTags } from '../tags/rules.ts';
import { addDeployment, checkDeployment, containerDeployments } from './deployments.ts';
import { checkDomains, linkCertificates } from './domains.ts';
import { containerImages } from './images.ts';
import { readLog } from './logs.ts';
import { type ContainerServiceInner, containerService } from './noun.ts';
import { registryLogins } from './registry.ts';
import { checkRoom, checkState } from './rules.ts';
import { createContainerService, deleteContainerService, updateContainerService } from './tasks.ts';
import { isPullerActive, newContainerService, powerOf, randomText } from './view.ts';

/** Length of what the ARN of a role ends with. */
const roleLength = 51;

export const containerServices = {
  ...containerDeployments,
  ...containerImages,
  ...registryLogins,

  /** F404 to F411 */
  CreateContainerService: (ctx, input) => {
    const { serviceName: name, power, scale, publicDomainNames, deployment, privateRegistryAccess } = input;
    const settings = deployment && checkDeployment(ctx, deployment);
    const id = ctx.ids.uuid();
    const body = newContainerService(ctx, {
      ...{ id, name, power, scale, publicDomainNames },
      pullerActive: privateRegistryAccess?.ecrImagePullerRole?.isActive ?? false,
      tags: checkTags(input.tags),
    });
    return ctx.write(async (tx) => {
      const limit = ctx.catalogue.quota('containerServicesPerAccount');
      checkRoom(await countUsed(tx, ctx.scope.account, 'ContainerService'), limit);
      await checkDomains(tx, ctx, publicDomainNames ?? {});
      const inner: ContainerServiceInner = {
        addresses: [await givePublicAddress(tx, ctx, id)],
        principal: randomText(ctx, roleLength),
        puller: randomText(ctx, roleLength),
        lastVersion: 0,
      };
      const added = await addResource(tx, ctx, containerService, id, body, inner);
      await linkCertificates(tx, ctx.scope, name, {}, publicDomainNames);
      const found = settings === undefined ? added : await addDeployment(tx, ctx, added, settings);
      await ctx.enqueue(tx, createContainerService, { scope: ctx.scope, resource: id, input: {} });
      return { containerService: found.body };
    });
  },

  /** F443. They are never so many that an answer would not hold them all (F54). */
  GetContainerServices: (ctx, { serviceName }) =>
    ctx.read(async (tx) => {
      const text =
        serviceName === undefined
          ? (
              await pageOfResources(
                tx,
                ctx.scope,
                'ContainerService',
                0,
                ctx.catalogue.quota('containerServicesPerAccount'),
              )
            ).text
          : await textOfResource(tx, ctx.scope, containerService, serviceName);
      return { containerServices: raw<ContainerService[]>(`[${text}]`) };
    }),

  /** F415, F424, F425: what is not given stays. */
  UpdateContainerService: (ctx, { serviceName, power, scale, isDisabled, publicDomainNames, privateRegistryAccess }) =>
    ctx.write(async (tx) => {
      const found = await getResource(tx, ctx.scope, containerService, serviceName);
      checkState(found.body, 'changed');
      if (publicDomainNames !== undefined) {
        await checkDomains(tx, ctx, publicDomainNames);
        await linkCertificates(tx, ctx.scope, serviceName, found.body.publicDomainNames, publicDomainNames);
      }
      const role = found.body.privateRegistryAccess?.ecrImagePullerRole;
      const isActive = privateRegistryAccess?.ecrImagePullerRole?.isActive ?? isPullerActive(found.body);
      const body: ContainerService = {
        ...found.body,
        power: power ?? found.body.power,
        powerId: powerOf(ctx.catalogue, power)?.powerId ?? found.body.powerId,
        scale: scale ?? found.body.scale,
        isDisabled: isDisabled ?? found.body.isDisabled,
        publicDomainNames: publicDomainNames ?? found.body.publicDomainNames,
        privateRegistryAccess: { ecrImagePullerRole: { ...role, isActive } },
        state: 'UPDATING',
      };
      await saveResource(tx, containerService, found, body, found.inner, ctx);
      await ctx.enqueue(tx, updateContainerService, { scope: ctx.scope, resource: found.row.id, input: {} });
      return { containerService: body };
    }),

  /** F445. Whatever goes on ends, and what it was to end in does not matter any more. */
  DeleteContainerService: (ctx, { serviceName }) =>
    ctx.write(async (tx) => {
      const found = await getResource(tx, ctx.scope, containerService, serviceName);
      if (found.body.state === 'DELETING') return {};
      checkNoOrigin('ContainerService', serviceName, found.inner);
      const body: ContainerService = { ...found.body, state: 'DELETING', stateDetail: undefined };
      await saveResource(tx, containerService, found, body, found.inner);
      await hastenTasks(tx, found.row.id, ctx.clock.now());
      await ctx.enqueue(tx, deleteContainerService, { scope: ctx.scope, resource: found.row.id, input: {} });
      return {};
    }),

  GetContainerLog: readLog,

  GetContainerAPIMetadata: async (ctx) => ({
    metadata: ctx.catalogue.containerMetadata.map((entry) => ({ ...entry })),
  }),
} satisfies Handlers<
  | 'CreateContainerService'
  | 'GetContainerServices'
  | 'UpdateContainerService'
  | 'DeleteContainerService'
  | 'CreateContainerServiceDeployment'
  | 'GetContainerServiceDeployments'
  | 'RegisterContainerImage'
  | 'GetContainerImages'
  | 'DeleteContainerImage'
  | 'CreateContainerServiceRegistryLogin'
  | 'GetContainerLog'
  | 'GetContainerAPIMetadata'
>;
