/** One character that must stand there, or what may: any number of characters, or any one. */
type Token = string | typeof many | typeof one;
const many = Symbol('*');
const one = Symbol('?');

/** A value with `*`, `?` and policy variables. `tokens` gives undefined when a variable has no value. */
export interface Pattern {
  readonly text: string;
  /** Whether it stands for everything. */
  readonly isAny: boolean;
  tokens(fill: Fill): readonly Token[] | undefined;
}

/** The value of a condition key, for a variable. */
export type Fill = (key: string) => string | undefined;

const variable = /\$\{\s*([^{},]+?)\s*(?:,\s*'([^']*)'\s*)?\}/y;
/** `${*}`, `${?}` and `${$}` stand for the characters themselves. */
const escapes = /\$\{([*?$])\}/y;

/**
 * Reads a pattern. What a variable stands for is taken by its letters: an asterisk in a user's name is no wildcard. Without
 * `wildcards` only variables are read, as for `StringEquals`; policies before 2012-10-17 know no `variables`.
 */
export const patternOf = (text: string, how: { wildcards: boolean; variables: boolean }): Pattern => {
  const parts: (Token | { key: string; otherwise: string | undefined })[] = [];
  for (let at = 0; at < text.length; ) {
    const escaped = how.variables ? matchAt(escapes, text, at) : null;
    const named = how.variables && escaped === null ? matchAt(variable, text, at) : null;
    if (escaped !== null) parts.push(escaped[1]!);
    else if (named !== null) parts.push({ key: named[1]!.toLowerCase(), otherwise: named[2] });
    else if (how.wildcards && text[at] === '*') parts.push(many);
    else if (how.wildcards && text[at] === '?') parts.push(one);
    else parts.push(text[at]!);
    at += (escaped ?? named)?.[0].length ?? 1;
  }
  const isFixed = parts.every((part) => typeof part !== 'object');
  return {
    text,
    isAny: parts.length > 0 && parts.every((part) => part === many),
    tokens(fill) {
      if (isFixed) return parts as readonly Token[];
      const tokens: Token[] = [];
      for (const part of parts) {
        if (typeof part !== 'object') tokens.push(part);
        else {
          const value = fill(part.key) ?? part.otherwise;
          if (value === undefined) return undefined;
          tokens.push(...value.split(''));
        }
      }
      return tokens;
    },
  };
};

const matchAt = (expression: RegExp, text: string, at: number): RegExpExecArray | null => {
  expression.lastIndex = at;
  return expression.exec(text);
};

/** Whether the whole text is what the tokens stand for. It costs the product of the lengths at most, whatever the pattern. */
export const matches = (tokens: readonly Token[], text: string): boolean => {
  let [at, token, mark, star] = [0, 0, 0, -1];
  while (at < text.length) {
    const wanted = tokens[token];
    if (wanted === many) {
      star = token++;
      mark = at;
    } else if (wanted === one || wanted === text[at]) {
      token++;
      at++;
    } else if (star >= 0) {
      token = star + 1;
      at = ++mark;
    } else return false;
  }
  while (tokens[token] === many) token++;
  return token === tokens.length;
};

/** The parts of an ARN, of which the sixth may have colons; those that are missing at the end are of any value. */
const arnParts = (tokens: readonly Token[]): readonly (readonly Token[])[] => {
  const parts: Token[][] = [[]];
  for (const token of tokens) {
    if (token === ':' && parts.length < 6) parts.push([]);
    else parts.at(-1)!.push(token);
  }
  while (parts.length < 6) parts.push([many]);
  return parts;
};

/** The same as `matches`, ready for many texts: without question marks the texts between the stars are looked for. */
const testOf = (tokens: readonly Token[]): ((text: string) => boolean) => {
  if (tokens.includes(one)) return (text) => matches(tokens, text);
  const literals = [''];
  for (const token of tokens) {
    if (token === many) literals.push('');
    else literals[literals.length - 1] += token as string;
  }
  const [first, last, between] = [literals[0]!, literals.at(-1)!, literals.slice(1, -1)];
  if (literals.length === 1) return (text) => text === first;
  return (text) => {
    const end = text.length - last.length;
    if (end < first.length || !text.startsWith(first) || !text.endsWith(last)) return false;
    let at = first.length;
    for (const literal of between) {
      const found = text.indexOf(literal, at);
      if (found < 0 || found + literal.length > end) return false;
      at = found + literal.length;
    }
    return true;
  };
};

/** Patterns without variables have the same tokens each time. */
const partsKept = new WeakMap<readonly Token[], readonly ((text: string) => boolean)[]>();

/** Part by part: no wildcard reaches over a colon, but in the last part. */
export const matchesArn = (pattern: readonly Token[], arn: string): boolean => {
  if (pattern.length === 1 && pattern[0] === many) return true;
  let wanted = partsKept.get(pattern);
  if (wanted === undefined) {
    wanted = arnParts(pattern).map(testOf);
    partsKept.set(pattern, wanted);
  }
  const given = splitArn(arn);
  return given?.every((part, i) => wanted[i]!(part)) === true;
};

const splitArn = (arn: string): readonly string[] | undefined => {
  const parts = arn.split(':');
  return parts.length < 6 ? undefined : [...parts.slice(0, 5), parts.slice(5).join(':')];
};
