import type { OperationName } from './generated/operations.ts';

/** Operations of the model that Lateen does not have yet. A family that arrives takes its own off this list. */
export const toCome = [] as const satisfies readonly OperationName[];
