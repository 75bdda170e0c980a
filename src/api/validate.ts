import { ApiError, invalidName } from '../errors.ts';
import { isResourceName } from '../resource-name.ts';
import { type OperationName, type Operations, operations } from './generated/operations.ts';
import {
  type ListShape,
  type ScalarShape,
  type ShapeName,
  type StringShape,
  type StructureShape,
  shapes,
} from './generated/shapes.ts';

/**
 * Checks the parsed JSON of a request and gives a clean copy of it, without nulls and members that the model lacks.
 *
 * Throws SerializationException for a wrong type, else ValidationException for all the constraints that are broken,
 * else InvalidInputException for a bad resource name (sigv4-and-errors 2).
 */
export type Validate = <N extends OperationName>(operation: N, value: unknown) => Operations[N]['input'];

/** What the walk over a request collects; a wrong type is not collected but thrown at once. */
interface Findings {
  violations: number;
  /** The texts of the first few violations. */
  readonly texts: string[];
  badName: string | undefined;
}

/** Gives the clean copy of what stands at `path`. */
type Check = (value: unknown, path: string, findings: Findings) => unknown;

const shownViolations = 10;
const shownCharacters = 256;

/** Seconds from 1970 to the last moment that a Date can hold. */
const maxTimestamp = 8.64e12;

/** Patterns that take quadratic time as they are published, and the same in linear time. */
const linearPatterns: Readonly<Record<string, string>> = {
  '^.*\\S.*$': '^[^\\S\\n\\r\\u2028\\u2029]*\\S.*$',
};

/** What the service calls the types of JSON in its errors. */
const javaClasses: Readonly<Record<string, string>> = {
  boolean: 'java.lang.Boolean',
  number: 'com.amazon.coral.value.json.numbers.TruncatingBigNumber',
  string: 'java.lang.String',
};

/** `scalar` is the text for a scalar; lists and structures that stand in the wrong place have texts of their own. */
const misplaced = (value: unknown, scalar: string): ApiError => {
  const text = Array.isArray(value)
    ? 'Start of list found where not expected'
    : (value ?? null) === null
      ? 'Null found where not expected'
      : typeof value === 'object'
        ? 'Start of structure or map found where not expected.'
        : scalar;
  return new ApiError('SerializationException', text);
};

const inconvertible = (value: unknown, type: string): ApiError =>
  misplaced(value, `class ${javaClasses[typeof value]} can not be converted to an ${type}`);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const cut = (text: string): string => (text.length > shownCharacters ? `${text.slice(0, shownCharacters)}...` : text);

const violate = (findings: Findings, shown: string, path: string, constraint: string): void => {
  findings.violations += 1;
  if (findings.violations <= shownViolations)
    findings.texts.push(`Value ${shown} at '${path}' failed to satisfy constraint: ${constraint}`);
};

/** Texts of the bounds that `size` breaks. */
const brokenBounds = (what: 'length' | 'value', size: number, bounds: { min?: number; max?: number }): string[] => {
  const broken: string[] = [];
  const { min, max } = bounds;
  if (max !== undefined && size > max) broken.push(`Member must have ${what} less than or equal to ${max}`);
  if (min !== undefined && size < min) broken.push(`Member must have ${what} greater than or equal to ${min}`);
  return broken;
};

const codePoints = (text: string): number => {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
};

/** A function to the texts of the constraints that a string breaks; undefined when the shape has none. */
const stringConstraints = (shape: StringShape): ((value: string) => readonly string[]) | undefined => {
  const { min, max, pattern, values } = shape;
  const bounded = min !== undefined || max !== undefined;
  const allowed = values && new Set(values);
  const regex = pattern === undefined ? undefined : new RegExp(linearPatterns[pattern] ?? pattern, 'u');
  if (!bounded && !allowed && !regex) return undefined;
  return (value) => {
    const broken = bounded ? brokenBounds('length', codePoints(value), shape) : [];
    if (regex && !regex.test(value))
      broken.push(`Member must satisfy regular expression pattern: ${shape.published ?? pattern}`);
    if (allowed && !allowed.has(value)) broken.push(`Member must satisfy enum value set: [${values?.join(', ')}]`);
    return broken;
  };
};

const checkString = (shape: StringShape): Check => {
  const constraints = stringConstraints(shape);
  return (value, path, findings) => {
    if (typeof value !== 'string') throw inconvertible(value, 'String');
    if (constraints)
      for (const text of constraints(value))
        violate(findings, shape.sensitive ? "'****'" : `'${cut(value)}'`, path, text);
    return value;
  };
};

/** The service has a wider rule for these than the pattern of the model, and words of its own (constraints 1c). */
const checkResourceName: Check = (value, _path, findings) => {
  if (typeof value !== 'string') throw inconvertible(value, 'String');
  if (findings.badName === undefined && !isResourceName(value)) findings.badName = cut(value);
  return value;
};

const checkBoolean: Check = (value) => {
  if (typeof value !== 'boolean') throw inconvertible(value, 'Boolean');
  return value;
};

