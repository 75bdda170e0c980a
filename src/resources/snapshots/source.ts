import type { ResourceType } from '../../api/generated/types.ts';
import type { Scope } from '../../context.ts';
import { invalidInput, notFound } from '../../errors.ts';
import { autoSnapshotsOf } from '../../store/records/auto-snapshots.ts';
import { findNamed } from '../../store/records/resources.ts';
import type { Tx } from '../../store/store.ts';
import { type Resource, readResource } from '../resource.ts';
import { type SnapshotKind, wholeState } from './snapshot.ts';

/** The members of three requests that say what of: a manual snapshot by its name, or an automatic one of a resource. */
export interface SourceInput {
  readonly restoreDate?: string | undefined;
  readonly useLatestRestorableAutoSnapshot?: boolean | undefined;
}

/** `date` is YYYY-MM-DD; the latest automatic snapshot without. */
export type Source = { readonly snapshot: string } | { readonly resource: string; readonly date: string | undefined };

type Named = Readonly<Record<string, string | undefined>>;

/**
 * Which of the two the request names, in one member each, whose names the error texts bear (F117-F120, F181-F184, F213-F217).
 * Throws InvalidInputException for none, for both, and for a date or the word for the latest where they do not belong.
 */
export const sourceOf = (manual: Named, automatic: Named, input: SourceInput): Source => {
  const [[snapshotMember, snapshot] = ['', undefined]] = Object.entries(manual);
  const [[resourceMember, resource] = ['', undefined]] = Object.entries(automatic);
  const { restoreDate, useLatestRestorableAutoSnapshot: latest = false } = input;
  if ((snapshot === undefined) === (resource === undefined)) {
    throw invalidInput(
      `Exactly one of ${snapshotMember} and ${resourceMember} is needed.`,
      `${snapshotMember} names a manual snapshot, and ${resourceMember} what an automatic one was taken of.`,
    );
  }
  if (snapshot !== undefined) {
    if (restoreDate === undefined && !latest) return { snapshot };
    throw invalidInput(
      'restoreDate and useLatestRestorableAutoSnapshot are for automatic snapshots alone.',
      `Send them with ${resourceMember}, or leave them out.`,
    );
  }
  if ((restoreDate !== undefined) === latest)
    throw invalidInput(
      'Exactly one of restoreDate and useLatestRestorableAutoSnapshot is needed for an automatic snapshot.',
    );
  if (restoreDate !== undefined) checkDate(restoreDate);
  return { resource: resource ?? '', date: restoreDate };
};

/** What operations tell of it. */
export const nameOf = (source: Source): string => ('resource' in source ? source.resource : source.snapshot);

/**
 * The automatic snapshot of one of `kinds`: of the day that is asked for, or the latest that is whole. Throws NotFoundException when
 * there is none, or no such resource.
 */
export const getAutomatic = async <Body extends object, Inner extends object>(
  tx: Tx,
  scope: Scope,
  { resource, date }: Extract<Source, { resource: string }>,
  kinds: readonly ResourceType[],
): Promise<Resource<Body, Inner>> => {
  const source = await findNamed(tx, scope, resource);
  if (source === undefined || !kinds.includes(source.kind)) throw notFound(kinds.join(' or '));
  const all = await autoSnapshotsOf(tx, source.id);
  const found = all.find(({ name, kind, state }) =>
    date === undefined ? state === wholeState[kind as SnapshotKind] : name === date,
  );
  if (found === undefined) throw notFound('AutoSnapshot');
  return readResource(found);
};

/** A day that the calendar has. */
const checkDate = (date: string): void => {
  const parsed = new Date(`${date}T00:00:00Z`);
  if (/^\d{4}-\d\d-\d\d$/.test(date) && !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(date))
    return;
  throw invalidInput(`The restore date ${date} is not valid. It must be a day in the form YYYY-MM-DD.`);
};
