import type { RelationalDatabase } from '../../api/generated/types.ts';
import type { Catalogue, DatabaseBlueprint, DatabaseBundle, DatabaseEngine } from '../../catalogue.ts';
import { invalidInput, notFound, wrongState } from '../../errors.ts';
import type { DatabaseResource } from './noun.ts';

/** In which states what may be done (F462 to F464). */
const allowed = {
  changed: ['available'],
  deleted: ['available', 'stopped'],
  rebooted: ['available'],
  restored: ['available', 'backing-up', 'modifying', 'rebooting', 'starting', 'stopping', 'stopped'],
  snapshotted: ['available'],
  started: ['stopped'],
  stopped: ['available'],
} as const satisfies Record<string, readonly string[]>;

/** Throws InvalidInputException when the state forbids it, and for a deletion while another database is being made of this one. */
export const checkState = ({ row, body, inner }: DatabaseResource, verb: keyof typeof allowed): void => {
  const states: readonly string[] = allowed[verb];
  const state = body.state ?? 'unknown';
  if (!states.includes(state)) throw wrongState('RelationalDatabase', row.name, verb, state, states);
  if (verb === 'deleted' && inner.uses) throw inUse('RelationalDatabase', row.name);
};

export const inUse = (kind: string, name: string) =>
  invalidInput(
    `The ${kind} ${name} cannot be deleted while a database is being made from it.`,
    'Wait until the operations that use it are done.',
  );

const name = /^[A-Za-z0-9][A-Za-z0-9-]{0,253}[A-Za-z0-9]$/;

/** F454, F459, F461: narrower than names of other kinds. Throws InvalidInputException. */
export const checkName = (text: string): string => {
  if (name.test(text)) return text;
  throw invalidInput(
    `${text} is not a valid name.`,
    'Names of databases and of their snapshots have 2 to 255 letters, digits and hyphens, and neither begin nor end with a hyphen.',
  );
};

const identifier = /^[A-Za-z][A-Za-z0-9_]*$/;

const checkIdentifier = (
  what: string,
  text: string,
  longest: number,
  reserved: ReadonlySet<string>,
  engine: string,
): void => {
  if (!identifier.test(text) || text.length > longest) {
    throw invalidInput(
      `The ${what} ${text} is not valid.`,
      `With ${engine} it has 1 to ${longest} letters, digits and underscores, and begins with a letter.`,
    );
  }
  if (reserved.has(text.toLowerCase())) throw invalidInput(`The ${what} ${text} is a word that ${engine} reserves.`);
};

/** F447, F448. Throws InvalidInputException. */
export const checkMaster = (engine: DatabaseEngine, masterDatabaseName: string, masterUsername: string): void => {
  const { title } = engine;
  checkIdentifier('master database name', masterDatabaseName, engine.databaseName, engine.reservedNames, title);
  checkIdentifier('master user name', masterUsername, engine.username, engine.reservedUsernames, title);
};

const leastPassword = 8;

/** F449, F470. The password is in no text. Throws InvalidInputException. */
export const checkPassword = ({ title, password: longest }: DatabaseEngine, password: string): string => {
  if (/^[!-~]*$/.test(password) && !/[/"@]/.test(password)) {
    if (password.length >= leastPassword && password.length <= longest) return password;
  }
  throw invalidInput(
    'The master user password is not valid.',
    `With ${title} it has ${leastPassword} to ${longest} printable ASCII characters, and none of / " @ and space.`,
  );
};

/** Throws InvalidInputException. */
export const blueprintOf = ({ databaseBlueprints }: Catalogue, id: string): DatabaseBlueprint => {
  const found = databaseBlueprints.find(({ blueprintId }) => blueprintId === id);
  if (found !== undefined) return found;
  throw invalidInput(
    `The relational database blueprint ${id} does not exist.`,
    'GetRelationalDatabaseBlueprints lists those that do.',
  );
};

/** Throws InvalidInputException. */
export const bundleOf = ({ databaseBundles }: Catalogue, id: string): DatabaseBundle => {
  const found = databaseBundles.find(({ bundleId }) => bundleId === id);
  if (found !== undefined) return found;
  throw invalidInput(
    `The relational database bundle ${id} does not exist.`,
    'GetRelationalDatabaseBundles lists those that do.',
  );
};

/** F455: the data has to fit. Throws InvalidInputException. */
export const checkBundle = (bundle: DatabaseBundle, source: DatabaseBundle): void => {
  if (bundle.diskSizeInGb >= source.diskSizeInGb && bundle.ramSizeInGb >= source.ramSizeInGb) return;
  throw invalidInput(
    `The relational database bundle ${bundle.bundleId} is smaller than ${source.bundleId}.`,
    'A database from a snapshot has at least the size of its source.',
  );
};

/** The zone that was asked for, or the first one, and for a bundle of high availability the next one (F453, F483). Throws InvalidInputException. */
export const zonesOf = (
  zones: readonly string[],
  asked: string | undefined,
  bundle: DatabaseBundle,
): { readonly zone: string; readonly standbyZone: string | undefined } => {
  const place = asked === undefined ? 0 : zones.indexOf(asked);
  const zone = zones[place];
  if (zone === undefined) {
    throw invalidInput(
      `The availability zone ${asked} is not one of the Region's.`,
      `Databases can be in ${zones.join(', ')}.`,
    );
  }
  return { zone, standbyZone: isHighlyAvailable(bundle) ? zones[(place + 1) % zones.length] : undefined };
};

const isHighlyAvailable = ({ bundleId }: DatabaseBundle): boolean => bundleId.includes('_ha_');

/** How far a database can go back, and in which steps (client-expectations). */
const restorableMs = 7 * 86_400_000;
const stepMs = 300_000;
/** States in which nothing changes the data. */
const still: readonly (string | undefined)[] = ['starting', 'stopped'];

/** F484, in ms; undefined when it cannot go back. What the body holds was true when it last stopped, or had its first backup. */
export const latestRestorable = (
  { latestRestorableTime, state }: RelationalDatabase,
  now: number,
): number | undefined => {
  if (latestRestorableTime === undefined) return undefined;
  const known = latestRestorableTime * 1_000;
  return still.includes(state) ? known : Math.max(known, Math.floor(now / stepMs) * stepMs);
};

/** The moment (ms) that a database is to go back to; `restoreTime` in epoch seconds (F456, F457). Throws InvalidInputException. */
export const momentOf = (
  { row, body, inner }: DatabaseResource,
  {
    restoreTime,
    useLatestRestorableTime = false,
  }: { restoreTime?: number | undefined; useLatestRestorableTime?: boolean | undefined },
  now: number,
): number => {
  const latest = latestRestorable(body, now);
  if (latest === undefined || inner.restorableSince === undefined) {
    throw invalidInput(
      `The RelationalDatabase ${row.name} has no backups to restore from.`,
      'Enable backup retention, or make a snapshot of it.',
    );
  }
  if (useLatestRestorableTime || restoreTime === undefined) return latest;
  const earliest = Math.max(inner.restorableSince, now - restorableMs);
  const moment = restoreTime * 1_000;
  if (moment >= earliest && moment < latest) return moment;
  throw invalidInput(
    `The restore time ${restoreTime} is not valid.`,
    `It must be before the latest restorable time ${latest / 1_000}, and not before ${Math.ceil(earliest / 1_000)}.`,
  );
};

/** A version of a password that is not there. */
export const noPassword = (version: string) => notFound(`${version} master user password`);
