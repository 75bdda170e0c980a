/** What a text was expected to be, and is not. */
export class NotReadable extends Error {}

/** How deep lists and objects may lie in each other. The model's inputs need five. */
const deepest = 16;

/** A text and how far it was read. */
interface Cursor {
  readonly text: string;
  at: number;
}

/**
 * The value of a literal: JSON, or what Python prints of a dictionary or a list, which is what botocore puts into a presigned URL
 * (query-get 2.3). Throws NotReadable.
 */
export const readLiteral = (text: string): unknown => whole(text, (cursor) => literal(cursor, 0));

/**
 * The object that the shorthand of the AWS CLI stands for: `fromPort=80,cidrs=[10.0.0.0/8,192.0.2.1/32]`, `a={b=c}`, and `a=1,2` for a
 * list. All that is no list or object in it is a text. Throws NotReadable.
 */
export const readShorthand = (text: string): Record<string, unknown> =>
  whole(text, (cursor) => shorthand(cursor, 0, undefined));

const whole = <T>(text: string, read: (cursor: Cursor) => T): T => {
  const cursor: Cursor = { text, at: 0 };
  const value = read(cursor);
  skipBlanks(cursor);
  if (cursor.at < text.length) throw new NotReadable();
  return value;
};

const skipBlanks = (cursor: Cursor): void => {
  while (/^[ \t\r\n]$/.test(cursor.text[cursor.at] ?? '')) cursor.at += 1;
};

/** What `pattern`, which must be sticky, finds here. */
const take = (cursor: Cursor, pattern: RegExp): string | undefined => {
  pattern.lastIndex = cursor.at;
  const found = pattern.exec(cursor.text)?.[0];
  if (found !== undefined) cursor.at += found.length;
  return found;
};

const accept = (cursor: Cursor, mark: string): boolean => {
  skipBlanks(cursor);
  if (!cursor.text.startsWith(mark, cursor.at)) return false;
  cursor.at += mark.length;
  return true;
};

const expect = (cursor: Cursor, mark: string): void => {
  if (!accept(cursor, mark)) throw new NotReadable();
};

/** Items between commas up to `end`; Python allows a comma behind the last one. */
const items = <T>(cursor: Cursor, end: string, read: () => T): T[] => {
  const found: T[] = [];
  while (!accept(cursor, end)) {
    found.push(read());
    if (!accept(cursor, ',')) {
      expect(cursor, end);
      break;
    }
  }
  return found;
};

const words: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['null', null],
  ['None', null],
  ['nan', 'NaN'],
  ['inf', 'Infinity'],
  ['NaN', 'NaN'],
  ['Infinity', 'Infinity'],
]);

const literal = (cursor: Cursor, depth: number): unknown => {
  if (depth > deepest) throw new NotReadable();
  if (accept(cursor, '{')) {
    // Unlike an assignment, fromEntries takes `__proto__` for a key like any other.
    return Object.fromEntries(
      items(cursor, '}', () => {
        const key = string(cursor);
        expect(cursor, ':');
        return [key, literal(cursor, depth + 1)];
      }),
    );
  }
  if (accept(cursor, '[')) return items(cursor, ']', () => literal(cursor, depth + 1));
  if (accept(cursor, '(')) return items(cursor, ')', () => literal(cursor, depth + 1));
  skipBlanks(cursor);
  const number = take(cursor, /-?\d+(\.\d+)?([eE][+-]?\d+)?/y);
  if (number !== undefined) return Number(number);
  const word = take(cursor, /[A-Za-z]+/y);
  if (word === undefined) return string(cursor);
  if (!words.has(word)) throw new NotReadable();
  return words.get(word);
};

const escapes: Readonly<Record<string, string>> = {
  ...{ '"': '"', "'": "'", '\\': '\\', '/': '/' },
  ...{ b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' },
};

const string = (cursor: Cursor): string => {
  skipBlanks(cursor);
  const quoted = take(cursor, /"[^"\\]*(?:\\.[^"\\]*)*"|'[^'\\]*(?:\\.[^'\\]*)*'/sy);
  if (quoted === undefined) throw new NotReadable();
  return quoted
    .slice(1, -1)
    .replace(/\\(x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)/gs, (_, escaped: string) => unescaped(escaped));
};

const unescaped = (escaped: string): string => {
  if (escaped.length === 1) {
    const plain = escapes[escaped];
    if (plain === undefined) throw new NotReadable();
    return plain;
  }
  const code = Number.parseInt(escaped.slice(1), 16);
  if (code > 0x10ffff) throw new NotReadable();
  return String.fromCodePoint(code);
};

/** Pairs up to `end`, or up to the end of the text. */
const shorthand = (cursor: Cursor, depth: number, end: string | undefined): Record<string, unknown> => {
  if (depth > deepest) throw new NotReadable();
  const pairs: [string, unknown][] = [];
  const isOver = (): boolean => (end === undefined ? cursor.at >= cursor.text.length : accept(cursor, end));
  while (!isOver()) {
    if (pairs.length > 0) expect(cursor, ',');
    skipBlanks(cursor);
    const key = take(cursor, /[^=,[\]{}\s]+(?==)/y);
    if (key === undefined) throw new NotReadable();
    cursor.at += 1;
    const values = [shorthandValue(cursor, depth)];
    // What follows without a key is another value of the same one.
    for (let more = take(cursor, another); more !== undefined; more = take(cursor, another)) {
      values.push(more.slice(1).trim());
    }
    pairs.push([key, values.length > 1 ? values : values[0]]);
  }
  return Object.fromEntries(pairs);
};

const another = /,[^=,[\]{}]+(?=[,\]}]|$)/y;

const shorthandValue = (cursor: Cursor, depth: number): unknown => {
  if (accept(cursor, '{')) return shorthand(cursor, depth + 1, '}');
  if (accept(cursor, '[')) {
    if (depth > deepest) throw new NotReadable();
    return items(cursor, ']', () => shorthandValue(cursor, depth + 1));
  }
  skipBlanks(cursor);
  if (/["']/.test(cursor.text[cursor.at] ?? '')) return string(cursor);
  return take(cursor, /[^,[\]{}]*/y)!.trimEnd();
};
