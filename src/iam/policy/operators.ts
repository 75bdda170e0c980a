import { BlockList, isIP, isIPv4 } from 'node:net';
import { type Fill, matches, matchesArn, type Pattern, patternOf } from './glob.ts';

/** Whether one value of the request is one value of the policy. */
type Test = (given: string, fill: Fill) => boolean;

/** How an operator compares. */
export interface Operator {
  /** Makes a test of a policy's value. Gives undefined when no such value can be compared with. */
  test(value: string, variables: boolean): Test | undefined;
  /** What holds when none of the values is the request's, as `StringNotEquals`. */
  readonly negated?: boolean;
}

const byPattern =
  (wildcards: boolean, fold: (text: string) => string, same: typeof matches): Operator['test'] =>
  (value, variables) => {
    const pattern: Pattern = patternOf(fold(value), { wildcards, variables });
    return (given, fill) => {
      const tokens = pattern.tokens((key) => {
        const found = fill(key);
        return found === undefined ? undefined : fold(found);
      });
      return tokens !== undefined && same(tokens, fold(given));
    };
  };

const asIs = (text: string): string => text;
const lower = (text: string): string => text.toLowerCase();

/** Compares what both sides are read as; a request's value that cannot be read is like no other. */
const byReading =
  <T>(read: (text: string) => T | undefined, holds: (given: T, wanted: T) => boolean): Operator['test'] =>
  (value) => {
    const wanted = read(value);
    if (wanted === undefined) return undefined;
    return (given) => {
      const found = read(given);
      return found !== undefined && holds(found, wanted);
    };
  };

const numberOf = (text: string): number | undefined =>
  /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text) ? Number(text) : undefined;

/** ISO 8601 or epoch seconds, in milliseconds. */
const timeOf = (text: string): number | undefined => {
  if (/^-?\d{5,}(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const time = /^\d{4}(-\d\d(-\d\d)?)?(T.+)?$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
};

const booleanOf = (text: string): boolean | undefined =>
  ({ true: true, false: false })[text.toLowerCase()] as boolean | undefined;

const base64Of = (text: string): string | undefined =>
  /^[A-Za-z0-9+/]*={0,2}$/.test(text) ? Buffer.from(text, 'base64').toString('hex') : undefined;

/** An address, or a network as `203.0.113.0/24`; a network alone is the address. */
const byAddress: Operator['test'] = (value) => {
  const [address = '', bits, ...rest] = value.split('/');
  const family = isIP(address);
  const width = family === 4 ? 32 : 128;
  const prefix = bits === undefined ? width : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  if (family === 0 || rest.length > 0 || !(prefix <= width)) return undefined;
  const network = new BlockList();
  network.addSubnet(address, prefix, family === 4 ? 'ipv4' : 'ipv6');
  return (given) => isIP(given) !== 0 && network.check(given, isIPv4(given) ? 'ipv4' : 'ipv6');
};

const equal = (a: unknown, b: unknown): boolean => a === b;
const orders: Readonly<Record<string, (given: number, wanted: number) => boolean>> = {
  Equals: equal,
  LessThan: (given, wanted) => given < wanted,
  LessThanEquals: (given, wanted) => given <= wanted,
  GreaterThan: (given, wanted) => given > wanted,
  GreaterThanEquals: (given, wanted) => given >= wanted,
};

const ordered = (prefix: string, read: (text: string) => number | undefined): Record<string, Operator> => ({
  ...Object.fromEntries(
    Object.entries(orders).map(([name, holds]) => [prefix + name, { test: byReading(read, holds) }]),
  ),
  [`${prefix}NotEquals`]: { test: byReading(read, equal), negated: true },
});

const exact = byPattern(false, asIs, matches);
const folded = byPattern(false, lower, matches);
const like = byPattern(true, asIs, matches);
const arnLike = byPattern(true, asIs, matchesArn);

/** Every operator but `Null`, which looks at no value. */
export const operators: Readonly<Record<string, Operator>> = {
  StringEquals: { test: exact },
  StringNotEquals: { test: exact, negated: true },
  StringEqualsIgnoreCase: { test: folded },
  StringNotEqualsIgnoreCase: { test: folded, negated: true },
  StringLike: { test: like },
  StringNotLike: { test: like, negated: true },
  ...ordered('Numeric', numberOf),
  ...ordered('Date', timeOf),
  Bool: { test: byReading(booleanOf, equal) },
  BinaryEquals: { test: byReading(base64Of, equal) },
  IpAddress: { test: byAddress },
  NotIpAddress: { test: byAddress, negated: true },
  ArnEquals: { test: arnLike },
  ArnLike: { test: arnLike },
  ArnNotEquals: { test: arnLike, negated: true },
  ArnNotLike: { test: arnLike, negated: true },
};
