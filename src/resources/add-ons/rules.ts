import type { AddOn, AddOnRequest, AddOnType } from '../../api/generated/types.ts';
import type { Catalogue } from '../../catalogue.ts';
import type { Context } from '../../context.ts';
import { invalidInput } from '../../errors.ts';
import type { HolderBody } from './holder.ts';
import { readIdle, wholeRule } from './idle.ts';

export const autoSnapshot = 'AutoSnapshot' satisfies AddOnType;
export const stopOnIdle = 'StopInstanceOnIdle' satisfies AddOnType;

/** In the order that they are shown in. */
export const addOnTypes = [autoSnapshot, stopOnIdle] as const;

/** Throws InvalidInputException for an add-on that such a resource does not have: only virtual computers for research stop on idle. */
export const checkMayHave = (
  catalogue: Catalogue,
  { name, resourceType, blueprintId }: HolderBody,
  type: AddOnType,
): void => {
  if (type === autoSnapshot) return;
  if (blueprintId !== undefined && catalogue.blueprint(blueprintId)?.appCategory === 'LfR') return;
  throw invalidInput(
    `The ${resourceType} ${name} cannot have the add-on ${type}.`,
    'It is for virtual computers for research: GetBlueprints with the appCategory LfR lists their blueprints.',
  );
};

/** The time of day that is asked for, if one is. Throws InvalidInputException when it is no full hour (F239). */
export const readTime = ({ autoSnapshotAddOnRequest }: AddOnRequest): string | undefined => {
  const time = autoSnapshotAddOnRequest?.snapshotTimeOfDay;
  if (time === undefined || time.endsWith(':00')) return time;
  throw invalidInput(
    `The snapshot time ${time} is not valid. Automatic snapshots are taken at a full hour, such as 06:00.`,
  );
};

/** When none is asked for. */
export const anyTime = (ctx: Context): string => `${String(ctx.ids.bytes(1).readUInt8() % 24).padStart(2, '0')}:00`;

/** The add-ons that a resource is to be made with (F114, F180). Throws InvalidInputException. */
export const readAddOns = (ctx: Context, requests: readonly AddOnRequest[] = []): AddOn[] =>
  addOnTypes.flatMap((type) => {
    const [request, again] = requests.filter(({ addOnType }) => addOnType === type);
    if (again !== undefined) throw invalidInput(`The add-on ${type} is asked for more than once.`);
    return request === undefined ? [] : { ...readAddOn(ctx, request), name: type, status: 'Enabled' };
  });

const readAddOn = (ctx: Context, request: AddOnRequest): AddOn => {
  if (request.addOnType === stopOnIdle) return wholeRule(readIdle(request.stopInstanceOnIdleRequest));
  const time = readTime(request) ?? anyTime(ctx);
  return { nextSnapshotTimeOfDay: time, snapshotTimeOfDay: time };
};

export const addOnOf = ({ addOns }: Pick<HolderBody, 'addOns'>, type: AddOnType): AddOn | undefined =>
  addOns?.find(({ name }) => name === type);

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
  if (force || !addOns?.some(isOn)) return;
  throw invalidInput(
    `You cannot delete the ${kind} ${name} with addons. Specify the forceDeleteAddons parameter to delete the ${kind} and its associated addons.`,
  );
};
