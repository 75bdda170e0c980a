import type { Incoming } from '../front.ts';
import { splitTarget } from '../sigv4-canonical.ts';

/** What all paths of ByCloud begin with. */
export const prefix = '/v1';

/** Whether a request is one of ByCloud. */
export const isByCloud = ({ target }: Pick<Incoming, 'target'>): boolean => {
  const { path } = splitTarget(target);
  return path === prefix || path.startsWith(`${prefix}/`);
};
