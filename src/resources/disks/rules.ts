import type { Disk, Instance } from '../../api/generated/types.ts';
import type { Catalogue } from '../../catalogue.ts';
import { invalidInput, wrongState } from '../../errors.ts';
import type { DiskResource } from './noun.ts';
import { attachedDisks } from './view.ts';

/** What may happen when (F190, F193), and in which states of the instance (F186, F189). */
const allowed = {
  attached: { disk: 'available', instance: ['running', 'stopped'] },
  detached: { disk: 'in-use', instance: ['stopped'] },
  deleted: { disk: 'available', instance: [] },
} as const satisfies Record<string, { disk: NonNullable<Disk['state']>; instance: readonly string[] }>;

/** Throws InvalidInputException when the disk's state, or a change that is under way, forbids it. */
export const checkState = ({ body, inner }: DiskResource, verb: keyof typeof allowed): void => {
  const state = inner.moving ?? body.state ?? 'unknown';
  if (state !== allowed[verb].disk) throw wrongState('Disk', body.name ?? '', verb, state, [allowed[verb].disk]);
};

/** Throws InvalidInputException when the state of the disk's instance forbids it. */
export const checkInstanceState = (disk: Disk, instance: Instance, verb: keyof typeof allowed): void => {
  const states: readonly string[] = allowed[verb].instance;
  const state = instance.state?.name ?? '';
  if (states.includes(state)) return;
  throw invalidInput(
    `The Disk ${disk.name} cannot be ${verb} while the state of the Instance ${instance.name} is ${state}.`,
    `It can be ${verb} when the state of the instance is ${states.join(' or ')}.`,
  );
};

/** In whole GB, as the quotas have it: the reference states no bounds (F179). Throws InvalidInputException. */
export const checkSize = (sizeInGb: number, catalogue: Catalogue): void => {
  const [least, most] = [catalogue.quota('diskMinGb'), catalogue.quota('diskMaxGb')];
  if (sizeInGb >= least && sizeInGb <= most) return;
  throw invalidInput(`The disk size ${sizeInGb} GB is not valid. A disk has ${least} to ${most} GB.`);
};

/** Names of further disks on Linux and Windows. Those that end alike are one place: Linux calls /dev/sdf /dev/xvdf. */
const paths = /^(?:\/dev\/(?:sd|xvd)|xvd)([b-z]|[b-d][a-z])$/;

/** Throws InvalidInputException when the instance has no room for the disk at the path (F187, F188). */
export const checkAttachment = (disk: Disk, instance: Instance, path: string, catalogue: Catalogue): void => {
  const place = placeOf(path);
  if (place === undefined) throw invalidInput('The disk path is invalid. You must specify a valid disk path.');
  const [of, on] = [disk.location?.availabilityZone, instance.location?.availabilityZone];
  if (of !== on) {
    throw invalidInput(
      `The Disk ${disk.name} is in ${of} and the Instance ${instance.name} in ${on}.`,
      'A disk attaches to an instance of its own availability zone.',
    );
  }
  const others = attachedDisks(instance);
  const there = others.find((other) => placeOf(other.path ?? '') === place);
  if (there !== undefined) {
    throw invalidInput(
      `The disk path ${path} of the Instance ${instance.name} is in use by the Disk ${there.name} at ${there.path}.`,
    );
  }
  const most = catalogue.quota('attachedDisksPerInstance');
  if (others.length >= most) {
    throw invalidInput(`The Instance ${instance.name} has ${most} attached disks, and cannot have more.`);
  }
  const total = others.reduce((sum, { sizeInGb = 0 }) => sum + sizeInGb, disk.sizeInGb ?? 0);
  const room = catalogue.quota('totalAttachedDiskGb');
  if (total > room) {
    throw invalidInput(
      `The attached disks of the Instance ${instance.name} would have ${total} GB together, and cannot have more than ${room} GB.`,
    );
  }
};

const placeOf = (path: string): string | undefined => paths.exec(path)?.[1];
