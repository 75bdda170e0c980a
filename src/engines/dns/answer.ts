import { isIPv4, isIPv6 } from 'node:net';
import { lineOf, parentOf, plainName } from '../../dns/names.ts';
import { type RecordData, type RecordType, readTarget } from '../../dns/record-data.ts';
import type { Zone, ZoneRecord, Zones } from '../zones.ts';

export type Data = { readonly [T in RecordType]: { readonly type: T; readonly data: RecordData[T] } }[RecordType];

export type Answered = { readonly name: string; readonly ttl: number } & Data;

export interface Reply {
  readonly code: 'NOERROR' | 'NXDOMAIN' | 'REFUSED';
  /** Absent from a referral to other servers. */
  readonly isAuthoritative: boolean;
  readonly answers: readonly Answered[];
  readonly authorities: readonly Answered[];
  readonly additionals: readonly Answered[];
}

/** Seconds that others may keep an answer. */
const ttl = 60;

/** Names that lead to names that lead to names. */
const longestChain = 8;

const refused: Reply = { code: 'REFUSED', isAuthoritative: false, answers: [], authorities: [], additionals: [] };

/** What the zones say about a plain name, by RFC 1034 and 2308; `type` is any word for a type, or ANY. */
export const replyTo = async (zones: Zones, name: string, type: string): Promise<Reply> => {
  const zone = await zones.zoneOf(name);
  if (zone === undefined || type === 'AXFR' || type === 'IXFR') return refused;
  const answers: Answered[] = [];
  let asked = name;
  for (let i = 0; i < longestChain; i++) {
    const delegation = delegationOf(zone, asked, type);
    if (delegation.length > 0) {
      const authorities = await told(zones, zone, delegation);
      const isAuthoritative = answers.length > 0;
      return {
        code: 'NOERROR',
        isAuthoritative,
        answers,
        authorities,
        additionals: await glueOf(zones, zone, delegation),
      };
    }
    const records = recordsOf(zone, asked);
    if (records === undefined) return negative(zone, answers, 'NXDOMAIN');
    const own = records.map((record) => ({ ...record, name: asked }));
    const alias = type === 'CNAME' ? undefined : own.find((record) => record.type === 'CNAME');
    if (alias === undefined) {
      const found = await told(
        zones,
        zone,
        type === 'ANY' ? firstSetOf(own) : own.filter((record) => record.type === type),
      );
      if (found.length === 0) return negative(zone, answers, 'NOERROR');
      return { ...refused, code: 'NOERROR', isAuthoritative: true, answers: [...answers, ...found] };
    }
    answers.push(...(await told(zones, zone, [alias])));
    asked = plainName(alias.target);
    // Where it leads out of the zone, or in a circle, the one who asks goes on alone.
    if (type === 'ANY' || answers.some((answer) => answer.name === asked)) break;
    if ((await zones.zoneOf(asked))?.name !== zone.name) break;
  }
  return { ...refused, code: 'NOERROR', isAuthoritative: true, answers };
};

/** The records that a name has, or that a wildcard has for it (RFC 4592); undefined when there is no such name. */
const recordsOf = (zone: Zone, name: string): readonly ZoneRecord[] | undefined => {
  const own = zone.records.get(name);
  if (own !== undefined) return own;
  let above = parentOf(name);
  while (above !== undefined && !zone.records.has(above)) above = parentOf(above);
  return zone.records.get(`*.${above}`);
};

/** Below a name that has name servers of its own the zone says nothing more; the highest such name counts. */
const delegationOf = (zone: Zone, name: string, type: string): readonly ZoneRecord[] => {
  const below = lineOf(name).filter((each) => each.length > zone.name.length && each.endsWith(`.${zone.name}`));
  for (const each of below.reverse()) {
    const servers = (zone.records.get(each) ?? []).filter((record) => record.type === 'NS');
    if (servers.length > 0 && !(each === name && type === 'DS')) return servers;
  }
  return [];
};

/** Without the addresses of servers that lie in the zone nobody would find them. */
const glueOf = async (zones: Zones, zone: Zone, servers: readonly ZoneRecord[]): Promise<Answered[]> => {
  const records = servers.flatMap(({ target }) => zone.records.get(plainName(target)) ?? []);
  return told(
    zones,
    zone,
    records.filter(({ type }) => type === 'A' || type === 'AAAA'),
  );
};

/** A query for ANY gets one set of records and not everything (RFC 8482). */
const firstSetOf = (records: readonly ZoneRecord[]): readonly ZoneRecord[] =>
  records.filter(({ type }) => type === records[0]?.type);

/** That there is nothing may be kept for as long as the SOA says. */
const negative = (zone: Zone, answers: readonly Answered[], code: 'NOERROR' | 'NXDOMAIN'): Reply => {
  const soa = (zone.records.get(zone.name) ?? []).find(({ type }) => type === 'SOA');
  const data = soa && readTarget('SOA', soa.target);
  const authorities: Answered[] =
    data === undefined ? [] : [{ name: zone.name, ttl: Math.min(ttl, data.minimum), type: 'SOA', data }];
  return { code, isAuthoritative: true, answers, authorities, additionals: [] };
};

/** Records as they go out. An alias becomes the addresses of what it stands for. */
const told = async (zones: Zones, zone: Zone, records: readonly ZoneRecord[]): Promise<Answered[]> => {
  const all: Answered[] = [];
  for (const { name, type, target, isAlias } of records) {
    const isOfType = type === 'AAAA' ? isIPv6 : isIPv4;
    const targets = isAlias ? (await zones.addressesOf(zone, target)).filter(isOfType) : [target];
    for (const each of targets) {
      const data = readTarget(type, each);
      if (data !== undefined) all.push({ name, ttl, type, data } as Answered);
    }
  }
  return all;
};
