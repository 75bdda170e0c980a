import type {
  CreateRelationalDatabaseCommandInput,
  Lightsail,
  RelationalDatabase,
  RelationalDatabaseSnapshot,
} from '@aws-sdk/client-lightsail';
import { finished } from './instances.ts';
import { succeeded } from './snapshots.ts';

export const password = 'a-long-Password';

/** The input for the smallest MySQL, unless the settings say otherwise. */
export const databaseInput = (
  relationalDatabaseName: string,
  settings: Partial<CreateRelationalDatabaseCommandInput> = {},
): CreateRelationalDatabaseCommandInput => ({
  relationalDatabaseName,
  relationalDatabaseBlueprintId: 'mysql_8_0',
  relationalDatabaseBundleId: 'micro_2_0',
  masterDatabaseName: 'shop',
  masterUsername: 'keeper',
  masterUserPassword: password,
  ...settings,
});

export const getDatabase = async (api: Lightsail, relationalDatabaseName: string): Promise<RelationalDatabase> =>
  (await api.getRelationalDatabase({ relationalDatabaseName })).relationalDatabase!;

/** One database, with its creation over. */
export const newDatabase = async (
  api: Lightsail,
  name: string,
  settings?: Partial<CreateRelationalDatabaseCommandInput>,
): Promise<RelationalDatabase> => {
  await finished(api, (await api.createRelationalDatabase(databaseInput(name, settings))).operations);
  return getDatabase(api, name);
};

export const getDatabaseSnapshot = async (api: Lightsail, name: string): Promise<RelationalDatabaseSnapshot> =>
  (await api.getRelationalDatabaseSnapshot({ relationalDatabaseSnapshotName: name })).relationalDatabaseSnapshot!;

/** Deletes it without a final snapshot. */
export const deleteDatabase = async (api: Lightsail, relationalDatabaseName: string): Promise<void> => {
  const { operations } = await api.deleteRelationalDatabase({ relationalDatabaseName, skipFinalSnapshot: true });
  await succeeded(api, operations);
};
