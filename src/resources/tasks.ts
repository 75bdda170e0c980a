import type { TaskKind } from '../tasks/task.ts';
import { addOnTasks } from './add-ons/tasks.ts';
import { alarmTasks } from './alarms/tasks.ts';
import { bucketTasks } from './buckets/tasks.ts';
import { certificateTasks } from './certificates/tasks.ts';
import { contactMethodTasks } from './contact-methods/operations.ts';
import { containerServiceTasks } from './container-services/tasks.ts';
import { databaseTasks } from './databases/upkeep.ts';
import { desktopTasks } from './desktops/tasks.ts';
import { diskTasks } from './disks/tasks.ts';
import { distributionTasks } from './distributions/tasks.ts';
import { exportTasks } from './export-records/tasks.ts';
import { httpsSetupTasks } from './https-setups/tasks.ts';
import { instanceSnapshotTasks } from './instance-snapshots/tasks.ts';
import { followInstance } from './instances/follow.ts';
import { instanceTasks, tellMachine } from './instances/tasks.ts';
import { loadBalancerTasks } from './load-balancers/tasks.ts';
import { snapshotTasks } from './snapshots/tasks.ts';
import { stackTasks } from './stack-records/tasks.ts';
import { subdomainTasks } from './subdomains/tasks.ts';

/** All work that goes on behind the answers. */
// biome-ignore lint/suspicious/noExplicitAny: kinds differ in their input, and a task's kind is known by name only.
export const taskKinds: readonly TaskKind<any>[] = [
  ...addOnTasks,
  ...alarmTasks,
  ...bucketTasks,
  ...certificateTasks,
  ...contactMethodTasks,
  ...databaseTasks,
  ...containerServiceTasks,
  ...desktopTasks,
  ...diskTasks,
  ...distributionTasks,
  ...exportTasks,
  ...httpsSetupTasks,
  followInstance,
  ...instanceSnapshotTasks,
  ...instanceTasks,
  ...loadBalancerTasks,
  ...snapshotTasks,
  ...stackTasks,
  ...subdomainTasks,
  tellMachine,
];
