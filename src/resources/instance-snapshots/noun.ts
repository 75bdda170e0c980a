import type { InstancePortInfo, InstanceSnapshot, IpAddressType } from '../../api/generated/types.ts';
import type { Noun, Resource } from '../resource.ts';
import type { SnapshotInner } from '../snapshots/snapshot.ts';

/** What Lateen knows of an instance's snapshot beside what it shows: the firewall as it was, for exports (F231). */
export interface InstanceSnapshotInner extends SnapshotInner {
  readonly ports: readonly InstancePortInfo[];
  readonly ipAddressType: IpAddressType;
}

export type InstanceSnapshotResource = Resource<InstanceSnapshot, InstanceSnapshotInner>;

export const instanceSnapshot: Noun<InstanceSnapshot, InstanceSnapshotInner> = {
  kind: 'InstanceSnapshot',
  shape: 'InstanceSnapshot',
  state: (body) => body.state ?? 'pending',
};
