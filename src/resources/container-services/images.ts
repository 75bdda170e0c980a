import type { ContainerImage } from '../../api/generated/types.ts';
import { seconds } from '../../clock.ts';
import type { Handlers } from '../../context.ts';
import { invalidInput, notFound, quotaReached } from '../../errors.ts';
import {
  addImage,
  deleteImage,
  deploymentsOf,
  findImage,
  type ImageRow,
  imagesOf,
} from '../../store/records/container-services.ts';
import type { Tx } from '../../store/store.ts';
import { getResource } from '../resource.ts';
import { type ContainerServiceResource, containerService } from './noun.ts';
import { checkState } from './rules.ts';

/** F436 */
const nameOf = (service: string, { label, version }: Pick<ImageRow, 'label' | 'version'>): string =>
  `:${service}.${label}.${version}`;

const viewOf = (service: string, row: ImageRow): ContainerImage => ({
  image: nameOf(service, row),
  digest: row.digest,
  createdAt: seconds(row.createdAt),
});

const imageName = /^:([a-z0-9-]+)\.([a-z0-9-]+)\.(latest|[1-9]\d{0,8})$/;
const digestForm = /^sha256:[0-9a-f]{64}$/;

/** The image of the service that the name means (F430), with `latest` the highest version there is. Undefined when there is none. */
export const findNamedImage = async (
  tx: Tx,
  { row }: Pick<ContainerServiceResource, 'row'>,
  image: string,
): Promise<ImageRow | undefined> => {
  const [, service, label = '', version] = imageName.exec(image) ?? [];
  if (service !== row.name) return undefined;
  return findImage(tx, row.id, label, version === 'latest' ? undefined : Number(version));
};

/** Of each container whose image is the service's own: the image's name in full, and its digest. */
export type OwnImages = Readonly<Record<string, { readonly image: string; readonly digest: string }>>;

/** Throws InvalidInputException for an image of the service that is not there. */
export const resolveImages = async (
  tx: Tx,
  service: ContainerServiceResource,
  containers: Readonly<Record<string, { readonly image?: string | undefined }>>,
): Promise<OwnImages> => {
  const own: Record<string, OwnImages[string]> = {};
  for (const [name, { image = '' }] of Object.entries(containers)) {
    if (!image.startsWith(':')) continue;
    const found = await findNamedImage(tx, service, image);
    if (found === undefined) {
      throw invalidInput(
        `The image ${image} of the container ${name} does not exist.`,
        'GetContainerImages lists the images of the service. Those of other services cannot be deployed to it.',
      );
    }
    own[name] = { image: nameOf(service.row.name, found), digest: found.digest };
  }
  return own;
};

export const containerImages = {
  /** F435, F436, F437 */
  async RegisterContainerImage(ctx, { serviceName, label, digest }) {
    if (!digestForm.test(digest))
      throw invalidInput(
        `The digest ${digest} is not valid.`,
        'It is what the push answered with: sha256: and 64 hexadecimal digits.',
      );
    if (!(await ctx.registry.holds(ctx.scope, digest))) {
      throw invalidInput(
        `No image with the digest ${digest} was pushed.`,
        'CreateContainerServiceRegistryLogin gives the credentials to push it with.',
      );
    }
    return ctx.write(async (tx) => {
      const { row, body } = await getResource(tx, ctx.scope, containerService, serviceName);
      checkState(body, 'given images');
      const most = ctx.catalogue.quota('storedImagesPerContainerService');
      if ((await imagesOf(tx, row.id)).length >= most) throw quotaReached('Container Images', most);
      const createdAt = ctx.clock.now();
      const version = await addImage(tx, row.id, label, digest, createdAt);
      return { containerImage: viewOf(serviceName, { label, version, digest, createdAt }) };
    });
  },

  GetContainerImages: (ctx, { serviceName }) =>
    ctx.read(async (tx) => {
      const { row } = await getResource(tx, ctx.scope, containerService, serviceName);
      return { containerImages: (await imagesOf(tx, row.id)).map((image) => viewOf(serviceName, image)) };
    }),

  /** F438. What runs, or is about to, may have to start again, and keeps its images. */
  DeleteContainerImage: (ctx, { serviceName, image }) =>
    ctx.write(async (tx) => {
      const service = await getResource(tx, ctx.scope, containerService, serviceName);
      const found = imageName.exec(image)?.[3] === 'latest' ? undefined : await findNamedImage(tx, service, image);
      if (found === undefined) throw notFound('ContainerImage');
      await checkUnused(tx, service, nameOf(serviceName, found));
      await deleteImage(tx, service.row.id, found);
      return {};
    }),
} satisfies Handlers<'RegisterContainerImage' | 'GetContainerImages' | 'DeleteContainerImage'>;

/** Throws InvalidInputException when the image is in what runs or in what is about to. */
const checkUnused = async (tx: Tx, { row, body }: ContainerServiceResource, image: string): Promise<void> => {
  const versions = [body.currentDeployment?.version, body.nextDeployment?.version];
  for (const { version, images } of await deploymentsOf(tx, row.id)) {
    if (!versions.includes(version)) continue;
    if (Object.values(JSON.parse(images) as OwnImages).some((own) => own.image === image))
      throw invalidInput(
        `The image ${image} cannot be deleted while the deployment ${version} of ${row.name} uses it.`,
      );
  }
};
