import { ApiError } from '../errors.ts';
import type { Pair } from './query-pairs.ts';

/** What stands under one name of a query: the values that it has itself, and the names below it. */
export interface Node {
  readonly values: string[];
  /** In order of arrival. Keys are whatever the client sent, so this is no object. */
  readonly children: Map<string, Node>;
}

/** How deep names may lie in each other. The model's inputs need twelve: a map of structures with lists. */
const deepest = 16;

const newNode = (): Node => ({ values: [], children: new Map() });

/**
 * Sorts parameters by their names: `a.member.1.b`, and `a[0][b]` for the same. A bracket counts from 0 and a dot from 1; `a[]` is
 * another value of `a`. Throws InvalidQueryParameter for names that are no such thing.
 */
export const treeOf = (pairs: readonly Pair[]): Node => {
  const root = newNode();
  for (const [name, value] of pairs) {
    const steps = stepsOf(name);
    let node = root;
    for (const step of steps) {
      let next = node.children.get(step);
      if (next === undefined) {
        next = newNode();
        node.children.set(step, next);
      }
      node = next;
    }
    node.values.push(value);
  }
  return root;
};

const plainName = /^[^.[\]]+$/;
const step = /\.([^.[\]]+)|\[([^[\]]*)\]/y;

const stepsOf = (name: string): string[] => {
  if (plainName.test(name)) return [name];
  const [first = ''] = /^[^.[\]]*/.exec(name)!;
  const steps = [first];
  step.lastIndex = first.length;
  let at = first.length;
  while (at < name.length && steps.length <= deepest) {
    const found = step.exec(name);
    if (found === null) break;
    at = step.lastIndex;
    const [, dotted, bracketed] = found;
    // The last pair of brackets may be empty: it says that there is a list, and the value is one of its items.
    if (bracketed === '' && at === name.length) return steps;
    steps.push(dotted ?? (/^\d{1,9}$/.test(bracketed!) ? String(Number(bracketed) + 1) : bracketed!));
  }
  if (first === '' || at < name.length || steps.includes('') || steps.length > deepest) throw badName(name);
  return steps;
};

const badName = (name: string): ApiError =>
  new ApiError('InvalidQueryParameter', `${name.slice(0, 64)} is not the name of a parameter.`);
