import type { RecordType } from '../dns/record-data.ts';

export interface ZoneRecord {
  /** Plain: lower case, no dot at the end. */
  readonly name: string;
  readonly type: RecordType;
  /** As its owner wrote it; of an alias the name of what answers. */
  readonly target: string;
  readonly isAlias: boolean;
}

export interface Zone {
  /** Plain. */
  readonly name: string;
  readonly account: string;
  /** By name. A name that only has others below it is there with none. */
  readonly records: ReadonlyMap<string, readonly ZoneRecord[]>;
}

/**
 * The zones as rows have them, for whatever serves them to the world. It asks at each query, so nobody tells it of changes, and
 * it has nothing that could be out of date.
 */
export interface Zones {
  /** The zone that answers for a plain name; undefined when there is none. */
  zoneOf(name: string): Promise<Zone | undefined>;
  /** IPv4 and IPv6 addresses of what an alias of the zone stands for; none when they are not known. */
  addressesOf(zone: Zone, target: string): Promise<readonly string[]>;
}

/** Something that serves zones. */
export interface NameServer {
  /** UDP and TCP. */
  readonly port: number;
  stop(): Promise<void>;
}
