import type { Dialect } from '../store.ts';
import { foundation } from './0001_foundation.ts';
import { certificateRequests } from './0002_certificate_requests.ts';
import { vpcPeering } from './0003_vpc_peering.ts';
import { machineRuns } from './0004_machine_runs.ts';
import { alarms } from './0005_alarms.ts';
import { pricesAndBalancers } from './0007_prices_and_balancers.ts';
import { httpsSetups } from './0008_https_setups.ts';
import { zones } from './0009_zones.ts';
import { subdomainLabels } from './0013_subdomain_labels.ts';

/** In order; the place in the list, counted from 1, is the version of the schema. Never change one that was released: add the next. */
export const migrations: readonly ((dialect: Dialect) => string[])[] = [
  foundation,
  certificateRequests,
  vpcPeering,
  machineRuns,
  alarms,
  pricesAndBalancers,
  httpsSetups,
  zones,
  subdomainLabels,
];
