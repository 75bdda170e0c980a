import type { Scope } from '../context.ts';
import { invalidInput } from '../errors.ts';

/** Where everything is kept that belongs to no Region. */
export const homeRegion = 'us-east-1';

/** F33, F269, F343: `kind` is the service's word for what its operations are about. Throws InvalidInputException. */
export const checkHomeRegion = ({ region }: Scope, kind: 'Domain' | 'Distribution' | 'Subdomain'): void => {
  if (region === homeRegion) return;
  throw invalidInput(
    `${kind}-related APIs are only available in the ${homeRegion} Region. Please set your Region configuration to ${homeRegion} to create, view, or edit these resources.`,
  );
};
