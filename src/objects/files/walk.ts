import type { Cursor, Slice } from '../../store/records/objects.ts';
import type { ListRequest } from '../store.ts';

/** A place of a listing: a name, with `within` one of its versions or uploads, or a common prefix. */
interface Place {
  readonly after: string;
  readonly within?: number | string | undefined;
}

export interface Walked<R> {
  readonly rows: readonly R[];
  readonly prefixes: readonly string[];
  /** The last entry; undefined when nothing is left. */
  readonly next?: Place | undefined;
}

/** The first text behind all that begin with this one, in the order of code points, which is that of UTF-8. Undefined when there is none. */
export const behindAll = (start: string): string | undefined => {
  const points = Array.from(start, (character) => character.codePointAt(0) ?? 0);
  while (points.at(-1) === 0x10ffff) points.pop();
  const last = points.pop();
  if (last === undefined) return undefined;
  return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1);
};

const isBefore = (a: string, b: string): boolean => Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;

/** Rows that are asked for where names may have common prefixes, and behind each of those; then twice as many each time, as long as there is none. */
const firstBatch = 1;

/**
 * One page. `seek` gives rows by name from a cursor on; `withinOf` tells a row from others of its name. What lies below a common prefix is
 * jumped over, so a page costs its entries.
 */
export const walk = async <R extends { readonly name: string }>(
  { prefix = '', delimiter = '', limit, after, within }: ListRequest & Pick<Place, 'within'>,
  seek: (slice: Slice) => Promise<readonly R[]>,
  withinOf?: (row: R) => number | string,
): Promise<Walked<R>> => {
  const end = behindAll(prefix);
  const commonOf = (name: string): string | undefined => {
    const at = delimiter === '' || !name.startsWith(prefix) ? -1 : name.indexOf(delimiter, prefix.length);
    return at === -1 ? undefined : name.slice(0, at + delimiter.length);
  };
  /** Behind a common prefix and all below it; undefined when nothing can be there. */
  const jump = (common: string): Cursor | undefined => {
    const name = behindAll(common);
    return name === undefined ? undefined : { name, behind: false };
  };
  const start = (): Cursor | undefined => {
    if (after === undefined || isBefore(after, prefix)) return { name: prefix, behind: false };
    const common = commonOf(after);
    return common === undefined ? { name: after, behind: true, within } : jump(common);
  };

  const [rows, prefixes]: [R[], string[]] = [[], []];
  let last: Place | undefined;
  let from = limit === 0 ? undefined : start();
  let batch = delimiter === '' ? limit + 1 : firstBatch;
  while (from !== undefined) {
    const asked = Math.min(batch, limit + 1 - rows.length - prefixes.length);
    const found = await seek({ from, end, limit: asked });
    let jumped = false;
    for (const row of found) {
      if (rows.length + prefixes.length === limit) return { rows, prefixes, next: last };
      const common = commonOf(row.name);
      if (common !== undefined) {
        prefixes.push(common);
        last = { after: common };
        from = jump(common);
        jumped = true;
        break;
      }
      rows.push(row);
      last = { after: row.name, within: withinOf?.(row) };
      from = { name: row.name, behind: true, within: last.within };
    }
    batch = jumped ? firstBatch : batch * 2;
    if (!jumped && found.length < asked) break;
  }
  return { rows, prefixes };
};
