import type { Instance } from '../../api/generated/types.ts';
import { checkLaunch } from '../../catalogue.ts';
import type { Context } from '../../context.ts';
import { invalidInput, notFound } from '../../errors.ts';
import { hardwareOf } from './view.ts';

/** What changes of an instance with its bundle. Undefined when no other bundle is asked for. Throws InvalidInputException. */
export const resized = (ctx: Context, body: Instance, bundleId: string | undefined): Partial<Instance> | undefined => {
  if (bundleId === undefined || bundleId === body.bundleId) return undefined;
  const bundle = ctx.catalogue.bundle(bundleId);
  if (bundle === undefined) throw notFound('Bundle');
  const blueprint = ctx.catalogue.blueprint(body.blueprintId ?? '');
  if (blueprint !== undefined) checkLaunch(bundle, { ...blueprint, launchable: true }, body.ipAddressType);
  const disk = body.hardware?.disks?.find(({ isSystemDisk }) => isSystemDisk)?.sizeInGb ?? 0;
  if (bundle.diskSizeInGb < disk) {
    throw invalidInput(
      `The bundle ${bundleId} has a disk of ${bundle.diskSizeInGb} GB, less than the ${disk} GB of the Instance ${body.name}.`,
      'A system disk cannot shrink: choose a bundle with at least the same disk.',
    );
  }
  const hardware = hardwareOf(bundle, body.name ?? '', body.createdAt ?? 0);
  const others = (body.hardware?.disks ?? []).filter(({ isSystemDisk }) => !isSystemDisk);
  return {
    bundleId,
    hardware: { ...hardware, disks: [...(hardware?.disks ?? []), ...others] },
    networking: { ...body.networking, monthlyTransfer: { gbPerMonthAllocated: bundle.transferPerMonthInGb } },
  };
};
