import { ApiError } from '../errors.ts';
import { type ListShape, type MapShape, type ShapeName, type StructureShape, shapes } from './generated/shapes.ts';
import type { Pair } from './query-pairs.ts';
import { NotReadable, readLiteral, readShorthand } from './query-text.ts';
import { type Node, treeOf } from './query-tree.ts';

/**
 * The input that the parameters of a query stand for, of the shape of the operation's input: names in AWS Query's way, and all the others
 * of query-get 2. Numbers, booleans and times are read from their texts; what the shape does not know is left out. Whether the input is right is
 * for the door to say, as it is with JSON.
 *
 * Throws MissingParameter, InvalidParameterValue and InvalidQueryParameter.
 */
export const readQueryInput = (shape: ShapeName, parameters: readonly Pair[]): Record<string, unknown> =>
  ofNode(shape, treeOf(parameters), '') as Record<string, unknown>;

/** What a member that was sent empty is when it may be left out: left out. Tools write every parameter of a description down. */
const leftOut = Symbol('left out');

const ofNode = (name: ShapeName, node: Node, path: string): unknown => {
  const shape = shapes[name];
  const { values, children } = node;
  if (values.length > 0 && children.size > 0) throw ambiguous(path);
  if (children.size > 0 || (path === '' && shape.kind === 'structure')) {
    if (shape.kind === 'structure') return structure(shape, path, (member) => memberOf(shape, member, node, path));
    if (shape.kind === 'list') return listOf(shape, node, path);
    if (shape.kind === 'map') return mapOf(shape, node, path);
    throw ambiguous(path);
  }
  if (shape.kind === 'list' && values.length > 1) return values.map((value) => ofText(shape.member, value, path));
  if (values.length !== 1) throw ambiguous(path);
  return ofText(name, values[0]!, path);
};

const memberOf = (shape: StructureShape, member: string, node: Node, path: string): unknown => {
  const child = node.children.get(member);
  if (child === undefined) return leftOut;
  const isEmpty = child.values.length === 1 && child.values[0] === '' && child.children.size === 0;
  const target = shape.members[member]!;
  const { kind } = shapes[target];
  const mayGo = !shape.required?.includes(member) || kind !== 'string';
  return isEmpty && kind !== 'list' && mayGo ? leftOut : ofNode(target, child, join(path, member));
};

/** The members of the shape that `read` finds. */
const structure = (shape: StructureShape, path: string, read: (member: string) => unknown): Record<string, unknown> => {
  const found: [string, unknown][] = [];
  for (const member of Object.keys(shape.members)) {
    const value = read(member);
    if (value !== leftOut) found.push([member, value]);
    else if (shape.required?.includes(member)) {
      throw new ApiError('MissingParameter', `The request must contain the parameter ${join(path, member)}.`);
    }
  }
  return Object.fromEntries(found);
};

const index = /^[1-9]\d{0,8}$/;

/** `list.member.1`, or `list.1` where it is flat. The order is that of the indices. */
const listOf = (shape: ListShape, node: Node, path: string): unknown[] =>
  numbered(node, 'member', path).map(([step, item]) => ofNode(shape.member, item, join(path, step)));

/** `map.entry.1.key` and `map.entry.1.value`, without `entry` where it is flat; or the keys themselves. */
const mapOf = (shape: MapShape, node: Node, path: string): object => {
  const isNamed = !node.children.has('entry') && ![...node.children.keys()].every((key) => index.test(key));
  const entries = isNamed
    ? [...node.children].map(([key, value]) => [key, ofNode(shape.value, value, join(path, key))])
    : numbered(node, 'entry', path).map(([step, item]) => {
        const at = join(path, step);
        const [key, value] = [item.children.get('key'), item.children.get('value')];
        if (key === undefined || value === undefined || item.children.size > 2) throw ambiguous(at);
        return [ofNode(shape.key, key, `${at}.key`), ofNode(shape.value, value, `${at}.value`)];
      });
  return Object.fromEntries(entries);
};

const numbered = (node: Node, word: string, path: string): (readonly [string, Node])[] => {
  const only = node.children.size === 1 ? node.children.get(word) : undefined;
  const items = only?.values.length === 0 ? only.children : node.children;
  const found = [...items];
  if (!found.every(([step]) => index.test(step))) throw ambiguous(path);
  return found.sort(([a], [b]) => Number(a) - Number(b));
};

/** A value that stands in one text. */
const ofText = (name: ShapeName, text: string, path: string): unknown => {
  const shape = shapes[name];
  switch (shape.kind) {
    case 'structure':
    case 'map':
      return ofValue(name, readObject(text, path), path);
    case 'list':
      return ofValue(name, readList(shape, text, path), path);
    default:
      return scalar(name, text, path);
  }
};

