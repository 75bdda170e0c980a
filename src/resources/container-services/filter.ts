/** Words of a pattern: a phrase in quotes is one. The sign before it says how it counts. */
const term = /(?:(-)|(\?)\s*)?(?:"([^"]+)"|([^\s"]+))/g;

/**
 * What a filter pattern lets through (F441): lines with all words, with none of those behind a minus, and with one at least of those behind a
 * question mark. Blanks, or nothing, let everything through. Upper and lower case differ.
 */
export const filterOf = (pattern = ''): ((line: string) => boolean) => {
  const words = { '': [] as string[], '-': [] as string[], '?': [] as string[] };
  const text = pattern.trim();
  // The reference prints whole patterns in quotes; with nothing but words in them they are those words.
  const bare = /^"[^"]*"$/.test(text) ? text.slice(1, -1) : text;
  for (const [, minus, mark, phrase, word] of bare.matchAll(term))
    words[(minus ?? mark ?? '') as keyof typeof words].push(phrase ?? word ?? '');
  return (line) =>
    words[''].every((word) => line.includes(word)) &&
    !words['-'].some((word) => line.includes(word)) &&
    (words['?'].length === 0 || words['?'].some((word) => line.includes(word)));
};
