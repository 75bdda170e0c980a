import type { RelationalDatabase, Tag } from '../../api/generated/types.ts';
import type { Context, Handlers } from '../../context.ts';
import type { DatabaseOrigin } from '../../engines/databases.ts';
import { invalidInput } from '../../errors.ts';
import { recordOperation, subjectOf } from '../../operations/record.ts';
import { getSecret, putSecret } from '../../store/records/secrets.ts';
import type { Tx } from '../../store/store.ts';
import type { TaskKind } from '../../tasks/task.ts';
import { databaseSnapshot } from '../database-snapshots/noun.ts';
import { addSnapshot } from '../database-snapshots/take.ts';
import { listResources } from '../list.ts';
import { idsOf } from '../load-balancers/record.ts';
import { addResource, checkQuota, getResource, saveResource } from '../resource.ts';
import { checkTags } from '../tags/rules.ts';
import { type DatabaseInner, database } from './noun.ts';
import { passwordSecret, saveDatabase, withUse } from './record.ts';
import {
  blueprintOf,
  bundleOf,
  checkBundle,
  checkMaster,
  checkName,
  checkPassword,
  checkState,
  momentOf,
  zonesOf,
} from './rules.ts';
import { createDatabase, deleteDatabase, rebootDatabase, startDatabase, stopDatabase } from './tasks.ts';
import { keepDatabase } from './upkeep.ts';
import { type NewDatabase, newDatabase, shown } from './view.ts';
import { chooseWindows } from './windows.ts';

/** A password that nobody chose: 32 characters, 192 bits strong, of letters, digits, hyphens and underscores (F469). */
export const strongPassword = (ctx: Context): string => ctx.ids.bytes(24).toString('base64url');

/** Adds the row, and orders the rest. The task that looks after it goes when it goes. */
const add = async (tx: Tx, ctx: Context, order: Omit<NewDatabase, 'id'>, password: string, from?: DatabaseOrigin) => {
  const limit = ctx.catalogue.quota('databasesPerAccount');
  await checkQuota(tx, ctx, 'RelationalDatabase', 'Databases', limit);
  const [id, upkeep, now] = [ctx.ids.uuid(), ctx.ids.uuid(), ctx.clock.now()];
  const body = newDatabase(ctx, { id, ...order });
  const inner: DatabaseInner = {
    upkeep,
    passwords: { CURRENT: now },
    pending: {},
    seenTo: { backup: now, maintenance: now },
    parameters: {},
    waiting: [],
  };
  await addResource(tx, ctx, database, id, body, inner);
  await putSecret(tx, ctx.seal, id, passwordSecret('CURRENT'), password);
  const { scope } = ctx;
  const operation = await recordOperation(tx, ctx, {
    type: ctx.operation,
    subject: subjectOf(body),
    status: 'Started',
  });
  await ctx.enqueue(tx, createDatabase, {
    scope,
    resource: id,
    input: from === undefined ? {} : { from },
    operations: idsOf([operation]),
  });
  await ctx.enqueue(tx, keepDatabase, { scope, resource: upkeep, input: { database: id } });
  return { operations: [operation] };
};

interface RestoreInput {
  readonly relationalDatabaseSnapshotName?: string | undefined;
  readonly sourceRelationalDatabaseName?: string | undefined;
  readonly restoreTime?: number | undefined;
  readonly useLatestRestorableTime?: boolean | undefined;
}

/** F456 to F458. Throws InvalidInputException unless exactly one source is named, and one moment of a database. */
const checkSource = (input: RestoreInput): void => {
  const { relationalDatabaseSnapshotName: snapshot, sourceRelationalDatabaseName: source, restoreTime } = input;
  const { useLatestRestorableTime: latest = false } = input;
  if ((snapshot === undefined) === (source === undefined)) {
    throw invalidInput(
      'Exactly one of relationalDatabaseSnapshotName and sourceRelationalDatabaseName is needed.',
      'The one names a snapshot, and the other a database to restore as it was at a moment.',
    );
  }
  if (restoreTime !== undefined && latest)
    throw invalidInput('restoreTime and useLatestRestorableTime=true cannot be together.');
  const moment = restoreTime !== undefined || latest;
  if (snapshot !== undefined && moment)
    throw invalidInput('restoreTime and useLatestRestorableTime are for a source database alone.');
  if (source !== undefined && !moment)
    throw invalidInput('restoreTime or useLatestRestorableTime=true is needed with a source database.');
};

