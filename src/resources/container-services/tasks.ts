import { isDeepStrictEqual } from 'node:util';
import type { ContainerService, ContainerServiceDeployment } from '../../api/generated/types.ts';
import type { Stage } from '../../engines/containers.ts';
import { releaseAddressesOf } from '../../store/records/addresses.ts';
import { deleteContainersOf } from '../../store/records/container-services.ts';
import { deleteResource, findById } from '../../store/records/resources.ts';
import type { Tx } from '../../store/store.ts';
import type { Step, TaskContext, TaskKind, Wait } from '../../tasks/task.ts';
import { readResource, saveResource } from '../resource.ts';
import { linkCertificates } from './domains.ts';
import { type ContainerServiceInner, containerService } from './noun.ts';
import { deploymentSpecOf, findService, readDeployment, saveDeploymentState, specOf } from './spec.ts';
import { withNext, withRest, withStage } from './view.ts';

type Task = TaskContext<unknown>;

/** Shows how far it is (F417, F418), and waits. A service that is being made shows its detail only when something is wrong (F419). */
const follow = async (task: Task, stage: Stage | undefined): Promise<Wait | undefined> => {
  if (stage === undefined) return undefined;
  await task.write(async (tx) => {
    const found = await findService(tx, task.resource);
    if (found?.body.state !== 'UPDATING' && found?.body.state !== 'DEPLOYING') return;
    const body = withStage(found.body, stage.code);
    if (!isDeepStrictEqual(body, found.body)) await saveResource(tx, containerService, found, body, found.inner);
  });
  return { until: stage.until };
};

/** Tells the engine what the row says. */
const apply: Step<unknown> = {
  name: 'apply',
  async run(task) {
    const spec = await task.read(async (tx) => {
      const found = await findService(tx, task.resource);
      return found && specOf(tx, task, found);
    });
    return spec && follow(task, await task.containers.applyService(spec));
  },
};

/** What goes on is over; a version that waits is next. */
const rest = async (tx: Tx, task: Task, change: (body: ContainerService) => ContainerService = (body) => body) => {
  const found = await findService(tx, task.resource);
  if (found === undefined) return;
  const settled = withRest(change(found.body), found.inner, task);
  const version = settled.nextDeployment?.version;
  const body: ContainerService = version === undefined ? settled : { ...settled, state: 'DEPLOYING' };
  await saveResource(tx, containerService, found, body, found.inner);
  const { version: current, state = 'ACTIVE' } = body.currentDeployment ?? {};
  await saveDeploymentState(tx, task.resource, current, state);
  if (version !== undefined)
    await task.enqueue(tx, createDeployment, { scope: task, resource: task.resource, input: { version } });
};

export const createContainerService: TaskKind<object> = {
  name: 'CreateContainerService',
  steps: [
    {
      ...apply,
      async undo(task) {
        await task.containers.removeService(task.resource);
      },
    },
  ],
  finish: (tx, task) => rest(tx, task),
  /** It stays as it is, and says why: the only way on is to delete it (F419). */
  async fail(tx, task, error) {
    const found = await findService(tx, task.resource);
    if (found === undefined) return;
    await saveDeploymentState(tx, task.resource, found.body.nextDeployment?.version, 'FAILED');
    const body = withStage(withNext(found.body, undefined), 'UNKNOWN_ERROR', error);
    await saveResource(tx, containerService, found, body, found.inner);
  },
};

/** The row has the change already, so it is tried until the engine has it too. */
export const updateContainerService: TaskKind<object> = {
  name: 'UpdateContainerService',
  unfailing: true,
  steps: [apply],
  finish: (tx, task) => rest(tx, task),
};

/** There is another certificate for one of its names: whatever goes on goes on. */
export const applyContainerService: TaskKind<object> = {
  name: 'ApplyContainerService',
  unfailing: true,
  steps: [apply],
};

/** A version that comes to nothing leaves the one before it running (F426). */
export const createDeployment: TaskKind<{ version: number }> = {
  name: 'CreateContainerServiceDeployment',
  steps: [
    {
      name: 'deploy',
      async run(task) {
        const { resource, input } = task;
        const kept = await task.read(async (tx) =>
          (await findService(tx, resource)) === undefined ? undefined : readDeployment(tx, resource, input.version),
        );
        return kept && follow(task, await task.containers.applyDeployment(resource, deploymentSpecOf(kept)));
      },
      undo: (task) => task.containers.withdrawDeployment(task.resource, task.input.version),
    },
  ],
  finish: (tx, task) => endDeployment(tx, task, 'ACTIVE'),
  fail: (tx, task) => endDeployment(tx, task, 'FAILED'),
};

const endDeployment = async (
  tx: Tx,
  task: TaskContext<{ version: number }>,
  state: NonNullable<ContainerServiceDeployment['state']>,
): Promise<void> => {
  const { resource, input } = task;
  const [found, kept] = [await findService(tx, resource), await readDeployment(tx, resource, input.version)];
  if (found === undefined || kept === undefined) return;
  if (state === 'ACTIVE') await saveDeploymentState(tx, resource, found.body.currentDeployment?.version, 'INACTIVE');
  await saveDeploymentState(tx, resource, input.version, state);
  const current = state === 'ACTIVE' ? { currentDeployment: { ...kept.deployment, state } } : {};
  await rest(tx, task, (body) => ({ ...withNext(body, undefined), ...current }));
};

/** The row says DELETING until the engine has nothing of it any more. */
export const deleteContainerService: TaskKind<object> = {
  name: 'DeleteContainerService',
  unfailing: true,
  steps: [{ name: 'remove', run: (task) => task.containers.removeService(task.resource) }],
  async finish(tx, task) {
    const row = await findById(tx, task.resource);
    if (row === undefined) return;
    const { body } = readResource<ContainerService, ContainerServiceInner>(row);
    await linkCertificates(tx, task, row.name, body.publicDomainNames);
    await deleteContainersOf(tx, row.id);
    await deleteResource(tx, row);
    await releaseAddressesOf(tx, row.id);
  },
};

export const containerServiceTasks = [
  createContainerService,
  updateContainerService,
  applyContainerService,
  createDeployment,
  deleteContainerService,
];
