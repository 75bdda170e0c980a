import type { Instance } from '../../api/generated/types.ts';
import type { Clock } from '../../clock.ts';
import { findById } from '../../store/records/resources.ts';
import type { Store } from '../../store/store.ts';
import type { Enqueue } from '../../tasks/queue.ts';
import type { TaskKind } from '../../tasks/task.ts';
import { readResource } from '../resource.ts';
import type { InstanceInner } from './noun.ts';
import { becomeStopped } from './tasks.ts';

/** A machine that is only on its way to the next boot is off for a moment, too. In ms. */
const lookAfterMs = 3_000;

const shownState = async (store: Store, id: string) => {
  const row = await store.read((tx) => findById(tx, id));
  return row && { row, state: readResource<Instance, InstanceInner>(row).body.state?.name };
};

/** The instance shows what its machine did by itself. After the tasks that are about it, and whatever they left. */
export const followInstance: TaskKind<object> = {
  name: 'FollowInstance',
  unfailing: true,
  steps: [
    {
      name: 'look',
      async run(task) {
        const seen = await task.machines.observe(task.resource);
        if (seen?.state !== 'stopped') return undefined;
        await task.write(async (tx) => {
          const row = await findById(tx, task.resource);
          if (row && readResource<Instance, InstanceInner>(row).body.state?.name === 'running')
            await becomeStopped(tx, task);
        });
        return undefined;
      },
    },
  ],
};

/** To be told of machines that may have stopped without being told to. */
export const createFollower =
  (store: Store, clock: Clock, enqueue: Enqueue) =>
  async (id: string): Promise<void> => {
    const found = await shownState(store, id);
    if (found?.state !== 'running') return;
    const { account, region } = found.row;
    const order = { scope: { account, region }, resource: id, input: {}, runAt: clock.now() + lookAfterMs };
    await store.write(account, (tx) => enqueue(tx, followInstance, order));
  };
