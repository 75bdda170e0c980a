import type { ResourceLocation, ResourceType, Tag } from '../api/generated/types.ts';
import { alarm } from './alarms/noun.ts';
import { bucket } from './buckets/noun.ts';
import { contactMethod } from './contact-methods/noun.ts';
import { databaseSnapshot } from './database-snapshots/noun.ts';
import { database } from './databases/noun.ts';
import { diskSnapshot } from './disk-snapshots/noun.ts';
import { disk } from './disks/noun.ts';
import { domain } from './domains/noun.ts';
import { exportRecord } from './export-records/noun.ts';
import { instanceSnapshot } from './instance-snapshots/noun.ts';
import { instance } from './instances/noun.ts';
import { keyPair } from './key-pairs/noun.ts';
import { loadBalancerCertificate } from './load-balancer-certificates/noun.ts';
import { loadBalancer } from './load-balancers/noun.ts';
import type { Noun } from './resource.ts';
import { stackRecord } from './stack-records/noun.ts';
import { staticIp } from './static-ips/noun.ts';

/** What the bodies of all nouns have in common, as far as they have it. */
export interface AnyBody {
  readonly location?: ResourceLocation | undefined;
  readonly tags?: readonly Tag[] | undefined;
}

/** The nouns whose rows there can be. */
const nouns: readonly Noun<AnyBody, object>[] = [
  alarm,
  bucket,
  contactMethod,
  database,
  databaseSnapshot,
  disk,
  diskSnapshot,
  domain,
  exportRecord,
  instance,
  instanceSnapshot,
  keyPair,
  loadBalancer,
  loadBalancerCertificate,
  stackRecord,
  staticIp,
];

const byKind: ReadonlyMap<ResourceType, Noun<AnyBody, object>> = new Map(nouns.map((noun) => [noun.kind, noun]));

/** For what is done alike to rows of every kind. Throws Error for a kind that has no rows. */
export const nounOf = (kind: ResourceType): Noun<AnyBody, object> => {
  const noun = byKind.get(kind);
  if (noun === undefined) throw new Error(`there is no noun ${kind}`);
  return noun;
};
