import type { ContainerServiceDeployment, ContainerServiceDeploymentRequest } from '../../api/generated/types.ts';
import { raw, serialize } from '../../api/serialize.ts';
import { seconds } from '../../clock.ts';
import type { Context, Handlers } from '../../context.ts';
import { deploymentsOf, dropDeployments, putDeployment } from '../../store/records/container-services.ts';
import type { Tx } from '../../store/store.ts';
import { getResource, saveResource } from '../resource.ts';
import { resolveImages } from './images.ts';
import { type ContainerServiceResource, containerService } from './noun.ts';
import { checkContainers, checkEndpoint, checkState } from './rules.ts';
import { createDeployment } from './tasks.ts';
import { withNext } from './view.ts';

export type Settings = Pick<ContainerServiceDeployment, 'containers' | 'publicEndpoint'>;

/** What is to be deployed, with all defaults. Throws InvalidInputException. */
export const checkDeployment = (
  { catalogue }: Context,
  { containers: given, publicEndpoint }: ContainerServiceDeploymentRequest,
): Settings => {
  const containers = checkContainers(given, catalogue.quota('containersPerDeployment'));
  return { containers, publicEndpoint: publicEndpoint && checkEndpoint(containers, publicEndpoint) };
};

/** Gives the service its next version (F427), and forgets the oldest that are not kept. Throws InvalidInputException for images that are not there. */
export const addDeployment = async (
  tx: Tx,
  ctx: Context,
  found: ContainerServiceResource,
  settings: Settings,
): Promise<ContainerServiceResource> => {
  const { row, body, inner } = found;
  const images = await resolveImages(tx, found, settings.containers ?? {});
  const version = inner.lastVersion + 1;
  const deployment: ContainerServiceDeployment = {
    version,
    state: 'ACTIVATING',
    ...settings,
    createdAt: seconds(ctx.clock.now()),
  };
  await putDeployment(tx, row.id, {
    version,
    images: JSON.stringify(images),
    body: serialize('ContainerServiceDeployment', deployment),
  });
  const kept = ctx.catalogue.quota('deploymentVersionsPerContainerService');
  await dropDeployments(tx, row.id, version - kept, body.currentDeployment?.version ?? 0);
  return saveResource(tx, containerService, found, withNext(body, deployment), { ...inner, lastVersion: version });
};

export const containerDeployments = {
  /** F73, F426 */
  CreateContainerServiceDeployment: (ctx, { serviceName, ...request }) => {
    const settings = checkDeployment(ctx, request);
    return ctx.write(async (tx) => {
      const found = await getResource(tx, ctx.scope, containerService, serviceName);
      checkState(found.body, 'deployed to');
      const added = await addDeployment(tx, ctx, found, settings);
      const { body } = await saveResource(
        tx,
        containerService,
        added,
        { ...added.body, state: 'DEPLOYING' },
        added.inner,
      );
      await ctx.enqueue(tx, createDeployment, {
        scope: ctx.scope,
        resource: found.row.id,
        input: { version: added.inner.lastVersion },
      });
      return { containerService: body };
    });
  },

  /** F428: newest first. */
  GetContainerServiceDeployments: (ctx, { serviceName }) =>
    ctx.read(async (tx) => {
      const { row } = await getResource(tx, ctx.scope, containerService, serviceName);
      const rows = await deploymentsOf(tx, row.id);
      return { deployments: raw<ContainerServiceDeployment[]>(`[${rows.map(({ body }) => body).join(',')}]`) };
    }),
} satisfies Handlers<'CreateContainerServiceDeployment' | 'GetContainerServiceDeployments'>;
