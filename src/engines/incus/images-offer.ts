import type { Offer } from '../machine.ts';
import { recipeOf } from './blueprints/recipes.ts';
import type { Incus } from './client.ts';
import { listImages } from './images.ts';

/** What mends it that a blueprint has no image. */
export const commandFor = (blueprintId: string): string =>
  recipeOf(blueprintId) === undefined
    ? `lateen images use ${blueprintId} REMOTE:IMAGE`
    : `lateen images build ${blueprintId}`;

/** Blueprints with an image, as they are at this moment. */
export const offerOf = async (incus: Incus): Promise<Offer> => {
  const ids = new Set((await listImages(incus)).map(({ blueprintId }) => blueprintId));
  return {
    has: (blueprintId) => ids.has(blueprintId),
    remedy: (blueprintId) => `The operator of this host gives it one with: ${commandFor(blueprintId)}`,
  };
};
