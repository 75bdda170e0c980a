import type { Subdomain } from '../../api/generated/types.ts';
import { EngineRefusal } from '../../engines/machine.ts';
import { ApiError } from '../../errors.ts';
import { findById } from '../../store/records/resources.ts';
import type { Tx } from '../../store/store.ts';
import type { TaskContext, TaskKind } from '../../tasks/task.ts';
import { findDistribution, tellEngine } from '../distributions/spec.ts';
import { applyDistribution } from '../distributions/tasks.ts';
import { readResource } from '../resource.ts';
import { arrive, beginAttaching, goBack, idIn, saveOnDistribution } from './links.ts';
import type { SubdomainInner, SubdomainResource } from './noun.ts';
import { addSubdomain, removeSubdomain } from './rows.ts';

/** Undefined once it was deleted. */
const find = async (tx: Tx, id: string): Promise<SubdomainResource | undefined> => {
  const row = await findById(tx, id);
  return row && readResource<Subdomain, SubdomainInner>(row);
};

/** Whether it is on its way to the distribution with the id, or from it. */
const isMoving = ({ state, attachingResource, attachedResource }: Subdomain, distribution: string): boolean =>
  idIn((state === 'DETACHING' ? attachedResource : attachingResource)?.arn) === distribution;

/** What was on its way is there. Another distribution may have lost it, and is told in a task of its own. */
const finish = async (tx: Tx, task: TaskContext<unknown>, id: string, distribution: string): Promise<void> => {
  const found = await find(tx, id);
  if (found === undefined || !isMoving(found.body, distribution)) return;
  const from = await arrive(tx, found, task.clock.now());
  if (from !== undefined) await task.enqueue(tx, applyDistribution, { scope: task, resource: from.row.id, input: {} });
};

/** Both rows show the change already; when it fails, they are as before. */
export const updateSubdomain: TaskKind<{ distribution: string }> = {
  name: 'UpdateSubdomain',
  steps: [
    {
      name: 'apply',
      run: (task) => tellEngine(task, task.input.distribution),
      async undo(task) {
        const { distribution } = task.input;
        await task.write(async (tx) => {
          const found = await find(tx, task.resource);
          if (found !== undefined && isMoving(found.body, distribution)) await goBack(tx, found);
        });
        await tellEngine(task, distribution);
      },
    },
  ],
  finish: (tx, task) => finish(tx, task, task.resource, task.input.distribution),
};

/** For a new distribution that is to have a new subdomain of this id and name. If it cannot be had, the distribution stays without. */
export const attachNewSubdomain: TaskKind<{ subdomain: string; name: string }> = {
  name: 'AttachNewSubdomain',
  steps: [
    {
      name: 'claim',
      async run(task) {
        await task.write((tx) => claim(tx, task)).catch(refuse);
        return undefined;
      },
      async undo(task) {
        await task.write((tx) => giveBack(tx, task));
        await tellEngine(task, task.resource);
      },
    },
    { name: 'apply', run: (task) => tellEngine(task, task.resource) },
  ],
  finish: (tx, task) => finish(tx, task, task.input.subdomain, task.resource),
  async fail(tx, task, errorDetails) {
    const { name } = task.input;
    const onto = await findDistribution(tx, task.resource);
    if (onto?.body.subdomain?.state === 'Creating')
      await saveOnDistribution(tx, onto, { name, state: 'Error', errorCode: 'OperationFailure', errorDetails });
  },
};

type NewTask = TaskContext<{ subdomain: string; name: string }>;

const claim = async (tx: Tx, task: NewTask): Promise<void> => {
  const { subdomain: id, name } = task.input;
  const onto = await findDistribution(tx, task.resource);
  if (onto === undefined) throw new EngineRefusal('The distribution is not there.');
  if (onto.body.subdomain?.state !== 'Creating') return;
  const scope = { account: task.account, region: task.region };
  const made = await addSubdomain(tx, { ...task, scope }, { id, name, tags: [] });
  await beginAttaching(tx, made, onto, 'ATTACHING');
};

/** A name that is taken stays so. */
const refuse = (error: unknown): never => {
  throw error instanceof ApiError ? new EngineRefusal(error.message) : error;
};

const giveBack = async (tx: Tx, task: NewTask): Promise<void> => {
  const { subdomain: id, name } = task.input;
  const made = await find(tx, id);
  if (made === undefined || !isMoving(made.body, task.resource)) return;
  await removeSubdomain(tx, made);
  const onto = await findDistribution(tx, task.resource);
  if (onto !== undefined) await saveOnDistribution(tx, onto, { name, state: 'Creating' });
};

export const subdomainTasks = [updateSubdomain, attachNewSubdomain];
