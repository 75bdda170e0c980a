import { createHash } from 'node:crypto';
import type {
  PendingMaintenanceAction,
  PendingModifiedRelationalDatabaseValues,
  RelationalDatabase,
  Tag,
} from '../../api/generated/types.ts';
import type { Catalogue, DatabaseBlueprint, DatabaseBundle } from '../../catalogue.ts';
import { seconds } from '../../clock.ts';
import type { Context } from '../../context.ts';
import { ownDomain } from '../../network.ts';
import { identity } from '../resource.ts';
import type { Changes } from './noun.ts';
import { blueprintOf, latestRestorable } from './rules.ts';
import { maintenanceTurns, type Windows } from './windows.ts';

export interface NewDatabase extends Windows {
  readonly id: string;
  readonly name: string;
  readonly zone: string;
  readonly standbyZone: string | undefined;
  readonly blueprint: DatabaseBlueprint;
  readonly bundle: DatabaseBundle;
  readonly masterDatabaseName: string;
  readonly masterUsername: string;
  readonly publiclyAccessible: boolean;
  readonly tags: readonly Tag[];
}

const hash = (text: string): string => createHash('sha1').update(text).digest('hex');

/** The RelationalDatabase as it goes out right after it was asked for. It has no endpoint before it is there. */
export const newDatabase = (ctx: Context, order: NewDatabase): RelationalDatabase => {
  const { id, name, zone, standbyZone, blueprint, bundle, ...rest } = order;
  return {
    ...identity(ctx, 'RelationalDatabase', id, name, zone),
    ...rest,
    backupRetentionEnabled: true,
    caCertificateIdentifier: ctx.catalogue.caCertificates[0],
    engine: blueprint.engine,
    engineVersion: blueprint.engineVersion,
    hardware: hardwareOf(bundle),
    parameterApplyStatus: 'in-sync',
    pendingMaintenanceActions: [],
    pendingModifiedValues: {},
    relationalDatabaseBlueprintId: blueprint.blueprintId,
    relationalDatabaseBundleId: bundle.bundleId,
    secondaryAvailabilityZone: standbyZone,
    state: 'creating',
    supportCode: supportCodeOf(ctx.scope.account, id),
  };
};

export const supportCodeOf = (account: string, id: string): string => `${account}/ls-${hash(id)}`;

const hardwareOf = ({ cpuCount, diskSizeInGb, ramSizeInGb }: DatabaseBundle) => ({
  cpuCount,
  diskSizeInGb,
  ramSizeInGb,
});

/** F485: a name of the database's own, below one of the account's in the Region. */
export const endpointOf = (id: string, account: string, region: string, port: number) => ({
  address: `ls-${hash(id)}.c${hash(`${account} ${region}`).slice(0, 11)}.${region}.rds.${ownDomain}`,
  port,
});

/** What is not kept, since it moves on by itself (F484). */
export const shown = (body: RelationalDatabase, now: number): RelationalDatabase => {
  const latest = latestRestorable(body, now);
  return { ...body, latestRestorableTime: latest === undefined ? undefined : seconds(latest) };
};

/** A password shows as that there is one. */
const hidden = '****';

/** F481: of changes that are under way, and of those that wait. */
export const pendingValues = (catalogue: Catalogue, changes: Changes): PendingModifiedRelationalDatabaseValues => ({
  backupRetentionEnabled: changes.backupRetentionEnabled,
  engineVersion:
    changes.relationalDatabaseBlueprintId === undefined
      ? undefined
      : blueprintOf(catalogue, changes.relationalDatabaseBlueprintId).engineVersion,
  masterUserPassword: changes.password && hidden,
});

/** F482: what the next maintenance window brings that is not a value. */
export const pendingActions = (
  { preferredMaintenanceWindow = '' }: RelationalDatabase,
  waiting: Changes,
  now: number,
): PendingMaintenanceAction[] => {
  const { caCertificateIdentifier: certificate, relationalDatabaseBlueprintId: blueprint } = waiting;
  const actions = [
    ...(certificate === undefined
      ? []
      : [{ action: 'ca-certificate-rotation', description: `Change to the certificate ${certificate}` }]),
    ...(blueprint === undefined ? [] : [{ action: 'db-upgrade', description: `Upgrade to ${blueprint}` }]),
  ];
  const currentApplyDate = seconds(maintenanceTurns(preferredMaintenanceWindow, now).next);
  return actions.map((action) => ({ ...action, currentApplyDate }));
};

/** The database with the changes made. The password is not in it. */
export const withChanges = (catalogue: Catalogue, body: RelationalDatabase, changes: Changes): RelationalDatabase => {
  const { password: _, relationalDatabaseBlueprintId: id, ...values } = changes;
  const set = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
  if (id === undefined) return { ...body, ...set };
  return {
    ...body,
    ...set,
    relationalDatabaseBlueprintId: id,
    engineVersion: blueprintOf(catalogue, id).engineVersion,
  };
};
