import type { Context } from '../../context.ts';
import { autoSnapshotsOf } from '../../store/records/auto-snapshots.ts';
import { findById } from '../../store/records/resources.ts';
import type { Tx } from '../../store/store.ts';
import { readResource } from '../resource.ts';
import { drop } from './delete.ts';
import {
  findSnapshot,
  type SnapshotBody,
  type SnapshotInner,
  type SnapshotResource,
  saveSnapshot,
  sourceIdOf,
} from './snapshot.ts';

type Hands = Pick<Context, 'catalogue' | 'enqueue'>;

/** Of the good ones and of those that failed the newest few are kept, each for themselves: a bad week takes nothing good away. */
const outdated = (newestFirst: readonly SnapshotResource[], few: number): SnapshotResource[] =>
  [true, false].flatMap((failed) => newestFirst.filter(({ body }) => (body.state === 'error') === failed).slice(few));

/**
 * Drops the automatic snapshots of `source`, the id of an instance or a disk, that are not to be kept: all but the newest, and with
 * their source all. One that grows or is in use waits for the end of that, which calls this again.
 */
export const keepNewest = async (tx: Tx, { catalogue, enqueue }: Hands, source: string): Promise<void> => {
  const rows = await autoSnapshotsOf(tx, source);
  const [first] = rows;
  if (first === undefined) return;
  const settled = rows
    .map((row) => readResource<SnapshotBody, SnapshotInner>(row))
    .filter(({ body }) => body.state !== 'pending');
  const isGone = (await findById(tx, source)) === undefined;
  const most = isGone ? 0 : catalogue.forAccount(first.account).quota('autoSnapshotsPerResource');
  for (const found of outdated(settled, most)) {
    if ((found.inner.uses ?? 0) === 0) await drop(tx, enqueue, found);
  }
};

/** What was begun with the snapshot is over, well or not. */
export const releaseSnapshot = async (tx: Tx, hands: Hands, id: string): Promise<void> => {
  const found = await findSnapshot(tx, id);
  if (found === undefined) return;
  const { uses = 1, ...inner } = found.inner;
  await saveSnapshot(tx, found, found.body, uses > 1 ? { ...inner, uses: uses - 1 } : inner);
  const source = sourceIdOf(found);
  if (source !== undefined) await keepNewest(tx, hands, source);
};
