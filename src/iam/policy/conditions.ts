import { malformed } from './malformed.ts';
import { type Operator, operators } from './operators.ts';

/**
 * What a request brings to conditions: the values of a key, whose name is in lower case. Undefined is a key that the request does not
 * have; keys of several values, as `aws:tagkeys`, may have none.
 */
export type Facts = (key: string) => readonly string[] | undefined;

/** One operator on one key. */
export interface Condition {
  /** As written, `ForAnyValue:StringLike`. */
  readonly operator: string;
  /** In lower case. */
  readonly key: string;
  holds(facts: Facts): boolean;
}

/** How the values of a key of several values count. */
type Quantifier = 'ForAnyValue' | 'ForAllValues' | undefined;

/** Reads the `Condition` of a statement. Throws MalformedPolicyDocument. */
export const readConditions = (block: unknown, variables: boolean): readonly Condition[] => {
  if (block === undefined) return [];
  if (!isObject(block)) throw malformed('Condition must be an object.');
  return Object.entries(block).flatMap(([operator, keys]) => {
    if (!isObject(keys)) throw malformed(`The condition ${operator} must be an object of keys and values.`);
    return Object.entries(keys).map(([key, values]) =>
      readCondition(operator, key, textsOf(operator, values), variables),
    );
  });
};

const readCondition = (operator: string, key: string, values: readonly string[], variables: boolean): Condition => {
  const [, quantifier, name = '', ifExists] =
    /^(?:(ForAnyValue|ForAllValues):)?(\w+?)(IfExists)?$/.exec(operator) ?? [];
  if (key === '') throw malformed(`The condition ${operator} has a key without a name.`);
  const common = { operator, key: key.toLowerCase() };
  if (name === 'Null' && quantifier === undefined && ifExists === undefined) {
    return { ...common, holds: isNull(common.key, values) };
  }
  const found = Object.hasOwn(operators, name) ? operators[name] : undefined;
  if (found === undefined) throw malformed(`There is no condition operator ${operator}.`);
  return {
    ...common,
    holds: comparison(common.key, found, values, {
      quantifier: quantifier as Quantifier,
      ifExists,
      operator,
      variables,
    }),
  };
};

/** `Null: true` wants the key to be missing. */
const isNull = (key: string, values: readonly string[]): Condition['holds'] => {
  const wanted: readonly string[] = values.map((value) => value.toLowerCase());
  if (!wanted.every((value) => value === 'true' || value === 'false')) throw malformed('Null takes true or false.');
  return (facts) => wanted.some((value) => value === String(facts(key) === undefined));
};

const comparison = (
  key: string,
  operator: Operator,
  values: readonly string[],
  how: { quantifier: Quantifier; ifExists: string | undefined; operator: string; variables: boolean },
): Condition['holds'] => {
  const tests = values.map((value) => {
    const test = operator.test(value, how.variables);
    if (test === undefined) throw malformed(`${how.operator} cannot compare with ${JSON.stringify(value)}.`);
    return test;
  });
  const negated = operator.negated === true;
  return (facts) => {
    const given = facts(key);
    if (given === undefined || given.length === 0) {
      if (how.quantifier === 'ForAllValues') return true;
      return how.ifExists !== undefined || (negated && how.quantifier === undefined);
    }
    const fill = (name: string): string | undefined => single(facts(name));
    const isOne = (value: string): boolean => tests.some((test) => test(value, fill));
    if (how.quantifier === 'ForAnyValue') return given.some((value) => isOne(value) !== negated);
    if (how.quantifier === 'ForAllValues') return given.every((value) => isOne(value) !== negated);
    return given.some(isOne) !== negated;
  };
};

/** A variable stands for one value; a key of several is none. */
export const single = (values: readonly string[] | undefined): string | undefined =>
  values?.length === 1 ? values[0] : undefined;

const textsOf = (operator: string, values: unknown): readonly string[] =>
  (Array.isArray(values) ? values : [values]).map((value: unknown) => {
    if (['string', 'number', 'boolean'].includes(typeof value)) return String(value);
    throw malformed(`The condition ${operator} has a value that is no text, number or boolean.`);
  });

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
