import type { Domain } from '../../api/generated/types.ts';
import type { Noun, Resource } from '../resource.ts';

export type DomainResource = Resource<Domain, object>;

export const domain: Noun<Domain, object> = {
  kind: 'Domain',
  shape: 'Domain',
  state: () => 'available',
};
