import type { Subdomain, Tag } from '../../api/generated/types.ts';
import { seconds } from '../../clock.ts';
import type { Scope } from '../../context.ts';
import { shownRegion } from '../../location.ts';
import { arnOf } from '../resource.ts';
import { depthOf, fqdnOf, labelOf } from './rules.ts';

export interface NewSubdomain {
  readonly id: string;
  readonly name: string;
  readonly tags: readonly Tag[];
}

const named = (scope: Scope, name: string): Subdomain => ({
  subdomainName: name,
  fqdn: fqdnOf(name),
  depth: depthOf(name),
  location: { availabilityZone: 'all', regionName: shownRegion(scope, 'Subdomain') as never },
  ...(depthOf(name) > 1 && { parentFqdn: fqdnOf(labelOf(name)) }),
});

/** The subdomain as it is when it was made at `now` (ms). Nothing leads to it, so there is nothing to wait for. */
export const newSubdomain = (scope: Scope, now: number, { id, name, tags }: NewSubdomain): Subdomain => ({
  ...named(scope, name),
  arn: arnOf(scope, 'Subdomain', id),
  state: 'UNATTACHED',
  createdAt: seconds(now),
  tags: [...tags],
});

/** A parent that nobody made: it is kept for those below it, and has no ARN. */
export const implicitSubdomain = (scope: Scope, label: string, { createdAt }: Subdomain): Subdomain => ({
  ...named(scope, label),
  state: 'IMPLICIT',
  createdAt,
});

/** Tags are only for who asks for one by its name. */
export const withoutTags = ({ tags: _tags, ...body }: Subdomain): Subdomain => body;