/** What the new database is like, and has from its source. */
interface Source {
  readonly blueprintId: string;
  readonly bundleId: string;
  readonly masterDatabaseName: string;
  readonly masterUsername: string;
  readonly password: string;
  readonly from: DatabaseOrigin;
}

const useSnapshot = async (tx: Tx, ctx: Context, name: string): Promise<Source> => {
  const found = await getResource(tx, ctx.scope, databaseSnapshot, name);
  const { row, body, inner } = found;
  if (row.state !== 'available') throw invalidInput(`The RelationalDatabaseSnapshot ${name} is not available yet.`);
  await saveResource(tx, databaseSnapshot, found, body, withUse(inner));
  return {
    blueprintId: body.fromRelationalDatabaseBlueprintId ?? '',
    bundleId: body.fromRelationalDatabaseBundleId ?? '',
    masterDatabaseName: inner.masterDatabaseName,
    masterUsername: inner.masterUsername,
    password: (await getSecret(tx, ctx.seal, row.id, passwordSecret('CURRENT'))) ?? '',
    from: { snapshot: row.id },
  };
};

const useDatabase = async (tx: Tx, ctx: Context, name: string, input: RestoreInput): Promise<Source> => {
  const found = await getResource(tx, ctx.scope, database, name);
  checkState(found, 'restored');
  const { row, body, inner } = found;
  const at = momentOf(found, input, ctx.clock.now());
  // The password comes back with the data.
  const version =
    at < (inner.passwords.CURRENT ?? 0) && inner.passwords.PREVIOUS !== undefined ? 'PREVIOUS' : 'CURRENT';
  await saveResource(tx, database, found, body, withUse(inner));
  return {
    blueprintId: body.relationalDatabaseBlueprintId ?? '',
    bundleId: body.relationalDatabaseBundleId ?? '',
    masterDatabaseName: body.masterDatabaseName ?? '',
    masterUsername: body.masterUsername ?? '',
    password: (await getSecret(tx, ctx.seal, row.id, passwordSecret(version))) ?? '',
    from: { database: row.id, at },
  };
};

/** F460, F461: the name of the final snapshot; undefined when there is to be none. Throws InvalidInputException. */
const finalSnapshot = (skip: boolean, name: string | undefined): string | undefined => {
  if (skip && name !== undefined) {
    throw invalidInput('finalRelationalDatabaseSnapshotName and skipFinalSnapshot=true cannot be together.');
  }
  if (skip) return undefined;
  if (name === undefined) {
    throw invalidInput(
      'finalRelationalDatabaseSnapshotName is needed unless skipFinalSnapshot is true.',
      'Name the snapshot that is taken before the database is deleted, or skip it.',
    );
  }
  return checkName(name);
};

/** What only changes the state: from one in which it may, to one on the way. */
const simple = (ctx: Context, name: string, verb: 'started' | 'rebooted', state: string, kind: TaskKind<object>) =>
  ctx.write(async (tx) => {
    const found = await getResource(tx, ctx.scope, database, name);
    checkState(found, verb);
    await saveDatabase(tx, found, { state });
    const order = { type: ctx.operation, subject: subjectOf(found.body), status: 'Started' } as const;
    const operations = [await recordOperation(tx, ctx, order)];
    await ctx.enqueue(tx, kind, {
      scope: ctx.scope,
      resource: found.row.id,
      input: {},
      operations: idsOf(operations),
    });
    return { operations };
  });

/** The same with a snapshot before, if it has a name. */
const withSnapshot = (
  ctx: Context,
  name: string,
  snapshotName: string | undefined,
  verb: 'stopped' | 'deleted',
  state: string,
  kind: typeof stopDatabase,
) =>
  ctx.write(async (tx) => {
    const found = await getResource(tx, ctx.scope, database, name);
    checkState(found, verb);
    const taken = snapshotName === undefined ? undefined : await addSnapshot(tx, ctx, found, snapshotName);
    await saveDatabase(tx, found, { state });
    const order = { type: ctx.operation, subject: subjectOf(found.body), status: 'Started' } as const;
    const operations = [...(taken?.operations ?? []), await recordOperation(tx, ctx, order)];
    await ctx.enqueue(tx, kind, {
      scope: ctx.scope,
      resource: found.row.id,
      input: { snapshot: taken?.id, before: found.body.state ?? '' },
      operations: idsOf(operations),
    });
    return { operations };
  });

