import fc from 'fast-check';
import { type OperationName, operations } from '../src/api/generated/operations.ts';
import { type ScalarShape, type ShapeName, type StringShape, shapes } from '../src/api/generated/shapes.ts';
import { isResourceName } from '../src/resource-name.ts';

/** Any JSON that a body may hold. */
export const anyJson: fc.Arbitrary<unknown> = fc.jsonValue();

export const resourceName: fc.Arbitrary<string> = fc.stringMatching(/^\w[\w.-]{0,20}\w$/).filter(isResourceName);

const longest = 2 ** 31 - 1;

const scalar = ({ kind, min, max }: ScalarShape): fc.Arbitrary<unknown> => {
  switch (kind) {
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({ min: min ?? -longest - 1, max: max ?? longest });
    case 'long':
      return fc.maxSafeInteger();
    case 'timestamp':
      return fc.integer({ min: 0, max: 4e12 }).map((milliseconds) => milliseconds / 1000);
    default:
      return fc.double({ noNaN: true, noDefaultInfinity: true });
  }
};

const string = ({ min = 0, max = 1000, pattern, values }: StringShape): fc.Arbitrary<string> => {
  if (values) return fc.constantFrom(...values);
  if (pattern === undefined) return fc.string({ unit: 'binary', minLength: min, maxLength: Math.min(max, min + 20) });
  // A class that is repeated without end would rarely hit the length by chance.
  const bounded = pattern.replace(/^(\^\[[^\]]+\])\+\$$/, `$1{${min},${Math.min(max, min + 20)}}$`);
  return fc.stringMatching(new RegExp(bounded)).filter((text) => text.length >= min && text.length <= max);
};

/** Values that keep all constraints of a shape. `all` gives every member, else those that are not required may lack. */
const valid = (name: ShapeName, all: boolean): fc.Arbitrary<unknown> => {
  const shape = shapes[name];
  if (name === 'ResourceName') return resourceName;
  switch (shape.kind) {
    case 'structure': {
      const members = Object.entries(shape.members).map(([member, target]) => [member, valid(target, all)] as const);
      const requiredKeys = all ? Object.keys(shape.members) : [...(shape.required ?? [])];
      return fc.record(Object.fromEntries(members), { requiredKeys, noNullPrototype: true });
    }
    case 'list':
      return fc.array(valid(shape.member, all), {
        minLength: shape.min ?? (all ? 1 : 0),
        maxLength: Math.min(shape.max ?? 3, 3),
      });
    case 'map':
      return fc.dictionary(valid(shape.key, all) as fc.Arbitrary<string>, valid(shape.value, all), {
        minKeys: all ? 1 : 0,
        maxKeys: 3,
        noNullPrototype: true,
      });
    case 'string':
      return string(shape);
    default:
      return scalar(shape);
  }
};

/** Inputs of an operation that pass validation as they are. */
export const validInput = (operation: OperationName): fc.Arbitrary<object> =>
  valid(operations[operation].input, false) as fc.Arbitrary<object>;

/** The same, with every member that the model has. */
export const fullInput = (operation: OperationName): fc.Arbitrary<object> =>
  valid(operations[operation].input, true) as fc.Arbitrary<object>;
