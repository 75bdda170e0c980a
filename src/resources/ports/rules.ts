import type { IpAddressType, PortInfo } from '../../api/generated/types.ts';
import { invalidInput } from '../../errors.ts';
import { normalCidr } from './cidr.ts';
import { everyone, type Opening } from './view.ts';

/** What the two numbers of a PortInfo are for each protocol (F163-F167), and what they may be. */
const protocols: Record<
  Opening['protocol'],
  { from: string; to: string; lowest: number; highest: number; ordered: boolean }
> = {
  tcp: { from: 'port', to: 'port', lowest: 0, highest: 65535, ordered: true },
  udp: { from: 'port', to: 'port', lowest: 0, highest: 65535, ordered: true },
  all: { from: 'port', to: 'port', lowest: 0, highest: 65535, ordered: true },
  icmp: { from: 'type', to: 'code', lowest: -1, highest: 255, ordered: false },
  icmpv6: { from: 'type', to: 'code', lowest: -1, highest: 255, ordered: false },
};

/** F170: the browser's SSH and RDP. */
const aliases: readonly string[] = ['lightsail-connect'];

/** Bounds of ours: the service's are not published, and a firewall beyond them is a mistake. */
const most = { openings: 250, addresses: 250 } as const;

/** Throws InvalidInputException when there are more openings, or addresses in one of them, than a firewall is for. */
export const checkCount = (openings: readonly (PortInfo | Opening)[]): void => {
  if (openings.length > most.openings) {
    throw invalidInput(
      `An instance can have at most ${most.openings} open ports, and this one would have ${openings.length}.`,
    );
  }
  for (const { cidrs = [], ipv6Cidrs = [], cidrListAliases = [] } of openings) {
    const count = cidrs.length + ipv6Cidrs.length + cidrListAliases.length;
    if (count <= most.addresses) continue;
    throw invalidInput(
      `A port can be open to at most ${most.addresses} address ranges, and this one would be to ${count}.`,
    );
  }
};

/** Reads a PortInfo as one opening. Throws InvalidInputException. */
export const readOpening = (port: PortInfo, type: IpAddressType | undefined): Opening => {
  const { protocol } = port;
  if (protocol === undefined) throw invalidInput('A port needs a protocol: tcp, udp, icmp, icmpv6 or all.');
  return { protocol, ...readNumbers(protocol, port), ...readAddresses(port, type) };
};

const readNumbers = (protocol: Opening['protocol'], port: PortInfo): { fromPort: number; toPort: number } => {
  const rule = protocols[protocol];
  if (protocol === 'all' && port.fromPort === undefined && port.toPort === undefined) {
    return { fromPort: rule.lowest, toPort: rule.highest };
  }
  const { fromPort, toPort } = port;
  if (fromPort === undefined || toPort === undefined) {
    throw invalidInput(`The protocol ${protocol} needs both fromPort (its ${rule.from}) and toPort (its ${rule.to}).`);
  }
  for (const [member, value] of Object.entries({ fromPort, toPort })) {
    if (value < rule.lowest || value > rule.highest) {
      throw invalidInput(
        `${member} ${value} is out of range for ${protocol}: it must be ${rule.lowest} to ${rule.highest}.`,
      );
    }
  }
  if (rule.ordered && fromPort > toPort) {
    throw invalidInput(`The port range ${fromPort} to ${toPort} is empty: fromPort must not be greater than toPort.`);
  }
  return { fromPort, toPort };
};

const readAddresses = (port: PortInfo, type: IpAddressType | undefined) => {
  const cidrs = (port.cidrs ?? []).map((cidr) => normalCidr(cidr, 4));
  const ipv6Cidrs = (port.ipv6Cidrs ?? []).map((cidr) => normalCidr(cidr, 6));
  const cidrListAliases = port.cidrListAliases ?? [];
  for (const alias of cidrListAliases) {
    if (!aliases.includes(alias))
      throw invalidInput(`${alias} is not a valid CIDR list alias. The only one is ${aliases.join()}.`);
  }
  if (cidrs.length + ipv6Cidrs.length + cidrListAliases.length === 0) return everyone(type);
  return { cidrs: unique(cidrs), ipv6Cidrs: unique(ipv6Cidrs), cidrListAliases: unique(cidrListAliases) };
};

const sameGate = (a: Opening, b: Opening): boolean =>
  a.protocol === b.protocol && a.fromPort === b.fromPort && a.toPort === b.toPort;

/** F160: opens one and closes none, so addresses are added to those that may come already. */
export const open = (openings: readonly Opening[], added: Opening): Opening[] => {
  const known = openings.find((opening) => sameGate(opening, added));
  if (known === undefined) return [...openings, added];
  const merged: Opening = {
    ...known,
    cidrs: unique([...known.cidrs, ...added.cidrs]),
    ipv6Cidrs: unique([...known.ipv6Cidrs, ...added.ipv6Cidrs]),
    cidrListAliases: unique([...known.cidrListAliases, ...added.cidrListAliases]),
  };
  return openings.map((opening) => (opening === known ? merged : opening));
};

/** F162. With addresses only those lose their way in; without any, everyone does. Closing what is closed changes nothing. */
export const close = (openings: readonly Opening[], closed: Opening, named: boolean): Opening[] =>
  openings.flatMap((opening) => {
    if (!sameGate(opening, closed)) return [opening];
    if (!named) return [];
    const left: Opening = {
      ...opening,
      cidrs: without(opening.cidrs, closed.cidrs),
      ipv6Cidrs: without(opening.ipv6Cidrs, closed.ipv6Cidrs),
      cidrListAliases: without(opening.cidrListAliases, closed.cidrListAliases),
    };
    return left.cidrs.length + left.ipv6Cidrs.length + left.cidrListAliases.length === 0 ? [] : [left];
  });

const unique = (values: readonly string[]): string[] => [...new Set(values)];

const without = (values: readonly string[], gone: readonly string[]): string[] =>
  values.filter((value) => !gone.includes(value));
