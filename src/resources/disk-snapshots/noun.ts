import type { DiskSnapshot } from '../../api/generated/types.ts';
import type { Noun, Resource } from '../resource.ts';
import type { SnapshotInner } from '../snapshots/snapshot.ts';

export type DiskSnapshotResource = Resource<DiskSnapshot, SnapshotInner>;

export const diskSnapshot: Noun<DiskSnapshot, SnapshotInner> = {
  kind: 'DiskSnapshot',
  shape: 'DiskSnapshot',
  state: (body) => body.state ?? 'unknown',
};
