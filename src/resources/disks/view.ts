import type { AddOn, Disk, Tag } from '../../api/generated/types.ts';
import type { Context } from '../../context.ts';
import { identity } from '../resource.ts';

export interface NewDisk {
  readonly id: string;
  readonly name: string;
  readonly zone: string;
  readonly sizeInGb: number;
  readonly addOns: readonly AddOn[];
  readonly tags: readonly Tag[];
}

/** The Disk as it goes out right after it was asked for (F193, F194). IOPS are 3 per GB and at least 100. */
export const newDisk = (ctx: Context, { id, name, zone, sizeInGb, addOns, tags }: NewDisk): Disk => ({
  ...identity(ctx, 'Disk', id, name, zone),
  addOns: addOns.length === 0 ? undefined : addOns,
  attachmentState: 'detached',
  iops: Math.max(100, 3 * sizeInGb),
  isAttached: false,
  isSystemDisk: false,
  sizeInGb,
  state: 'pending',
  supportCode: `${ctx.scope.account}/vol-0${id.replaceAll('-', '').slice(0, 16)}`,
  tags,
});
