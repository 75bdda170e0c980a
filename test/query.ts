import { type ShapeName, shapes } from '../src/api/generated/shapes.ts';
import { signerOf } from './as-user.ts';
import { type SignOptions, sign } from './sign.ts';

/** How a caller writes an input down in a query. */
export type Style = 'member' | 'flat' | 'brackets' | 'json' | 'python';

type Pair = readonly [string, string];

const isScalar = (name: ShapeName): boolean => !['structure', 'list', 'map'].includes(shapes[name].kind);

/** What Python prints of a value. */
const python = (value: unknown): string => {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'string') {
    const escaped = value.replace(/[\\']/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
    return `'${escaped}'`;
  }
  if (Array.isArray(value)) return `[${value.map(python).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  return `{${Object.entries(value)
    .map(([key, item]) => `${python(key)}: ${python(item)}`)
    .join(', ')}}`;
};

const pairs = (name: ShapeName, value: unknown, path: string, style: Style): Pair[] => {
  const shape = shapes[name];
  const step = (to: string): string => (style === 'brackets' ? `${path}[${to}]` : `${path}.${to}`);
  const nth = (index: number, word: string): string =>
    style === 'brackets' ? step(String(index)) : step(`${style === 'member' ? `${word}.` : ''}${index + 1}`);
  if (shape.kind === 'structure') {
    const under = (member: string): string => (path === '' ? member : step(member));
    if (Object.keys(value as object).length === 0 && path !== '') return [[path, '{}']];
    return Object.entries(value as object).flatMap(([member, item]) => {
      const target = shape.members[member]!;
      if (isScalar(target) || (style !== 'json' && style !== 'python'))
        return pairs(target, item, under(member), style);
      return [[under(member), style === 'json' ? JSON.stringify(item) : python(item)] as const];
    });
  }
  if (shape.kind === 'list') {
    const items = value as readonly unknown[];
    if (items.length === 0) return [[path, '']];
    return items.flatMap((item, index) => pairs(shape.member, item, nth(index, 'member'), style));
  }
  if (shape.kind === 'map') {
    const entries = Object.entries(value as object);
    if (entries.length === 0) return [[path, '{}']];
    return entries.flatMap(([key, item], index) => {
      const at = nth(index, 'entry');
      const under = (word: string): string => (style === 'brackets' ? `${at}[${word}]` : `${at}.${word}`);
      return [[under('key'), key] as const, ...pairs(shape.value, item, under('value'), style)];
    });
  }
  return [[path, typeof value === 'boolean' && style === 'python' ? python(value) : String(value)]];
};

/** The parameters that stand for an input, in one of the ways to write them. */
export const parametersOf = (shape: ShapeName, input: object, style: Style): Pair[] => pairs(shape, input, '', style);

/** Escapes as signers do it. */
export const escaped = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

export const queryOf = (parameters: readonly Pair[]): string =>
  parameters.map(([name, value]) => `${escaped(name)}=${escaped(value)}`).join('&');

/** A signed GET of a query, and the answer. */
export const getQuery = async (query: string, options: Omit<SignOptions, 'method' | 'body'>): Promise<Response> => {
  const url = `${options.url}/?${query}`;
  const { accessKeyId, secret } = await signerOf(options, new URLSearchParams(query).get('Action') ?? '');
  return fetch(url, { headers: sign({ ...options, accessKeyId, secret, method: 'GET', url }) });
};
