import { XMLParser } from 'fast-xml-parser';
import { S3Error } from './errors.ts';

/** A parsed element: a text, or children by name, each of them as often as it stands there. */
export interface Parsed {
  readonly [name: string]: readonly (string | Parsed)[];
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  removeNSPrefix: true,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  processEntities: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  isArray: () => true,
});

/** Deeper than any document of S3. */
const deepest = 12;

/**
 * The document element of that name. Entities of its own are refused, so none can grow.
 * Throws MalformedXML.
 */
export const parseXml = (body: Buffer, name: string): Parsed => {
  const text = body.toString('utf8').replace(/^\ufeff/, '');
  if (/<!(DOCTYPE|ENTITY)/i.test(text) || depthOf(text) > deepest) throw new S3Error('MalformedXML');
  let parsed: unknown;
  try {
    parsed = parser.parse(text, true);
  } catch {
    throw new S3Error('MalformedXML');
  }
  const root = (parsed as Parsed)[name]?.[0];
  if (root === undefined || Object.hasOwn(parsed as object, '__proto__')) throw new S3Error('MalformedXML');
  return typeof root === 'string' ? {} : root;
};

const depthOf = (text: string): number => {
  let [depth, most] = [0, 0];
  for (const [tag] of text.matchAll(/<[^!?][^>]*>/g)) {
    if (tag.startsWith('</')) depth -= 1;
    else if (!tag.endsWith('/>')) depth += 1;
    most = Math.max(most, depth);
  }
  return most;
};

/** The elements of that name, those without children as empty ones. */
export const childrenOf = (parent: Parsed, name: string): readonly Parsed[] =>
  listOf(parent, name).map((child) => (typeof child === 'string' ? {} : child));

/** The text of the first element of that name; undefined when there is none. Throws MalformedXML when it has children. */
export const textOf = (parent: Parsed, name: string): string | undefined => {
  const [child] = listOf(parent, name);
  if (child === undefined) return undefined;
  if (typeof child === 'string') return unescapeXml(child);
  // Of an element with attributes the text stands beside them.
  if (Object.keys(child).every((inner) => inner === '#text' || inner.startsWith('@'))) {
    const text: unknown = child['#text'];
    return unescapeXml(Array.isArray(text) ? text.join('') : String(text ?? ''));
  }
  throw new S3Error('MalformedXML');
};

const listOf = (parent: Parsed, name: string): readonly (string | Parsed)[] =>
  Object.hasOwn(parent, name) ? parent[name]! : [];

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

const unescapeXml = (text: string): string =>
  text.replace(/&(#x[0-9a-fA-F]{1,6}|#[0-9]{1,7}|[a-zA-Z]+);/g, (whole, name: string) => {
    if (!name.startsWith('#')) return entities[name] ?? whole;
    const point = name[1] === 'x' ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff) ? String.fromCodePoint(point) : whole;
  });
