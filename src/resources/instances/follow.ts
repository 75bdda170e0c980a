import type { Instance } from '../../api/generated/types.ts';
import type { Clock } from '../../clock.ts';
import { type Change, EngineRefusal } from '../../engines/machine.ts';
import { findById } from '../../store/records/resources.ts';
import type { Store } from '../../store/store.ts';
import type { Enqueue } from '../../tasks/queue.ts';
import type { TaskContext, TaskKind } from '../../tasks/task.ts';
import { readResource } from '../resource.ts';
import type { InstanceInner } from './noun.ts';
import { becomeRunning, becomeStopped, toldOf } from './tasks.ts';

/** A machine that is only on its way to the next boot is off for a moment, too. In ms. */
const lookAfterMs = 3_000;

const shown = async (store: Pick<Store, 'read'>, id: string) => {
  const row = await store.read((tx) => findById(tx, id));
  return row && { row, body: readResource<Instance, InstanceInner>(row).body };
};

/** What the instance shows and its machine is not any more. One whose machine is gone is stopped, and will not start again. */
const follow = async (task: TaskContext<object>): Promise<void> => {
  const seen = await task.machines.observe(task.resource);
  const change = { running: becomeRunning, stopped: becomeStopped, pending: undefined, stopping: undefined }[
    seen?.state ?? 'stopped'
  ];
  const before = seen?.state === 'running' ? 'stopped' : 'running';
  await task.write(async (tx) => {
    const row = await findById(tx, task.resource);
    if (row && readResource<Instance, InstanceInner>(row).body.state?.name === before) await change?.(tx, task);
  });
};

/** The instance shows what its machine did by itself. After the tasks that are about it, and whatever they left. */
export const followInstance: TaskKind<object> = {
  name: 'FollowInstance',
  unfailing: true,
  steps: [
    {
      name: 'look',
      async run(task) {
        await follow(task);
        return undefined;
      },
    },
    {
      name: 'address',
      /** A machine that is gone has none, and what else is refused would be so for ever. */
      async run(task) {
        const found = await shown(task, task.resource);
        if (found === undefined) return undefined;
        await task.machines.setAddresses(task.resource, toldOf(found.body).addresses).catch((error: unknown) => {
          if (!(error instanceof EngineRefusal)) throw error;
        });
        return undefined;
      },
    },
  ],
};

/** To be told of machines that may have changed without being told to. */
export const createFollower =
  (store: Store, clock: Clock, enqueue: Enqueue) =>
  async (id: string, to: Change): Promise<void> => {
    const found = await shown(store, id);
    if (found?.body.state?.name !== (to === 'running' ? 'stopped' : 'running')) return;
    const { account, region } = found.row;
    const order = { scope: { account, region }, resource: id, input: {}, runAt: clock.now() + lookAfterMs };
    await store.write(account, (tx) => enqueue(tx, followInstance, order));
  };
