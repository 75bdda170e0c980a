import type { Dialect } from '../store.ts';
import { foundation } from './0001_foundation.ts';
import { certificateRequests } from './0002_certificate_requests.ts';
import { vpcPeering } from './0003_vpc_peering.ts';
import { machineRuns } from './0004_machine_runs.ts';
import { alarms } from './0005_alarms.ts';
import { autoSnapshots } from './0006_auto_snapshots.ts';
import { pricesAndBalancers } from './0007_prices_and_balancers.ts';
import { httpsSetups } from './0008_https_setups.ts';
import { zones } from './0009_zones.ts';
import { machineSamples } from './0010_machine_samples.ts';
import { databaseEvents } from './0011_database_events.ts';
import { buckets } from './0012_buckets.ts';
import { subdomainLabels } from './0013_subdomain_labels.ts';
import { containerServices } from './0014_container_services.ts';
import { objects } from './0015_objects.ts';
import { identities } from './0016_identities.ts';
import { tokens } from './0017_tokens.ts';
import { audit } from './0018_audit.ts';
import { objectListing } from './0019_object_listing.ts';

/** In order; the place in the list, counted from 1, is the version of the schema. Never change one that was released: add the next. */
export const migrations: readonly ((dialect: Dialect) => string[])[] = [
  foundation,
  certificateRequests,
  vpcPeering,
  machineRuns,
  alarms,
  autoSnapshots,
  pricesAndBalancers,
  httpsSetups,
  zones,
  machineSamples,
  databaseEvents,
  buckets,
  subdomainLabels,
  containerServices,
  objects,
  identities,
  tokens,
  audit,
  objectListing,
];
