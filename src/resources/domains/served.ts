import type { Domain } from '../../api/generated/types.ts';
import type { FindAddresses } from '../../certificates/pointing.ts';
import type { FindCnames } from '../../certificates/proof.ts';
import { lineOf, parentOf, plainName } from '../../dns/names.ts';
import { isRecordType, type RecordType } from '../../dns/record-data.ts';
import type { Zone, ZoneRecord, Zones } from '../../engines/zones.ts';
import { findZones, type ZoneRow } from '../../store/records/zones.ts';
import type { Store } from '../../store/store.ts';
import { findAliasTarget } from './aliases.ts';

/** How many zones are kept as they were read last. */
const mostRead = 100;

/**
 * The zones of all accounts. Accounts may have zones of the same name, or one below another's: on the way from a name to the root
 * whoever came first has the say, so that nobody takes names away from somebody else's zone.
 */
export const createZones = (store: Store): Zones => {
  const read = new Map<string, { readonly body: string; readonly zone: Zone }>();
  const zoneFrom = ({ id, body, account, name }: ZoneRow): Zone => {
    const known = read.get(id);
    if (known?.body === body) return known.zone;
    const zone = { name, account, records: recordsOf(name, JSON.parse(body) as Domain) };
    read.delete(id);
    read.set(id, { body, zone });
    if (read.size > mostRead) read.delete(read.keys().next().value!);
    return zone;
  };
  return {
    async zoneOf(name) {
      const rows = await store.read((tx) => findZones(tx, lineOf(name)));
      const own = rows.filter(({ account }) => account === rows[0]?.account);
      const [nearest] = own.toSorted((a, b) => b.name.length - a.name.length);
      return nearest && zoneFrom(nearest);
    },
    addressesOf: ({ account }, target) => store.read(async (tx) => (await findAliasTarget(tx, account, target)) ?? []),
  };
};

const recordsOf = (zone: string, { domainEntries = [] }: Domain): Zone['records'] => {
  const records = new Map<string, ZoneRecord[]>([[zone, []]]);
  for (const { name = '', type = '', target = '', isAlias = false } of domainEntries) {
    if (!isRecordType(type)) continue;
    for (let each: string | undefined = name; each !== undefined && !records.has(each); each = parentOf(each))
      records.set(each, []);
    records.get(name)?.push({ name, type, target, isAlias });
  }
  return records;
};

/**
 * What the account's own zones say of a name. A zone proves something only where Lateen serves it: anybody may make a zone of any
 * name, and the second of a name proves nothing.
 */
const targetsIn =
  (zones: Zones, wanted: RecordType) =>
  async (name: string, account: string): Promise<readonly string[]> => {
    const zone = await zones.zoneOf(name);
    if (zone?.account !== account) return [];
    const records = zone.records.get(name) ?? [];
    return records.filter(({ type, isAlias }) => type === wanted && !isAlias).map(({ target }) => plainName(target));
  };

export const cnamesIn = (zones: Zones): FindCnames => targetsIn(zones, 'CNAME');
export const addressesIn = (zones: Zones): FindAddresses => targetsIn(zones, 'A');
