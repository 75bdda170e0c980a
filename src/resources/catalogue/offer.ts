import type { Blueprint } from '../../catalogue.ts';
import type { Context } from '../../context.ts';
import { invalidInput } from '../../errors.ts';

type Asked = Pick<Context, 'catalogue' | 'machines'>;

/** The blueprints, of which those are inactive that no machine can begin as here (F89). */
export const onOffer = async ({ catalogue, machines }: Asked): Promise<readonly Blueprint[]> => {
  const offer = await machines.offer?.();
  if (offer === undefined) return catalogue.blueprints;
  return catalogue.blueprints.map((blueprint) =>
    offer.has(blueprint.blueprintId) ? blueprint : { ...blueprint, isActive: false },
  );
};

/** Throws InvalidInputException when no machine can begin as the blueprint here. */
export const checkOffered = async ({ machines }: Pick<Context, 'machines'>, blueprint: Blueprint): Promise<void> => {
  const { blueprintId } = blueprint;
  const offer = await machines.offer?.();
  if (offer === undefined || offer.has(blueprintId)) return;
  throw invalidInput(`The blueprint ${blueprintId} has no image on this host.`, offer.remedy(blueprintId));
};
