import type { AddOn, AddOnRequest, AddOnType } from '../../api/generated/types.ts';
import type { Context } from '../../context.ts';
import { invalidInput } from '../../errors.ts';

export const autoSnapshot = 'AutoSnapshot' satisfies AddOnType;

/** Throws InvalidInputException for an add-on that Lateen does not have (F236). */
export const checkType = (type: AddOnType): void => {
  if (type === autoSnapshot) return;
  throw invalidInput(`The add-on ${type} is not available here.`, `The add-on that Lateen has is ${autoSnapshot}.`);
};

/** The time of day that is asked for, if one is. Throws InvalidInputException when it is no full hour (F239). */
export const readTime = ({ addOnType, autoSnapshotAddOnRequest }: AddOnRequest): string | undefined => {
  checkType(addOnType);
  const time = autoSnapshotAddOnRequest?.snapshotTimeOfDay;
  if (time === undefined || time.endsWith(':00')) return time;
  throw invalidInput(
    `The snapshot time ${time} is not valid. Automatic snapshots are taken at a full hour, such as 06:00.`,
  );
};

/** When none is asked for. */
export const anyTime = (ctx: Context): string => `${String(ctx.ids.bytes(1).readUInt8() % 24).padStart(2, '0')}:00`;

/** The add-ons that a resource is to be made with (F114, F180). Throws InvalidInputException. */
export const readAddOns = (ctx: Context, requests: readonly AddOnRequest[] = []): AddOn[] => {
  const addOns = requests.map((request) => {
    const time = readTime(request) ?? anyTime(ctx);
    return { name: request.addOnType, nextSnapshotTimeOfDay: time, snapshotTimeOfDay: time, status: 'Enabled' };
  });
  if (addOns.length > 1) throw invalidInput(`The add-on ${autoSnapshot} is asked for more than once.`);
  return addOns;
};

export const addOnOf = ({ addOns }: { readonly addOns?: readonly AddOn[] | undefined }): AddOn | undefined =>
  addOns?.find(({ name }) => name === autoSnapshot);

/** Whether it is in effect, be it only now. */
export const isOn = (addOn: AddOn | undefined): addOn is AddOn =>
  addOn?.status === 'Enabled' || addOn?.status === 'Enabling';

/** Throws when a resource with add-ons is deleted without a word for them (F130, F192). */
export const checkAddOnsMayGo = (
  kind: string,
  name: string,
  addOns: readonly AddOn[] | undefined,
  force?: boolean,
): void => {
  if (force || !isOn(addOnOf({ addOns }))) return;
  throw invalidInput(
    `You cannot delete the ${kind} ${name} with addons. Specify the forceDeleteAddons parameter to delete the ${kind} and its associated addons.`,
  );
};
