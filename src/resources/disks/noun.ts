import type { Disk } from '../../api/generated/types.ts';
import type { HolderInner } from '../add-ons/holder.ts';
import type { Noun, Resource } from '../resource.ts';

/** What Lateen knows of a disk beside what it shows. */
export interface DiskInner extends HolderInner {
  /** A change between the disk and a machine that is under way: none other may begin. */
  readonly moving?: 'attaching' | 'detaching' | undefined;
}

export type DiskResource = Resource<Disk, DiskInner>;

export const disk: Noun<Disk, DiskInner> = {
  kind: 'Disk',
  shape: 'Disk',
  state: (body) => body.state ?? 'unknown',
};
