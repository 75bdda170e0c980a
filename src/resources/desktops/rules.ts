import type { Instance } from '../../api/generated/types.ts';
import type { Blueprint, Catalogue } from '../../catalogue.ts';
import { invalidInput, wrongState } from '../../errors.ts';
import type { Desktop, InstanceInner } from '../instances/noun.ts';

/** How long a session is open, in ms. It is started again after that. */
export const sessionMs = 3_600_000;

/** What may happen to a desktop when; one that was never opened is `notStarted`. The word is the error's. */
const allowed = {
  started: ['notStarted', 'started', 'stopped', 'failedStartingGUISession', 'failedStoppingGUISession'],
  stopped: ['started', 'failedStoppingGUISession'],
} as const satisfies Record<string, readonly (Desktop['status'] | 'notStarted')[]>;

/** Throws InvalidInputException when the state of the desktop forbids it. */
export const checkDesktop = ({ name = '' }: Instance, { desktop }: InstanceInner, verb: keyof typeof allowed): void => {
  const status = desktop?.status ?? 'notStarted';
  const statuses: readonly string[] = allowed[verb];
  if (!statuses.includes(status)) throw wrongState('GUI session of', name, verb, status, statuses);
};

/** The blueprint of a virtual computer for research: only these have desktops. Throws InvalidInputException for another. */
export const researchBlueprint = (catalogue: Catalogue, { name, blueprintId = '' }: Instance): Blueprint => {
  const blueprint = catalogue.blueprint(blueprintId);
  if (blueprint?.appCategory === 'LfR') return blueprint;
  throw invalidInput(
    `The blueprint ${blueprintId} of the Instance ${name} has no GUI sessions.`,
    'GetBlueprints with the appCategory LfR lists the blueprints that have.',
  );
};
