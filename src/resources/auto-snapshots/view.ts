import type { AutoSnapshotDetails, AutoSnapshotStatus } from '../../api/generated/types.ts';
import type { SnapshotResource } from '../snapshots/snapshot.ts';

/** What the states of snapshots are called here (F247). None is shown that is not found: its row goes with it. */
const statuses: Readonly<Record<string, AutoSnapshotStatus>> = {
  available: 'Success',
  completed: 'Success',
  error: 'Failed',
  pending: 'InProgress',
};

/** F248, F249 */
export const detailsOf = ({ row, body }: SnapshotResource): AutoSnapshotDetails => ({
  createdAt: body.createdAt,
  date: row.name,
  fromAttachedDisks: (body.fromAttachedDisks ?? []).map(({ path, sizeInGb }) => ({ path, sizeInGb })),
  status: statuses[row.state] ?? 'Failed',
});
