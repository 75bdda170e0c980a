import type { DiskSnapshot, InstanceSnapshot, ResourceLocation } from '../../api/generated/types.ts';
import type { Scope } from '../../context.ts';
import { notFound, wrongState } from '../../errors.ts';
import {
  type AutoSnapshotRow,
  deleteAutoSnapshot,
  findAutoSnapshot,
  updateAutoSnapshot,
} from '../../store/records/auto-snapshots.ts';
import { deleteResource, findById, findNamed, type ResourceRow } from '../../store/records/resources.ts';
import type { Tx } from '../../store/store.ts';
import { diskSnapshot } from '../disk-snapshots/noun.ts';
import { instanceSnapshot } from '../instance-snapshots/noun.ts';
import { type Noun, type Resource, readResource, saveResource, textsOf } from '../resource.ts';

/** What Lateen knows of a snapshot beside what it shows. */
export interface SnapshotInner {
  /** How many instances, disks and exports are being made from it: until they are, it stays. */
  readonly uses?: number | undefined;
}

export type SnapshotKind = 'InstanceSnapshot' | 'DiskSnapshot';

/** What both kinds show. */
export type SnapshotBody = Omit<InstanceSnapshot & DiskSnapshot, 'state'> & {
  readonly state?: string | undefined;
  readonly location?: ResourceLocation | undefined;
};

export type SnapshotResource = Resource<SnapshotBody, SnapshotInner>;

const nouns: Readonly<Record<SnapshotKind, Noun<SnapshotBody, SnapshotInner>>> = {
  DiskSnapshot: diskSnapshot as Noun<SnapshotBody, SnapshotInner>,
  InstanceSnapshot: instanceSnapshot as Noun<SnapshotBody, SnapshotInner>,
};

/** The state of a snapshot that holds all it is to hold (F201, F208). */
export const wholeState: Readonly<Record<SnapshotKind, string>> = {
  DiskSnapshot: 'completed',
  InstanceSnapshot: 'available',
};

const isSnapshot = (row: ResourceRow): row is ResourceRow & { kind: SnapshotKind } => row.kind in nouns;

export const kindOf = ({ row }: SnapshotResource): SnapshotKind => {
  if (!isSnapshot(row)) throw new Error(`a ${row.kind} is no snapshot`);
  return row.kind;
};

/** The resource that an automatic snapshot was taken of, by its id; undefined for a manual one. */
export const sourceIdOf = ({ row }: SnapshotResource): string | undefined => (row as Partial<AutoSnapshotRow>).source;

/** What the texts of errors call it. */
export const labelOf = (found: SnapshotResource): string =>
  sourceIdOf(found) === undefined ? kindOf(found) : 'AutoSnapshot';

export const nounOfKind = (kind: SnapshotKind): Noun<SnapshotBody, SnapshotInner> => nouns[kind];

export const nounOfSnapshot = (found: SnapshotResource): Noun<SnapshotBody, SnapshotInner> => nounOfKind(kindOf(found));

/** A snapshot of either kind. Throws NotFoundException. */
export const getSnapshot = async (tx: Tx, scope: Scope, name: string): Promise<SnapshotResource> => {
  const row = await findNamed(tx, scope, name);
  if (row === undefined || !isSnapshot(row)) throw notFound('Snapshot');
  return readResource(row);
};

/** A snapshot of either kind, manual or automatic. Undefined once it is gone. */
export const findSnapshot = async (tx: Tx, id: string): Promise<SnapshotResource | undefined> => {
  const row = (await findById(tx, id)) ?? (await findAutoSnapshot(tx, id));
  return row && readResource<SnapshotBody, SnapshotInner>(row);
};

export const saveSnapshot = async (
  tx: Tx,
  found: SnapshotResource,
  body: SnapshotBody,
  inner = found.inner,
): Promise<SnapshotResource> => {
  const noun = nounOfSnapshot(found);
  if (sourceIdOf(found) === undefined) return saveResource(tx, noun, found, body, inner);
  const row = { ...found.row, ...textsOf(noun, body, inner) };
  await updateAutoSnapshot(tx, row);
  return { row, body, inner };
};

/** Deletes the row alone. */
export const removeSnapshot = (tx: Tx, found: SnapshotResource): Promise<void> =>
  sourceIdOf(found) === undefined ? deleteResource(tx, found.row) : deleteAutoSnapshot(tx, found.row.id);

/** Throws InvalidInputException for a snapshot that is not whole. `verb` reads after 'cannot be'. */
export const checkWhole = (found: SnapshotResource, verb: string): void => {
  const whole = wholeState[kindOf(found)];
  if (found.body.state !== whole)
    throw wrongState(labelOf(found), found.row.name, verb, found.body.state ?? 'unknown', [whole]);
};

/** Keeps the snapshot for what is begun with it: for each use there is a `releaseSnapshot` to come. */
export const useSnapshot = async (tx: Tx, found: SnapshotResource, uses = 1): Promise<void> => {
  await saveSnapshot(tx, found, found.body, { ...found.inner, uses: (found.inner.uses ?? 0) + uses });
};
