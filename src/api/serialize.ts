import { type ShapeName, type StructureShape, shapes } from './generated/shapes.ts';

/** Finished JSON text that goes into an answer as it is. */
export class Raw {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** `text`, in the place of a value that it is the JSON of. Lets an answer be put together from stored rows. */
export const raw = <T>(text: string): T => new Raw(text) as T;

type Write = (value: unknown) => string;

/** All that needs no escape: no quote, backslash, control character, nor surrogate, which may stand alone. */
const plain = /^[ !#-[\]-\ud7ff\ue000-\uffff]*$/;

const writeString: Write = (value) => {
  const text = value as string;
  return plain.test(text) ? `"${text}"` : JSON.stringify(text);
};

const writePlain: Write = (value) => `${value}`;

/**
 * A number as Java writes a double, which is how the service writes times, floats and doubles: 1.590771192493E9 for
 * 1590771192.493, 1.0 for 1. The protocol has strings for what is no number.
 */
const writeDouble: Write = (value) => {
  const number = value as number;
  const size = Math.abs(number);
  if (size >= 1e7 || (size < 1e-3 && size > 0)) {
    if (size === Number.POSITIVE_INFINITY) return `"${number}"`;
    const text = number.toExponential();
    const end = text.indexOf('e');
    const digits = text.slice(0, end);
    return `${digits.includes('.') ? digits : `${digits}.0`}E${text.slice(text[end + 1] === '+' ? end + 2 : end + 1)}`;
  }
  if (Number.isInteger(number)) return `${number}.0`;
  return Number.isNaN(number) ? '"NaN"' : `${number}`;
};

const emit = (write: Write, value: unknown): string =>
  typeof value === 'object' && value instanceof Raw ? value.text : write(value);

const isThere = (value: unknown): boolean => value !== undefined && value !== null;

const writeList = (element: Write): Write => {
  return (value) => {
    let text = '';
    for (const item of value as readonly unknown[])
      if (isThere(item)) text += (text === '' ? '' : ',') + emit(element, item);
    return `[${text}]`;
  };
};

const writeMap = (key: Write, element: Write): Write => {
  return (value) => {
    let text = '';
    for (const [name, item] of Object.entries(value as object))
      if (isThere(item)) text += `${text === '' ? '' : ','}${key(name)}:${emit(element, item)}`;
    return `{${text}}`;
  };
};

const writeStructure = (shape: StructureShape): Write => {
  const members = Object.entries(shape.members)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, target]) => ({ name, label: `"${name}":`, write: writerOf(target) }));
  return (value) => {
    const object = value as Readonly<Record<string, unknown>>;
    let text = '';
    for (const { name, label, write } of members) {
      const item = object[name];
      if (isThere(item)) text += (text === '' ? label : `,${label}`) + emit(write, item);
    }
    return `{${text}}`;
  };
};

const build = (name: ShapeName): Write => {
  const shape = shapes[name];
  switch (shape.kind) {
    case 'structure':
      return writeStructure(shape);
    case 'list':
      return writeList(writerOf(shape.member));
    case 'map':
      return writeMap(writerOf(shape.key), writerOf(shape.value));
    case 'string':
      return writeString;
    case 'float':
    case 'double':
    case 'timestamp':
      return writeDouble;
    default:
      return writePlain;
  }
};

const writers = new Map<ShapeName, Write>();

/** Compiled when first needed, and kept: shapes do not change. */
const writerOf = (name: ShapeName): Write => {
  const known = writers.get(name);
  if (known) return known;
  // Stands in while the shape is built: a subdomain holds subdomains.
  writers.set(name, (value) => write(value));
  const write = build(name);
  writers.set(name, write);
  return write;
};

/**
 * The JSON of `value` as the service writes it: only the members of the shape, in alphabetical order and without those
 * that are undefined or null. Values are not checked against the model.
 */
export const serialize = (shape: ShapeName, value: unknown): string => emit(writerOf(shape), value);
