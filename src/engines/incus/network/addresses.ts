import { isIP } from 'node:net';
import { EngineRefusal } from '../../machine.ts';

/** The address in its shortest form, in small letters: two that are equal read equal. Throws EngineRefusal when it is none of `version`. */
export const address = (text: string, version: 4 | 6): string => {
  if (isIP(text) !== version || text.includes('%')) throw new EngineRefusal(`${text} is not an IPv${version} address`);
  return version === 4 ? text : new URL(`http://[${text}]`).hostname.slice(1, -1);
};

/** An address, or a network as `address/length`. Throws EngineRefusal. */
export const cidr = (text: string, version: 4 | 6): string => {
  const [ip = '', length, ...rest] = text.split('/');
  const longest = version === 4 ? 32 : 128;
  if (length === undefined) return address(ip, version);
  if (!/^\d{1,3}$/.test(length) || Number(length) > longest || rest.length > 0)
    throw new EngineRefusal(`${text} is not an IPv${version} network`);
  return `${address(ip, version)}/${Number(length)}`;
};

/** What a socket says of its other end: IPv4 also where it is written as IPv6. Undefined when it has gone already. */
export const peer = (text: string | undefined): string | undefined => {
  const plain = text?.replace(/^::ffff:(?=\d+\.)/, '').replace(/%.*$/, '') ?? '';
  const version = isIP(plain);
  return version === 0 ? undefined : address(plain, version as 4 | 6);
};
