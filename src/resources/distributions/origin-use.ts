import type { ResourceType } from '../../api/generated/types.ts';
import { invalidInput } from '../../errors.ts';

/** What an origin knows of whom it serves. */
export interface OriginInner {
  /** Names of the distributions whose origin it is. */
  readonly distributions?: readonly string[] | undefined;
}

/** A distribution without its origin would serve errors. `verb` reads after 'cannot be'. Throws InvalidInputException. */
export const checkNoOrigin = (
  kind: ResourceType,
  name: string,
  { distributions: [user] = [] }: OriginInner,
  verb = 'deleted',
): void => {
  if (user === undefined) return;
  throw invalidInput(
    `The ${kind} ${name} is the origin of the Distribution ${user} and cannot be ${verb}.`,
    'Give the distribution another origin with UpdateDistribution, or delete it first.',
  );
};
