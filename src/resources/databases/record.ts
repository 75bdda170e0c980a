import type { RelationalDatabase, RelationalDatabasePasswordVersion } from '../../api/generated/types.ts';
import type { Catalogue } from '../../catalogue.ts';
import type { Clock } from '../../clock.ts';
import type { DatabaseEngine, DatabaseSettings } from '../../engines/databases.ts';
import { findById } from '../../store/records/resources.ts';
import { deleteSecret, getSecret, putSecret } from '../../store/records/secrets.ts';
import type { Seal } from '../../store/seal.ts';
import type { Tx } from '../../store/store.ts';
import { readResource, saveResource } from '../resource.ts';
import { type Changes, type DatabaseInner, type DatabaseResource, database } from './noun.ts';
import { pendingActions, pendingValues, withChanges } from './view.ts';

/** Undefined once the database was deleted. */
export const findDatabase = async (tx: Tx, id: string): Promise<DatabaseResource | undefined> => {
  const row = await findById(tx, id);
  return row && readResource<RelationalDatabase, DatabaseInner>(row);
};

export const saveDatabase = (
  tx: Tx,
  found: DatabaseResource,
  body: Partial<RelationalDatabase>,
  inner: Partial<DatabaseInner> = {},
): Promise<DatabaseResource> =>
  saveResource(tx, database, found, { ...found.body, ...body }, { ...found.inner, ...inner });

/** Name of the secret: of databases, and of their snapshots. */
export const passwordSecret = (version: RelationalDatabasePasswordVersion): string => `master-password-${version}`;

/** PENDING becomes CURRENT, and CURRENT PREVIOUS (F471). Answers with when they were made. */
export const rotatePassword = async (
  tx: Tx,
  seal: Seal,
  { row, inner: { passwords } }: DatabaseResource,
): Promise<DatabaseInner['passwords']> => {
  const [current, pending] = [
    await getSecret(tx, seal, row.id, passwordSecret('CURRENT')),
    await getSecret(tx, seal, row.id, passwordSecret('PENDING')),
  ];
  if (pending === undefined || current === undefined) return passwords;
  await putSecret(tx, seal, row.id, passwordSecret('PREVIOUS'), current);
  await putSecret(tx, seal, row.id, passwordSecret('CURRENT'), pending);
  await deleteSecret(tx, row.id, passwordSecret('PENDING'));
  return { CURRENT: passwords.PENDING, PREVIOUS: passwords.CURRENT };
};

/** The change of the password is off. */
export const dropPending = async (tx: Tx, { row, inner }: DatabaseResource): Promise<DatabaseInner['passwords']> => {
  await deleteSecret(tx, row.id, passwordSecret('PENDING'));
  const { PENDING: _, ...passwords } = inner.passwords;
  return passwords;
};

/** What the row asks of the engine, once `changes` are made. */
export const settingsOf = async (
  tx: Tx,
  { seal, catalogue }: { readonly seal: Seal; readonly catalogue: Catalogue },
  { row, body, inner }: DatabaseResource,
  changes: Changes = {},
  parameters: Pick<DatabaseInner, 'parameters' | 'waiting'> = inner,
): Promise<DatabaseSettings> => {
  const password = await getSecret(tx, seal, row.id, passwordSecret(changes.password ? 'PENDING' : 'CURRENT'));
  const changed = withChanges(catalogue, body, changes);
  const all = Object.entries(parameters.parameters).map(
    ([name, { parameterValue }]) => [name, parameterValue] as const,
  );
  return {
    password: password ?? '',
    engineVersion: changed.engineVersion ?? '',
    publiclyAccessible: changed.publiclyAccessible ?? false,
    caCertificate: changed.caCertificateIdentifier ?? '',
    backups: changed.backupRetentionEnabled ?? false,
    parameters: Object.fromEntries(all.filter(([name]) => !parameters.waiting.includes(name))),
    parametersAtStart: Object.fromEntries(all),
  };
};

export const engineOf = ({ engine }: RelationalDatabase): DatabaseEngine => engine as DatabaseEngine;

/** What shows of changes that are made now and of those that wait (F481, F482). */
export const showPending = (
  { catalogue, clock }: { readonly catalogue: Catalogue; readonly clock: Clock },
  body: RelationalDatabase,
  waiting: Changes,
  now: Changes = {},
): Partial<RelationalDatabase> => ({
  pendingMaintenanceActions: pendingActions(body, waiting, clock.now()),
  pendingModifiedValues: pendingValues(catalogue, { ...waiting, ...now }),
});

/** Keeps what a database is being made from, a snapshot or another database. For each use there is a `release` to come. */
export const withUse = <I extends { readonly uses?: number | undefined }>(inner: I): I => ({
  ...inner,
  uses: (inner.uses ?? 0) + 1,
});

export const withoutUse = <I extends { readonly uses?: number | undefined }>({ uses = 1, ...inner }: I) =>
  uses > 1 ? { ...inner, uses: uses - 1 } : inner;
