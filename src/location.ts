import type { ResourceType } from './api/generated/types.ts';
import type { Scope } from './context.ts';

/** Kinds that belong to no Region, wherever they are asked for (F270). */
const global: ReadonlySet<ResourceType> = new Set(['Domain']);

/** The Region that a resource of the kind shows in its ARN, its location and its operations. */
export const shownRegion = ({ region }: Scope, kind: ResourceType): string => (global.has(kind) ? 'global' : region);
