import { identity, type Setting } from '../resource.ts';
import type { SnapshotBody, SnapshotKind } from './snapshot.ts';

/** Support codes name what a snapshot is in EC2: an image, or a snapshot of a volume. */
const codes: Readonly<Record<SnapshotKind, string>> = { InstanceSnapshot: 'ami', DiskSnapshot: 'snap' };

/** What every new snapshot shows, whatever it is taken of. */
export const newSnapshot = (ctx: Setting, kind: SnapshotKind, id: string, name: string) => ({
  ...identity(ctx, kind, id, name, 'all'),
  isFromAutoSnapshot: false,
  state: 'pending' as const,
  supportCode: `${ctx.scope.account}/${codes[kind]}-0${id.replaceAll('-', '').slice(0, 16)}`,
  tags: [],
});

/** A copy remembers what its source was taken of. Tags are not copied. */
export const copyOf = (ctx: Setting, kind: SnapshotKind, id: string, name: string, of: SnapshotBody): SnapshotBody => ({
  ...of,
  ...newSnapshot(ctx, kind, id, name),
  isFromAutoSnapshot: of.isFromAutoSnapshot,
  progress: kind === 'DiskSnapshot' ? '0%' : undefined,
});
