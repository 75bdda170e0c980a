import type { Handler } from '../context.ts';
import { accessDetails } from '../resources/access-details/operations.ts';
import { activeNames } from '../resources/active-names/operations.ts';
import { addOns } from '../resources/add-ons/operations.ts';
import { alarms } from '../resources/alarms/operations.ts';
import { autoSnapshots } from '../resources/auto-snapshots/operations.ts';
import { buckets } from '../resources/buckets/operations.ts';
import { catalogueReads } from '../resources/catalogue/operations.ts';
import { contactMethods } from '../resources/contact-methods/operations.ts';
import { costs } from '../resources/costs/operations.ts';
import { databaseSnapshots } from '../resources/database-snapshots/operations.ts';
import { databaseLogs } from '../resources/databases/logs.ts';
import { databases } from '../resources/databases/operations.ts';
import { databaseSettings } from '../resources/databases/settings.ts';
import { desktops } from '../resources/desktops/operations.ts';
import { diskSnapshots } from '../resources/disk-snapshots/operations.ts';
import { disks } from '../resources/disks/operations.ts';
import { domains } from '../resources/domains/operations.ts';
import { exportRecords } from '../resources/export-records/operations.ts';
import { httpsSetups } from '../resources/https-setups/operations.ts';
import { instanceSnapshots } from '../resources/instance-snapshots/operations.ts';
import { instances } from '../resources/instances/operations.ts';
import { keyPairs } from '../resources/key-pairs/operations.ts';
import { loadBalancerCertificates } from '../resources/load-balancer-certificates/operations.ts';
import { loadBalancers } from '../resources/load-balancers/operations.ts';
import { metrics } from '../resources/metrics/operations.ts';
import { operations } from '../resources/operations/operations.ts';
import { ports } from '../resources/ports/operations.ts';
import { snapshots } from '../resources/snapshots/operations.ts';
import { stackRecords } from '../resources/stack-records/operations.ts';
import { staticIps } from '../resources/static-ips/operations.ts';
import { tags } from '../resources/tags/operations.ts';
import { vpcPeering } from '../resources/vpc-peering/operations.ts';
import type { OperationName } from './generated/operations.ts';
import type { toCome } from './to-come.ts';

type Present = Exclude<OperationName, (typeof toCome)[number]>;

/** Every operation that Lateen has. One that is missing here and on the list of those to come does not compile. */
export const handlers: { readonly [O in Present]: Handler<O> } = {
  ...accessDetails,
  ...activeNames,
  ...addOns,
  ...alarms,
  ...autoSnapshots,
  ...buckets,
  ...catalogueReads,
  ...contactMethods,
  ...costs,
  ...databaseLogs,
  ...databaseSettings,
  ...databaseSnapshots,
  ...databases,
  ...desktops,
  ...diskSnapshots,
  ...disks,
  ...domains,
  ...exportRecords,
  ...httpsSetups,
  ...instanceSnapshots,
  ...instances,
  ...keyPairs,
  ...loadBalancerCertificates,
  ...loadBalancers,
  ...metrics,
  ...operations,
  ...ports,
  ...snapshots,
  ...stackRecords,
  ...staticIps,
  ...tags,
  ...vpcPeering,
};
