import type { RelationalDatabaseSnapshot } from '../../api/generated/types.ts';
import type { Noun, Resource } from '../resource.ts';

/** What Lateen knows of a snapshot of a database beside what it shows. The password is a secret of its own. */
export interface DatabaseSnapshotInner {
  readonly masterDatabaseName: string;
  readonly masterUsername: string;
  /** How many databases are being made from it: until they are, it stays. */
  readonly uses?: number | undefined;
}

export type DatabaseSnapshotResource = Resource<RelationalDatabaseSnapshot, DatabaseSnapshotInner>;

export const databaseSnapshot: Noun<RelationalDatabaseSnapshot, DatabaseSnapshotInner> = {
  kind: 'RelationalDatabaseSnapshot',
  shape: 'RelationalDatabaseSnapshot',
  state: (body) => body.state ?? 'unknown',
};