/** JSON has no numbers for these: the protocol writes them as strings, for float and double only. */
const specialNumbers: ReadonlyMap<unknown, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);

const numbers = {
  integer: { name: 'Integer', fits: (value: number) => (value | 0) === value },
  long: { name: 'Long', fits: Number.isSafeInteger },
  float: { name: 'Float', fits: (value: number) => Number.isFinite(Math.fround(value)), special: specialNumbers },
  double: { name: 'Double', fits: Number.isFinite, special: specialNumbers },
  timestamp: { name: 'Timestamp', fits: (value: number) => Math.abs(value) <= maxTimestamp },
};

const checkNumber = (kind: keyof typeof numbers, shape: ScalarShape): Check => {
  const { name, fits, special } = { special: undefined, ...numbers[kind] };
  return (value, path, findings) => {
    const named = special?.get(value);
    if (named !== undefined) return named;
    if (typeof value !== 'number' || !fits(value)) throw inconvertible(value, name);
    for (const text of brokenBounds('value', value, shape)) violate(findings, `'${value}'`, path, text);
    return value;
  };
};

/** A list as an error shows it: no content of structures, which may be secret, and not more than is read. */
const showList = (values: readonly unknown[], element: ShapeName): string => {
  const shape = shapes[element];
  const open = shape.kind !== 'structure' && !(shape.kind === 'string' && shape.sensitive);
  const shown = values.slice(0, shownViolations).map((value) => (open ? value : '****'));
  return `'${cut(`[${shown.join(', ')}${values.length > shown.length ? ', ...' : ''}]`)}'`;
};

const checkList = (shape: ListShape, element: Check): Check => {
  return (value, path, findings) => {
    if (!Array.isArray(value)) throw misplaced(value, 'Expected list or null');
    for (const text of brokenBounds('length', value.length, shape))
      violate(findings, showList(value, shape.member), path, text);
    return value.map((item, index) => element(item, `${path}.${index + 1}.member`, findings));
  };
};

const checkMap = (key: Check, element: Check): Check => {
  return (value, path, findings) => {
    if (!isObject(value)) throw misplaced(value, 'Expected map or null');
    // Unlike an assignment, fromEntries takes `__proto__` for a key like any other.
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => {
        key(name, `${path}.key`, findings);
        return [name, element(item, `${path}.${cut(name)}.member`, findings)];
      }),
    );
  };
};

const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

const checkStructure = (shape: StructureShape, checkOf: (name: ShapeName) => Check): Check => {
  const members = Object.entries(shape.members).map(([name, target]) => ({
    name,
    step: lowerFirst(name),
    check: checkOf(target),
    required: shape.required?.includes(name) ?? false,
  }));
  return (value, path, findings) => {
    if (!isObject(value)) throw misplaced(value, 'Expected null');
    const copy: Record<string, unknown> = {};
    for (const { name, step, check, required } of members) {
      const item = value[name];
      const at = path === '' ? step : `${path}.${step}`;
      if (item !== undefined && item !== null) copy[name] = check(item, at, findings);
      else if (required) violate(findings, 'null', at, 'Member must not be null');
    }
    return copy;
  };
};

/** Compiles shapes to checks when they are first needed, each once. */
const createCompiler = (): ((name: ShapeName) => Check) => {
  const compiled = new Map<ShapeName, Check>();
  const build = (name: ShapeName): Check => {
    const shape = shapes[name];
    if (name === 'ResourceName') return checkResourceName;
    if (shape.kind === 'structure') return checkStructure(shape, checkOf);
    if (shape.kind === 'list') return checkList(shape, checkOf(shape.member));
    if (shape.kind === 'map') return checkMap(checkOf(shape.key), checkOf(shape.value));
    if (shape.kind === 'string') return checkString(shape);
    if (shape.kind === 'boolean') return checkBoolean;
    return checkNumber(shape.kind, shape);
  };
  const checkOf = (name: ShapeName): Check => {
    const known = compiled.get(name);
    if (known) return known;
    // Stands in while the shape is built, so that a shape may hold itself.
    compiled.set(name, (value, path, findings) => check(value, path, findings));
    const check = build(name);
    compiled.set(name, check);
    return check;
  };
  return checkOf;
};

/** The checks of the model's 167 inputs. An operation's is compiled at its first request. */
export const createValidator = (): Validate => {
  const checkOf = createCompiler();
  return <N extends OperationName>(operation: N, value: unknown) => {
    const findings: Findings = { violations: 0, texts: [], badName: undefined };
    const input = checkOf(operations[operation].input)(value, '', findings);
    if (findings.violations > 0) {
      const detected = `${findings.violations} validation error${findings.violations === 1 ? '' : 's'} detected`;
      throw new ApiError('ValidationException', `${detected}: ${findings.texts.join('; ')}`);
    }
    if (findings.badName !== undefined) throw invalidName(findings.badName);
    return input as Operations[N]['input'];
  };
};
