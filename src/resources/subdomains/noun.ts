import type { Subdomain } from '../../api/generated/types.ts';
import type { Noun, Resource } from '../resource.ts';

/** What Lateen knows of a subdomain beside what it shows. */
export interface SubdomainInner {
  /** When it was transferred last, in ms. */
  readonly transferredAt?: number | undefined;
}

export type SubdomainResource = Resource<Subdomain, SubdomainInner>;

/** Its row bears the whole web address as its name: so a subdomain may be called as something else of the account is. */
export const subdomain: Noun<Subdomain, SubdomainInner> = {
  kind: 'Subdomain',
  shape: 'Subdomain',
  state: (body) => body.state ?? 'UNATTACHED',
};
