import { invalidInput } from '../errors.ts';

/** What a control was sent. The readers of its members throw InvalidInputException. */
export type AdminInput = Readonly<Record<string, unknown>>;

export const text = (input: AdminInput, member: string): string => {
  const value = input[member];
  if (typeof value !== 'string' || value === '') throw invalidInput(`${member} must be a text.`);
  return value;
};

export const optionalText = (input: AdminInput, member: string): string | undefined =>
  input[member] === undefined ? undefined : text(input, member);

export const whole = (input: AdminInput, member: string, fallback?: number): number => {
  const value = input[member] ?? fallback;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw invalidInput(`${member} must be a whole number that is not negative.`);
  }
  return value;
};

export const oneOf = <T extends string>(input: AdminInput, member: string, values: readonly T[]): T => {
  const value = text(input, member);
  const found = values.find((one) => one === value);
  if (found === undefined) throw invalidInput(`${member} must be ${values.join(' or ')}.`);
  return found;
};
