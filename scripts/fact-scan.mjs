/** Reads fact numbers: F12, and F12-F15 for all from the one to the other. */
const numbersIn = (text) =>
  [...text.matchAll(/\bF(\d+)(?:-F?(\d+))?\b/g)].flatMap(([, first, last = first]) =>
    range(Number(first), Number(last)),
  );

const range = (first, last) => Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);

/** A title stands in a call of test or it, or in the second call of one such as test.each(table). */
const titles = /(\b(?:test|it)(?:\.\w+)*|\))\(\s*(['"`])((?:\\.|(?!\2)[^\\])*)\2/g;

/** The facts that a test file names in the titles of its tests, but for those that are never run. */
export const testedFacts = (source) =>
  [...source.matchAll(titles)].flatMap(([, call, , title]) => (/\.(skip|todo)$/.test(call) ? [] : numbersIn(title)));

/** The facts of lines such as `F12-F14: the reason`, with or without a list mark. */
export const reasonedFacts = (text) =>
  text.split('\n').flatMap((line) => {
    const [, facts] = /^\s*(?:[-*] )?(F\d+(?:-F\d+)?): \S/.exec(line) ?? [];
    return facts === undefined ? [] : numbersIn(facts);
  });

/** [1, 2, 3, 7] is `F1-F3, F7`. */
export const compress = (numbers) => {
  const runs = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run !== undefined && number <= run.last + 1) run.last = number;
    else runs.push({ first: number, last: number });
  }
  return runs.map(({ first, last }) => (first === last ? `F${first}` : `F${first}-F${last}`)).join(', ');
};

/** What stands where, of the facts 1 to `count`. `faults` are texts about numbers that contradict each other. */
export const weigh = (tested, reasoned, count) => {
  const [withTest, withReason] = [new Set(tested), new Set(reasoned)];
  const unknown = [...withTest, ...withReason].filter((fact) => fact < 1 || fact > count);
  const both = [...withTest].filter((fact) => withReason.has(fact));
  const open = range(1, count).filter((fact) => !withTest.has(fact) && !withReason.has(fact));
  const known = (facts) => [...facts].filter((fact) => !unknown.includes(fact));
  const faults = [];
  if (unknown.length > 0) faults.push(`There is no fact ${compress(unknown)}: they run from F1 to F${count}.`);
  if (both.length > 0)
    faults.push(`Tested, and test/facts.md says they cannot be: ${compress(both)}. Take the lines out.`);
  return {
    tested: known(withTest).length,
    reasoned: known(withReason).filter((fact) => !withTest.has(fact)).length,
    open,
    faults,
  };
};
