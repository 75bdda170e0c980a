import type { AddOn, AddOnRequest } from '../../api/generated/types.ts';
import type { Context } from '../../context.ts';
import { invalidInput } from '../../errors.ts';

/** F114, F236, F239: an automatic snapshot is at a full hour; when none is asked for, chance picks it. */
export const readAddOns = (ctx: Context, requests: readonly AddOnRequest[] | undefined): AddOn[] =>
  (requests ?? []).map(({ addOnType, autoSnapshotAddOnRequest }) => {
    if (addOnType !== 'AutoSnapshot') throw invalidInput(`The add-on ${addOnType} is not available here.`);
    const asked = autoSnapshotAddOnRequest?.snapshotTimeOfDay;
    const hour = String(ctx.ids.bytes(1).readUInt8() % 24).padStart(2, '0');
    const snapshotTimeOfDay = asked ?? `${hour}:00`;
    if (!snapshotTimeOfDay.endsWith(':00')) {
      throw invalidInput(
        `The snapshot time ${snapshotTimeOfDay} is not valid. Automatic snapshots are taken at a full hour, such as 06:00.`,
      );
    }
    return { name: 'AutoSnapshot', nextSnapshotTimeOfDay: snapshotTimeOfDay, snapshotTimeOfDay, status: 'Enabled' };
  });

/** Throws when a resource with add-ons is deleted without a word for them (F130, F192). */
export const checkAddOnsMayGo = (
  kind: string,
  name: string,
  addOns: readonly AddOn[] | undefined,
  force?: boolean,
): void => {
  if ((addOns ?? []).length === 0 || force) return;
  throw invalidInput(
    `You cannot delete the ${kind} ${name} with addons. Specify the forceDeleteAddons parameter to delete the ${kind} and its associated addons.`,
  );
};
