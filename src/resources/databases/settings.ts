import type { UpdateRelationalDatabaseRequest } from '../../api/generated/types.ts';
import type { Catalogue } from '../../catalogue.ts';
import { seconds } from '../../clock.ts';
import type { Context, Handlers } from '../../context.ts';
import { invalidInput } from '../../errors.ts';
import { recordOperation, subjectOf } from '../../operations/record.ts';
import { pageOf } from '../../paging.ts';
import { getSecret, putSecret } from '../../store/records/secrets.ts';
import { hastenTasks } from '../../store/records/tasks.ts';
import { idsOf } from '../load-balancers/record.ts';
import { getResource } from '../resource.ts';
import { type Changes, type DatabaseInner, type DatabaseResource, database } from './noun.ts';
import { strongPassword } from './operations.ts';
import { parametersOf, readParameters } from './parameters.ts';
import { passwordSecret, saveDatabase, showPending } from './record.ts';
import { blueprintOf, checkPassword, checkState, noPassword } from './rules.ts';
import { updateDatabase, updateParameters } from './tasks.ts';
import { checkWindows } from './windows.ts';

/** F465 to F468: what may keep clients out, and so waits for the maintenance window unless it is to be at once. */
const waits: Readonly<Record<keyof Changes, boolean>> = {
  backupRetentionEnabled: true,
  caCertificateIdentifier: true,
  password: false,
  publiclyAccessible: false,
  relationalDatabaseBlueprintId: true,
};

/** Throws InvalidInputException for members that contradict each other, and for a certificate that there is not. */
const readChanges = ({ caCertificates }: Catalogue, input: UpdateRelationalDatabaseRequest): Changes => {
  const { enableBackupRetention: enable = false, disableBackupRetention: disable = false } = input;
  const { rotateMasterUserPassword: rotate = false, masterUserPassword, caCertificateIdentifier: certificate } = input;
  if (enable && disable) throw invalidInput('enableBackupRetention and disableBackupRetention cannot both be true.');
  if (rotate && masterUserPassword !== undefined)
    throw invalidInput('masterUserPassword and rotateMasterUserPassword=true cannot be together.');
  if (certificate !== undefined && !caCertificates.includes(certificate)) {
    throw invalidInput(`The certificate ${certificate} does not exist.`, `There are ${caCertificates.join(', ')}.`);
  }
  return {
    password: rotate || masterUserPassword !== undefined ? true : undefined,
    backupRetentionEnabled: enable ? true : disable ? false : undefined,
    publiclyAccessible: input.publiclyAccessible,
    caCertificateIdentifier: certificate,
    relationalDatabaseBlueprintId: input.relationalDatabaseBlueprintId,
  };
};

/** A newer version of the same engine. Throws InvalidInputException. */
const checkUpgrade = ({ body }: DatabaseResource, catalogue: Catalogue, id: string | undefined): void => {
  if (id === undefined) return;
  const [from, to] = [blueprintOf(catalogue, body.relationalDatabaseBlueprintId ?? ''), blueprintOf(catalogue, id)];
  const place = (blueprint: typeof from): number => catalogue.databaseBlueprints.indexOf(blueprint);
  if (to.engine === from.engine && place(to) >= place(from)) return;
  throw invalidInput(
    `The RelationalDatabase ${body.name} cannot be upgraded from ${from.blueprintId} to ${id}.`,
    'An upgrade is to a later version of the same engine.',
  );
};

/** What is to be changed at all, and when. */
const split = (
  { body, inner }: DatabaseResource,
  changes: Changes,
  atOnce: boolean,
): { readonly now: Changes; readonly later: Changes } => {
  const all = Object.entries({ ...inner.pending, ...definedOf(changes) }).filter(
    ([name, value]) => value !== body[name as keyof typeof body],
  );
  const isLater = ([name]: [string, unknown]): boolean => waits[name as keyof Changes] && !atOnce;
  return {
    now: Object.fromEntries(all.filter((entry) => !isLater(entry))),
    later: Object.fromEntries(all.filter(isLater)),
  };
};

/** A window that is open now was for what was asked for before it. */
const seenToOf = (
  { inner: { pending, seenTo } }: DatabaseResource,
  { preferredBackupWindow, preferredMaintenanceWindow }: UpdateRelationalDatabaseRequest,
  now: number,
): DatabaseInner['seenTo'] => ({
  backup: preferredBackupWindow === undefined ? seenTo.backup : now,
  maintenance: preferredMaintenanceWindow === undefined && Object.keys(pending).length > 0 ? seenTo.maintenance : now,
});

