import { isIPv4, isIPv6 } from 'node:net';
import { invalidInput } from '../../errors.ts';

/**
 * One way to write a network: `192.0.2.44` is `192.0.2.44/32` (F168, F169), and bits behind the prefix are cleared.
 * Throws InvalidInputException.
 */
export const normalCidr = (text: string, family: 4 | 6): string => {
  const [address = '', prefix, ...rest] = text.split('/');
  const width = family === 4 ? 32 : 128;
  const length = prefix === undefined ? width : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
  const valid = family === 4 ? isIPv4(address) : isIPv6(address) && !address.includes('%');
  if (!valid || rest.length > 0 || !(length <= width)) throw badCidr(text, family);
  const bits = family === 4 ? ipv4Bits(address) : ipv6Bits(address);
  const host = BigInt(width - length);
  const network = (bits >> host) << host;
  return `${family === 4 ? ipv4Text(network) : ipv6Text(network)}/${length}`;
};

const badCidr = (text: string, family: 4 | 6) =>
  invalidInput(
    `${text} is not a valid IPv${family} CIDR block.`,
    family === 4
      ? 'Write an address or a network, such as 192.0.2.44 or 192.0.2.0/24.'
      : 'Write an address or a network, such as 2001:db8::1 or 2001:db8::/32.',
  );

const ipv4Bits = (text: string): bigint => text.split('.').reduce((bits, octet) => (bits << 8n) | BigInt(octet), 0n);

const ipv4Text = (bits: bigint): string => [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 0xffn).join('.');

const ipv6Bits = (text: string): bigint => {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const plain = dotted === null ? text : dotted[1] + hexOfIpv4(dotted[2]!);
  const [head = '', tail] = plain.split('::');
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const all =
    tail === undefined ? left : [...left, ...new Array<string>(8 - left.length - right.length).fill('0'), ...right];
  return all.reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
};

const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));

const hexOfIpv4 = (text: string): string => {
  const bits = ipv4Bits(text);
  return `${(bits >> 16n).toString(16)}:${(bits & 0xffffn).toString(16)}`;
};

/** RFC 5952: lower case, no leading zeros, the longest run of zero groups as `::`. */
const ipv6Text = (bits: bigint): string => {
  const all = Array.from({ length: 8 }, (_, i) => ((bits >> BigInt(16 * (7 - i))) & 0xffffn).toString(16));
  const runs = [...all.join(':').matchAll(/\b0(?::0)+\b/g)].map(([run]) => run);
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '');
  if (longest === '') return all.join(':');
  const [before = '', after = ''] = splitOnce(all.join(':'), longest);
  return `${before.replace(/:$/, '')}::${after.replace(/^:/, '')}`;
};

/** Splits at the run as whole groups: `10:0:0` must not be cut inside `10`. */
const splitOnce = (text: string, run: string): string[] => {
  const at = new RegExp(`(?<![0-9a-f])${run}(?![0-9a-f])`).exec(text)?.index ?? 0;
  return [text.slice(0, at), text.slice(at + run.length)];
};
