import type { RelationalDatabaseMetricName } from '../api/generated/types.ts';
import type { MachineSize, MetricQuery, Statistics, Unsettled } from './machine.ts';

/** What a database is to be, keyed by the id of its resource. */
export interface DatabaseSpec {
  readonly id: string;
  readonly name: string;
  readonly zone: string;
  /** Where its standby is; it has none without. */
  readonly standbyZone?: string | undefined;
  readonly engine: DatabaseEngine;
  readonly port: number;
  readonly size: MachineSize;
  readonly masterDatabaseName: string;
  readonly masterUsername: string;
  readonly settings: DatabaseSettings;
  /** What it begins as; empty without. */
  readonly from?: DatabaseOrigin | undefined;
}

export type DatabaseEngine = 'mysql' | 'postgres';

/** A snapshot by its id, or another database by its id as it was at a moment (ms of Lateen's clock). */
export type DatabaseOrigin = { readonly snapshot: string } | { readonly database: string; readonly at: number };

/** All that may change while a database is there. */
export interface DatabaseSettings {
  /** Of the master user. */
  readonly password: string;
  readonly engineVersion: string;
  readonly publiclyAccessible: boolean;
  /** Name of the certificate that it shows to its clients. */
  readonly caCertificate: string;
  /** Whether all that it needs to go back to any moment of the last days is kept. What was kept goes when it no longer is. */
  readonly backups: boolean;
  /** Values in force now, and those that wait for the next start; the engine's own defaults where there is none. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly parametersAtStart: Readonly<Record<string, string>>;
}

/** One line of a log; `at` in ms of Lateen's clock. */
export interface LogLine {
  readonly at: number;
  readonly message: string;
}

export type DatabaseMetricQuery = MetricQuery<RelationalDatabaseMetricName>;

/**
 * What makes managed databases. Every call may be repeated, and tells as long as it is not done when to be repeated. A call throws
 * `EngineRefusal` when trying again cannot help, and any other error when it can.
 */
export interface Databases {
  create(spec: DatabaseSpec): Promise<Unsettled | undefined>;
  /** Makes the settings be like these. Only a new engine version may keep clients out meanwhile. */
  change(id: string, settings: DatabaseSettings): Promise<Unsettled | undefined>;
  /** With `parametersAtStart` in force. */
  start(id: string): Promise<Unsettled | undefined>;
  stop(id: string): Promise<Unsettled | undefined>;
  /** The same; `request` tells a repeated call from a new one. */
  reboot(id: string, request: string): Promise<Unsettled | undefined>;
  /** Also of what it keeps for going back. */
  delete(id: string): Promise<void>;
  /** The daily backup that going back begins at. */
  backup(id: string, request: string): Promise<Unsettled | undefined>;
  /** Takes the database as it is, under the id of the snapshot's resource. It stays when the database goes. */
  snapshot(id: string, database: string): Promise<Unsettled | undefined>;
  deleteSnapshot(id: string): Promise<void>;
  /** Lines from `start` to before `end` (ms of Lateen's clock), oldest first. */
  logs(
    id: string,
    stream: string,
    range: { readonly start: number; readonly end: number },
  ): Promise<readonly LogLine[]>;
  /** Oldest first, and only parts with figures in them. */
  metrics(id: string, query: DatabaseMetricQuery): Promise<readonly Statistics[]>;
}