const definedOf = (changes: Changes): Changes =>
  Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));

export const databaseSettings = {
  /** F465 */
  UpdateRelationalDatabase: (ctx, input) => {
    const { relationalDatabaseName: name, applyImmediately = false } = input;
    const changes = readChanges(ctx.catalogue, input);
    return ctx.write(async (tx) => {
      const found = await getResource(tx, ctx.scope, database, name);
      checkState(found, 'changed');
      const { row, inner } = found;
      const engine = ctx.catalogue.databaseEngine(found.body.engine ?? '');
      checkUpgrade(found, ctx.catalogue, input.relationalDatabaseBlueprintId);
      const body = { ...found.body, ...windowsOf(found, input) };
      const moment = ctx.clock.now();
      let { passwords } = inner;
      if (changes.password) {
        const password = checkPassword(engine, input.masterUserPassword ?? strongPassword(ctx));
        await putSecret(tx, ctx.seal, row.id, passwordSecret('PENDING'), password);
        passwords = { ...passwords, PENDING: moment };
      }
      const { now, later } = split(found, changes, applyImmediately);
      const changed = { ...body, ...showPending(ctx, body, later, now), state: 'modifying' };
      const seenTo = seenToOf(found, input, moment);
      await saveDatabase(tx, found, changed, { passwords, pending: later, seenTo });
      await hastenTasks(tx, inner.upkeep, moment);
      const order = { type: ctx.operation, subject: subjectOf(body), status: 'Started' } as const;
      const operations = [await recordOperation(tx, ctx, order)];
      await ctx.enqueue(tx, updateDatabase, {
        scope: ctx.scope,
        resource: row.id,
        input: { changes: now },
        operations: idsOf(operations),
      });
      return { operations };
    });
  },

  /** F471 */
  GetRelationalDatabaseMasterUserPassword: (ctx, { relationalDatabaseName: name, passwordVersion = 'CURRENT' }) =>
    ctx.read(async (tx) => {
      const { row, inner } = await getResource(tx, ctx.scope, database, name);
      const masterUserPassword = await getSecret(tx, ctx.seal, row.id, passwordSecret(passwordVersion));
      const made = inner.passwords[passwordVersion];
      if (masterUserPassword === undefined || made === undefined) throw noPassword(passwordVersion);
      return { masterUserPassword, createdAt: seconds(made) };
    }),

  /** F475 */
  async GetRelationalDatabaseParameters(ctx, { relationalDatabaseName: name, pageToken }) {
    const { body, inner } = await ctx.read((tx) => getResource(tx, ctx.scope, database, name));
    const all = parametersOf(ctx.catalogue, body.engine ?? '', inner.parameters);
    const { items, ...next } = pageOf(ctx, callOf(ctx, name), all, pageToken);
    return { parameters: items, ...next };
  },

  /** F472 */
  UpdateRelationalDatabaseParameters: (ctx, { relationalDatabaseName: name, parameters: asked }) =>
    ctx.write(async (tx) => {
      const found = await getResource(tx, ctx.scope, database, name);
      checkState(found, 'changed');
      const parameters = readParameters(ctx.catalogue, found.body.engine ?? '', asked);
      await saveDatabase(tx, found, { parameterApplyStatus: 'applying' });
      const order = { type: ctx.operation, subject: subjectOf(found.body), status: 'Started' } as const;
      const operations = [await recordOperation(tx, ctx, order)];
      await ctx.enqueue(tx, updateParameters, {
        scope: ctx.scope,
        resource: found.row.id,
        input: { parameters },
        operations: idsOf(operations),
      });
      return { operations };
    }),
} satisfies Handlers<
  | 'UpdateRelationalDatabase'
  | 'GetRelationalDatabaseMasterUserPassword'
  | 'GetRelationalDatabaseParameters'
  | 'UpdateRelationalDatabaseParameters'
>;

const callOf = ({ operation, scope }: Context, name: string): string =>
  [operation, scope.account, scope.region, name].join(' ');

/** The windows that are asked for, beside the one that stays. Throws InvalidInputException. */
const windowsOf = ({ body }: DatabaseResource, input: UpdateRelationalDatabaseRequest) => {
  const {
    preferredBackupWindow = body.preferredBackupWindow ?? '',
    preferredMaintenanceWindow = body.preferredMaintenanceWindow ?? '',
  } = input;
  checkWindows(preferredBackupWindow, preferredMaintenanceWindow);
  return { preferredBackupWindow, preferredMaintenanceWindow };
};