const readObject = (text: string, path: string): unknown =>
  readable(path, () => (/^\s*\{/.test(text) ? readLiteral(text) : readShorthand(text)));

/** A list of texts may be written with commas alone; of anything else, one item may stand for a list of one. */
const readList = ({ member }: ListShape, text: string, path: string): unknown => {
  const trimmed = text.trim();
  if (trimmed === '') return [];
  if (/^[[(]/.test(trimmed)) return readable(path, () => readLiteral(trimmed));
  const { kind } = shapes[member];
  if (kind === 'structure' || kind === 'map') return [readObject(trimmed, path)];
  return trimmed.split(',').map((item) => item.trim());
};

const readable = (path: string, read: () => unknown): unknown => {
  try {
    return read();
  } catch (error) {
    if (error instanceof NotReadable) throw badValue(path, 'neither JSON nor shorthand such as name=value,name=value');
    throw error;
  }
};

/** A value that was read from a literal, with the texts in it made what the shape wants. What does not fit stays for the door to refuse. */
const ofValue = (name: ShapeName, value: unknown, path: string): unknown => {
  const shape = shapes[name];
  if (typeof value === 'string') return scalarOr(name, value, path);
  if (Array.isArray(value)) {
    if (shape.kind !== 'list') return value;
    return value.map((item, place) => ofValue(shape.member, item, join(path, String(place + 1))));
  }
  if (typeof value !== 'object' || value === null) return value;
  if (shape.kind === 'map') {
    const entries = Object.entries(value);
    return Object.fromEntries(entries.map(([key, item]) => [key, ofValue(shape.value, item, join(path, key))]));
  }
  if (shape.kind !== 'structure') return value;
  return structure(shape, path, (member) => {
    const item = Object.hasOwn(value, member) ? (value as Record<string, unknown>)[member] : undefined;
    const target = shape.members[member]!;
    return item === undefined || item === null ? leftOut : ofValue(target, item, join(path, member));
  });
};

/** A text inside a literal. Shorthand writes a list of one as its only item. */
const scalarOr = (name: ShapeName, text: string, path: string): unknown => {
  const shape = shapes[name];
  if (shape.kind === 'list') return [ofValue(shape.member, text, path)];
  return shape.kind === 'structure' || shape.kind === 'map' ? text : scalar(name, text, path);
};

const scalar = (name: ShapeName, text: string, path: string): unknown => {
  const { kind } = shapes[name];
  switch (kind) {
    case 'boolean':
      if (/^(true|1|yes)$/i.test(text)) return true;
      if (/^(false|0|no)$/i.test(text)) return false;
      throw badValue(path, 'neither true nor false');
    case 'integer':
    case 'long':
      if (/^[+-]?\d{1,19}$/.test(text)) return Number(text);
      throw badValue(path, 'not a whole number');
    case 'float':
    case 'double':
      if (/^[+-]?(\d{1,400}(\.\d{0,400})?|\.\d{1,400})(e[+-]?\d{1,4})?$/i.test(text)) return Number(text);
      if (/^(NaN|-?Infinity)$/.test(text)) return text;
      throw badValue(path, 'not a number');
    case 'timestamp':
      return timestamp(text, path);
    default:
      return text;
  }
};

/** `2026-11-21T10:00:00Z`, with less of it at will; without a zone it is UTC. */
const iso = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?$/i;
const epochSeconds = /^-?\d{1,15}(\.\d{1,9})?(e\d{1,2})?$/i;
const httpDate = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;

const timestamp = (text: string, path: string): number => {
  if (epochSeconds.test(text)) return Number(text);
  const match = iso.exec(text);
  const zoned = match?.[1] !== undefined && match[4] === undefined ? `${text}Z` : text;
  const ms = match !== null || httpDate.test(text) ? Date.parse(zoned) : Number.NaN;
  if (Number.isNaN(ms)) throw badValue(path, 'not a time in ISO 8601 or in seconds since 1970');
  return ms / 1000;
};

const join = (path: string, step: string): string => (path === '' ? step : `${path}.${step}`.slice(0, 256));

/** The value itself is not shown: it may be a secret. */
const badValue = (path: string, what: string): ApiError =>
  new ApiError('InvalidParameterValue', `The value of ${path} is ${what}.`);

const ambiguous = (path: string): ApiError =>
  new ApiError('InvalidQueryParameter', `The parameters of ${path} do not go together.`);
