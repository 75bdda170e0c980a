import fc from 'fast-check';
import { type OperationName, operations } from '../src/api/generated/operations.ts';
import { type ShapeName, shapes } from '../src/api/generated/shapes.ts';
import { fullInput } from './arbitrary.ts';

/** A value inside a whole input, and the way to put another in its place. */
export interface Place {
  readonly name: ShapeName;
  readonly value: unknown;
  readonly put: (value: unknown) => unknown;
  /** The key of a map, which is a string whatever is put there. */
  readonly isKey?: boolean;
}

function* placesOf(place: Place): Generator<Place> {
  yield place;
  const { name, put } = place;
  const shape = shapes[name];
  if (shape.kind === 'structure') {
    const whole = place.value as Record<string, unknown>;
    for (const [member, target] of Object.entries(shape.members))
      yield* placesOf({ name: target, value: whole[member], put: (value) => put({ ...whole, [member]: value }) });
  } else if (shape.kind === 'list') {
    const [first, ...rest] = place.value as unknown[];
    yield* placesOf({ name: shape.member, value: first, put: (value) => put([value, ...rest]) });
  } else if (shape.kind === 'map') {
    const [[key, item]] = Object.entries(place.value as object) as [[string, unknown]];
    yield* placesOf({ name: shape.value, value: item, put: (value) => put({ [key]: value }) });
    yield { name: shape.key, value: key, put: (value) => put({ [String(value)]: item }), isKey: true };
  }
}

/** Every place in a full and valid input. */
export function placesIn(operation: OperationName): Place[] {
  const [value] = fc.sample(fullInput(operation), { numRuns: 1, seed: 1 });
  return [...placesOf({ name: operations[operation].input, value, put: (whole) => whole })];
}

const wrongTypes: Readonly<Record<string, readonly unknown[]>> = {
  structure: ['x', 1, true, []],
  list: ['x', 1, true, {}],
  map: ['x', 1, true, []],
  string: [1, true, [], {}],
  boolean: ['true', 1, [], {}],
  integer: ['1', true, 1.5, 2 ** 31, [], {}],
  long: ['1', true, 1.5, 2 ** 53, [], {}],
  double: ['1', true, [], {}],
  timestamp: ['1', true, [], {}],
};

/** Values of the right type that break a constraint of the shape. */
const outOfBounds = (name: ShapeName, value: unknown): unknown[] => {
  const shape = shapes[name];
  switch (shape.kind) {
    case 'structure':
      return (shape.required ?? []).map((member) => ({ ...(value as object), [member]: null }));
    case 'list': {
      const [item] = value as unknown[];
      const lengths = [shape.max && shape.max + 1, shape.min && shape.min - 1];
      return lengths.filter((length) => length !== undefined).map((length) => Array(length).fill(item));
    }
    case 'string':
      return [
        ...(shape.max ? ['a'.repeat(shape.max + 1)] : []),
        ...(shape.min ? ['a'.repeat(shape.min - 1)] : []),
        ...(shape.pattern ? [''] : []),
        ...(shape.values ? ['no such value'] : []),
      ];
    case 'integer':
      return [shape.max && shape.max + 1, shape.min && shape.min - 1].filter((bad) => bad !== undefined);
    default:
      return [];
  }
};

/** Whole inputs with one fault at this place, and the code that tells it. */
export function* faults({ name, value, put, isKey }: Place): Generator<readonly [unknown, string]> {
  const { kind } = shapes[name];
  if (!isKey) for (const wrong of wrongTypes[kind]!) yield [put(wrong), 'SerializationException'];
  if (kind === 'list') yield [put([...(value as unknown[]), null]), 'SerializationException'];
  if (kind === 'map') yield [put({ key: null }), 'SerializationException'];
  if (name === 'ResourceName')
    for (const bad of ['', 'x', 'a b', 'x'.repeat(256)]) yield [put(bad), 'InvalidInputException'];
  else for (const bad of outOfBounds(name, value)) yield [put(bad), 'ValidationException'];
}