export const databases = {
  CreateRelationalDatabase: (ctx, input) => {
    const { relationalDatabaseName, masterDatabaseName, masterUsername, publiclyAccessible = false } = input;
    const name = checkName(relationalDatabaseName);
    const blueprint = blueprintOf(ctx.catalogue, input.relationalDatabaseBlueprintId);
    const bundle = bundleOf(ctx.catalogue, input.relationalDatabaseBundleId);
    const engine = ctx.catalogue.databaseEngine(blueprint.engine);
    checkMaster(engine, masterDatabaseName, masterUsername);
    const password = checkPassword(engine, input.masterUserPassword ?? strongPassword(ctx));
    const order = {
      ...{ name, blueprint, bundle, masterDatabaseName, masterUsername, publiclyAccessible },
      ...zonesOf(ctx.catalogue.zones(ctx.scope.region), input.availabilityZone, bundle),
      ...chooseWindows(input, ctx.catalogue.databaseWindows(ctx.scope.region), ctx.ids),
      tags: checkTags(input.tags),
    };
    return ctx.write((tx) => add(tx, ctx, order, password));
  },

  CreateRelationalDatabaseFromSnapshot: (ctx, input) => {
    const { relationalDatabaseName, relationalDatabaseBundleId, publiclyAccessible = false } = input;
    const name = checkName(relationalDatabaseName);
    checkSource(input);
    const tags: readonly Tag[] = checkTags(input.tags);
    const wanted = relationalDatabaseBundleId && bundleOf(ctx.catalogue, relationalDatabaseBundleId);
    const windows = chooseWindows({}, ctx.catalogue.databaseWindows(ctx.scope.region), ctx.ids);
    return ctx.write(async (tx) => {
      const { relationalDatabaseSnapshotName: snapshot, sourceRelationalDatabaseName: source = '' } = input;
      const { blueprintId, bundleId, masterDatabaseName, masterUsername, password, from } =
        snapshot === undefined ? await useDatabase(tx, ctx, source, input) : await useSnapshot(tx, ctx, snapshot);
      const least = bundleOf(ctx.catalogue, bundleId);
      const bundle = wanted || least;
      checkBundle(bundle, least);
      const order = {
        ...{ name, bundle, masterDatabaseName, masterUsername, publiclyAccessible, tags },
        blueprint: blueprintOf(ctx.catalogue, blueprintId),
        ...zonesOf(ctx.catalogue.zones(ctx.scope.region), input.availabilityZone, bundle),
        ...windows,
      };
      return add(tx, ctx, order, password, from);
    });
  },

  GetRelationalDatabase: (ctx, { relationalDatabaseName: name }) =>
    ctx.read(async (tx) => {
      const { body } = await getResource(tx, ctx.scope, database, name);
      return { relationalDatabase: shown(body, ctx.clock.now()) };
    }),

  async GetRelationalDatabases(ctx, { pageToken }) {
    const { text, nextPageToken } = await listResources(ctx, database.kind, pageToken);
    const found = JSON.parse(`[${text}]`) as RelationalDatabase[];
    return { relationalDatabases: found.map((body) => shown(body, ctx.clock.now())), nextPageToken };
  },

  DeleteRelationalDatabase: (ctx, input) => {
    const { relationalDatabaseName, skipFinalSnapshot = false, finalRelationalDatabaseSnapshotName } = input;
    const final = finalSnapshot(skipFinalSnapshot, finalRelationalDatabaseSnapshotName);
    return withSnapshot(ctx, relationalDatabaseName, final, 'deleted', 'deleting', deleteDatabase);
  },

  /** F462 */
  StartRelationalDatabase: (ctx, { relationalDatabaseName: name }) =>
    simple(ctx, name, 'started', 'starting', startDatabase),

  /** F464: what waits for a start is in force after it. */
  RebootRelationalDatabase: (ctx, { relationalDatabaseName: name }) =>
    simple(ctx, name, 'rebooted', 'rebooting', rebootDatabase),

  /** F463 */
  StopRelationalDatabase: (ctx, { relationalDatabaseName: name, relationalDatabaseSnapshotName: snapshot }) => {
    if (snapshot !== undefined) checkName(snapshot);
    return withSnapshot(ctx, name, snapshot, 'stopped', 'stopping', stopDatabase);
  },
} satisfies Handlers<
  | 'CreateRelationalDatabase'
  | 'CreateRelationalDatabaseFromSnapshot'
  | 'GetRelationalDatabase'
  | 'GetRelationalDatabases'
  | 'DeleteRelationalDatabase'
  | 'StartRelationalDatabase'
  | 'RebootRelationalDatabase'
  | 'StopRelationalDatabase'
>;
