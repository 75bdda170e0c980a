import type { CreateInstancesFromSnapshotRequest, InstanceSnapshot } from '../../api/generated/types.ts';
import { checkLaunch, ipAddressTypes } from '../../catalogue.ts';
import type { Context } from '../../context.ts';
import { invalidInput, invalidName, notFound } from '../../errors.ts';
import { isResourceName } from '../../resource-name.ts';
import type { Choice } from '../instances/launch.ts';

/**
 * What the instances are to be: the snapshot's blueprint, also when no new instance may have it any more, on a bundle that is not
 * smaller than the snapshot's. Throws InvalidInputException.
 */
export const choose = (
  ctx: Context,
  { fromBlueprintId = '', fromBundleId = '', sizeInGb = 0 }: InstanceSnapshot,
  { bundleId, ipAddressType }: Pick<CreateInstancesFromSnapshotRequest, 'bundleId' | 'ipAddressType'>,
): Choice => {
  const blueprint = ctx.catalogue.blueprint(fromBlueprintId);
  if (blueprint === undefined) throw notFound('Blueprint');
  const bundle = ctx.catalogue.bundle(bundleId);
  if (bundle === undefined) throw notFound('Bundle');
  const memory = ctx.catalogue.bundle(fromBundleId)?.ramSizeInGb ?? 0;
  if (bundle.diskSizeInGb < sizeInGb || bundle.ramSizeInGb < memory) {
    throw invalidInput(
      `The bundle ${bundleId} is smaller than the bundle ${fromBundleId} of the snapshot.`,
      `Choose a bundle with a disk of at least ${sizeInGb} GB and at least ${memory} GB of memory.`,
    );
  }
  checkLaunch(bundle, { ...blueprint, launchable: true }, ipAddressType);
  return { blueprint, bundle, ipAddressType: ipAddressType ?? ipAddressTypes(bundle)[0] };
};

/** A disk of a snapshot, and the name of the one that is made from it. */
export interface NewDisk {
  readonly name: string;
  readonly path: string;
  readonly sizeInGb: number;
}

/**
 * The disks that a new instance gets: all that the snapshot holds, by the names of the mapping (F121, F122), and without one by the
 * instance's name and the old one. Throws InvalidInputException for a mapping that names what is not there.
 */
export const disksFor = (
  instanceName: string,
  { fromAttachedDisks = [], name: snapshotName }: InstanceSnapshot,
  mapping: CreateInstancesFromSnapshotRequest['attachedDiskMapping'] = {},
): NewDisk[] => {
  const maps = mapping[instanceName] ?? [];
  for (const { originalDiskPath } of maps) {
    if (!fromAttachedDisks.some(({ path }) => path === originalDiskPath)) {
      throw invalidInput(
        `The InstanceSnapshot ${snapshotName} has no disk at ${originalDiskPath}.`,
        'originalDiskPath must be the path of one of its fromAttachedDisks.',
      );
    }
  }
  return fromAttachedDisks.map(({ name: oldName, path = '', sizeInGb = 0 }) => {
    const mapped = maps.find(({ originalDiskPath }) => originalDiskPath === path)?.newDiskName;
    const name = mapped ?? `${instanceName}-${oldName}`;
    if (!isResourceName(name)) throw invalidName(name);
    return { name, path, sizeInGb };
  });
};

/** Throws InvalidInputException when the mapping has an instance that is not launched. */
export const checkMapping = (
  instanceNames: readonly string[],
  mapping: CreateInstancesFromSnapshotRequest['attachedDiskMapping'] = {},
): void => {
  const stranger = Object.keys(mapping).find((name) => !instanceNames.includes(name));
  if (stranger === undefined) return;
  throw invalidInput(
    `attachedDiskMapping names the instance ${stranger}, which is not among the instanceNames.`,
    'Its keys are the names of the new instances.',
  );
};
