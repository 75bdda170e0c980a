import type { RelationalDatabaseParameter } from '../../api/generated/types.ts';
import type { Catalogue, DatabaseParameter } from '../../catalogue.ts';
import { invalidInput } from '../../errors.ts';
import type { DatabaseInner, ParameterSetting } from './noun.ts';

type Settings = Readonly<Record<string, ParameterSetting>>;

const range = /^(-?\d+)-(-?\d+)$/;
const numeric: Readonly<Record<string, RegExp>> = { integer: /^-?\d+$/, float: /^-?\d+(\.\d+)?$/ };
const isFormula = (value: string): boolean => /\{DBInstance(ClassMemory|VCPU)/.test(value);

/** Whether `allowed` (values and ranges, with commas between them) has room for the value. */
const isAllowed = ({ dataType, allowedValues }: DatabaseParameter, value: string): boolean => {
  const number = numeric[dataType];
  if (number !== undefined && isFormula(value)) return true;
  if (number !== undefined && !number.test(value)) return false;
  if (allowedValues === undefined) return true;
  const values = dataType === 'list' ? value.split(',') : [value];
  const parts = allowedValues.split(',');
  return values.every((one) =>
    parts.some((part) => {
      const [, least, most] = number === undefined ? [] : (range.exec(part) ?? []);
      return least === undefined ? part === one : Number(one) >= Number(least) && Number(one) <= Number(most);
    }),
  );
};

/**
 * What a request sets, by name (F472, F473). Without a method a dynamic parameter is in force at once, and a static one after a
 * reboot. Throws InvalidInputException for what the engine does not have, or cannot have so.
 */
export const readParameters = (
  catalogue: Catalogue,
  engine: string,
  asked: readonly RelationalDatabaseParameter[],
): Settings => {
  if (asked.length === 0) throw invalidInput('At least one parameter is needed.');
  const settings: Record<string, ParameterSetting> = {};
  for (const { parameterName = '', parameterValue, applyMethod } of asked) {
    const known = catalogue.databaseParameters(engine).find((one) => one.parameterName === parameterName);
    if (known === undefined) throw invalidInput(`The engine ${engine} has no parameter ${parameterName}.`);
    if (!known.isModifiable) throw invalidInput(`The parameter ${parameterName} cannot be modified.`);
    if (parameterName in settings)
      throw invalidInput(`The parameter ${parameterName} is in the request more than once.`);
    if (parameterValue === undefined || !isAllowed(known, parameterValue)) {
      throw invalidInput(
        `The value ${parameterValue} of the parameter ${parameterName} is not valid.`,
        `It is of the type ${known.dataType}; allowed values: ${known.allowedValues ?? 'any'}.`,
      );
    }
    settings[parameterName] = { parameterValue, applyMethod: methodOf(known, applyMethod) };
  }
  return settings;
};

const methodOf = ({ parameterName, applyType }: DatabaseParameter, asked: string | undefined): string => {
  const own = applyType === 'dynamic' ? 'immediate' : 'pending-reboot';
  if (asked === undefined || asked === own || asked === 'pending-reboot') return asked ?? own;
  throw invalidInput(
    asked === 'immediate'
      ? `The parameter ${parameterName} is static, and cannot be applied at once.`
      : `The apply method ${asked} is not valid.`,
    'Apply methods are immediate, for dynamic parameters, and pending-reboot.',
  );
};

/** All of the engine's, by name, with what was set (F474, F475). */
export const parametersOf = (
  catalogue: Catalogue,
  engine: string,
  settings: Settings,
): readonly RelationalDatabaseParameter[] =>
  catalogue
    .databaseParameters(engine)
    .map((known) => ({ applyMethod: 'pending-reboot', ...known, ...settings[known.parameterName] }));

/** The settings once these are added, and which of them wait for the next start. */
export const withParameters = (
  { parameters, waiting }: Pick<DatabaseInner, 'parameters' | 'waiting'>,
  added: Settings,
): Pick<DatabaseInner, 'parameters' | 'waiting'> => ({
  parameters: { ...parameters, ...added },
  waiting: [
    ...waiting.filter((name) => !(name in added)),
    ...Object.keys(added).filter((name) => added[name]?.applyMethod === 'pending-reboot'),
  ],
});

/** F486 */
export const applyStatusOf = ({ waiting }: Pick<DatabaseInner, 'waiting'>): string =>
  waiting.length > 0 ? 'pending-reboot' : 'in-sync';
