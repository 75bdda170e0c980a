import type { Instance } from '../../api/generated/types.ts';
import { EngineRefusal } from '../../engines/machine.ts';
import { findById } from '../../store/records/resources.ts';
import { putSecret } from '../../store/records/secrets.ts';
import type { Tx } from '../../store/store.ts';
import type { TaskContext, TaskKind } from '../../tasks/task.ts';
import { type Desktop, type InstanceInner, type InstanceResource, instance } from '../instances/noun.ts';
import { readResource, saveResource } from '../resource.ts';
import { tokenSecret } from './page.ts';
import { sessionMs } from './rules.ts';

/** Undefined once the instance was deleted. */
const find = async (tx: Tx, id: string): Promise<InstanceResource | undefined> => {
  const row = await findById(tx, id);
  return row && readResource<Instance, InstanceInner>(row);
};

const enter = async (tx: Tx, task: TaskContext<object>, desktop: Omit<Desktop, 'since'>): Promise<void> => {
  const found = await find(tx, task.resource);
  if (found === undefined) return;
  const inner = { ...found.inner, desktop: { ...desktop, since: task.clock.now() } };
  await saveResource(tx, instance, found, found.body, inner);
};

/** Of an instance, so what comes before or after it waits for its turn. */
export const startDesktop: TaskKind<object> = {
  name: 'StartGUISession',
  steps: [
    {
      name: 'start',
      async run({ resource, machines, read }) {
        const found = await read((tx) => find(tx, resource));
        if (found === undefined) return undefined;
        if (found.body.state?.name !== 'running')
          throw new EngineRefusal(`The Instance ${found.row.name} is stopping.`);
        return machines.startDesktop(resource);
      },
      async undo({ resource, machines, read }) {
        if ((await read((tx) => find(tx, resource))) !== undefined) await machines.stopDesktop(resource);
      },
    },
  ],
  async finish(tx, task) {
    const { clock, ids, resource, seal } = task;
    if ((await find(tx, resource)) === undefined) return;
    await putSecret(tx, seal, resource, tokenSecret, ids.bytes(24).toString('base64url'));
    await enter(tx, task, { status: 'started', until: clock.now() + sessionMs });
  },
  fail: (tx, task, failureReason) => enter(tx, task, { status: 'failedStartingGUISession', failureReason }),
};

export const stopDesktop: TaskKind<object> = {
  name: 'StopGUISession',
  steps: [
    {
      name: 'stop',
      async run({ resource, machines, read }) {
        const found = await read((tx) => find(tx, resource));
        return found && machines.stopDesktop(resource);
      },
    },
  ],
  finish: (tx, task) => enter(tx, task, { status: 'stopped' }),
  fail: (tx, task, failureReason) => enter(tx, task, { status: 'failedStoppingGUISession', failureReason }),
};

export const desktopTasks = [startDesktop, stopDesktop];
