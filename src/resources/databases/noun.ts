import type { RelationalDatabase, RelationalDatabasePasswordVersion } from '../../api/generated/types.ts';
import type { Noun, Resource } from '../resource.ts';

/** What an update changes. That there is a new password is a change; the password itself is a secret. */
export interface Changes {
  readonly password?: true | undefined;
  readonly publiclyAccessible?: boolean | undefined;
  readonly backupRetentionEnabled?: boolean | undefined;
  readonly caCertificateIdentifier?: string | undefined;
  readonly relationalDatabaseBlueprintId?: string | undefined;
}

/** What a parameter was set to, and when it was to be in force: `immediate` or `pending-reboot`. */
export interface ParameterSetting {
  readonly parameterValue: string;
  readonly applyMethod: string;
}

/** What Lateen knows of a database beside what it shows. Times in ms. */
export interface DatabaseInner {
  /** The resource of the task that looks after its windows. */
  readonly upkeep: string;
  /** When each version of the master user's password was made. */
  readonly passwords: { readonly [V in RelationalDatabasePasswordVersion]?: number | undefined };
  /** Changes that wait for the maintenance window. */
  readonly pending: Changes;
  /** The last windows of each kind that were seen to; the next one is behind them. */
  readonly seenTo: Readonly<Record<WindowKind, number>>;
  /** Since when it can go back; absent without backups. */
  readonly restorableSince?: number | undefined;
  readonly parameters: Readonly<Record<string, ParameterSetting>>;
  /** Names of those that are not in force before the next start. */
  readonly waiting: readonly string[];
  /** How many databases are being made from it: until they are, it stays. */
  readonly uses?: number | undefined;
}

export type WindowKind = 'backup' | 'maintenance';

export type DatabaseResource = Resource<RelationalDatabase, DatabaseInner>;

export const database: Noun<RelationalDatabase, DatabaseInner> = {
  kind: 'RelationalDatabase',
  shape: 'RelationalDatabase',
  state: (body) => body.state ?? 'unknown',
};
