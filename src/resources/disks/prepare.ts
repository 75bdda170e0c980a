import type { CreateDiskRequest, Disk } from '../../api/generated/types.ts';
import type { Context } from '../../context.ts';
import { readAddOns } from '../add-ons/rules.ts';
import { plansOf } from '../add-ons/schedule.ts';
import { checkZone } from '../instances/rules.ts';
import { checkTags } from '../tags/rules.ts';
import type { DiskInner } from './noun.ts';
import { checkSize } from './rules.ts';
import { newDisk } from './view.ts';

/** A disk as it was asked for, whatever it begins as. Throws InvalidInputException. */
export const prepareDisk = (
  ctx: Context,
  { diskName, availabilityZone, sizeInGb, addOns, tags }: CreateDiskRequest,
): { id: string; body: Disk; inner: DiskInner } => {
  checkZone(availabilityZone, ctx.catalogue.zones(ctx.scope.region), ctx.scope.region);
  checkSize(sizeInGb, ctx.catalogue);
  const id = ctx.ids.uuid();
  const body = newDisk(ctx, {
    id,
    name: diskName,
    zone: availabilityZone,
    sizeInGb,
    addOns: readAddOns(ctx, addOns),
    tags: checkTags(tags),
  });
  return { id, body, inner: plansOf(ctx, body) };
};
