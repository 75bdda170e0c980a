import type { IncusOptions } from './config.ts';
import { createInstances } from './instances.ts';
import type { Run } from './network/run.ts';
import { createIncusSnapshots, type Snapshots } from './snapshots.ts';
import { createIncusVolumes, type Volumes, type VolumesWorld } from './volumes.ts';
import { createLoops } from './volumes-loop.ts';
import { createPool } from './volumes-pool.ts';
import { createStillness } from './volumes-still.ts';
import { createSystemDisks } from './volumes-system.ts';

type Given = Pick<VolumesWorld, 'incus' | 'owner' | 'clock' | 'machines' | 'log'>;

/** Disks and snapshots of the machines. `restore` is to be called before anything else, `close` after. */
export const createIncusDisks = ({
  options,
  run,
  ...given
}: Given & { readonly options: IncusOptions; readonly run: Run }): Volumes & Snapshots & { close(): Promise<void> } => {
  const { incus, owner } = given;
  const pool = createPool(incus, owner, options);
  const loops = createLoops(run);
  const world: VolumesWorld = {
    ...given,
    options,
    pool,
    loops,
    copies: createInstances(incus, owner, 'snapshot'),
    still: createStillness(incus, run, loops),
    systemDisks: createSystemDisks(pool, run),
  };
  const volumes = createIncusVolumes(world);
  const snapshots = createIncusSnapshots(world);
  return {
    ...volumes,
    ...snapshots,
    async restore() {
      await volumes.restore();
      await snapshots.restore();
    },
    close: () => world.systemDisks.close(),
  };
};
