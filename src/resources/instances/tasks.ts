import { isDeepStrictEqual } from 'node:util';
import type { Instance } from '../../api/generated/types.ts';
import {
  EngineRefusal,
  type MachineSize,
  type MachineSpec,
  type Observation,
  type Told,
} from '../../engines/machine.ts';
import { allocateAddress, releaseAddressesBut, releaseAddressesOf } from '../../store/records/addresses.ts';
import { deleteResource, findById } from '../../store/records/resources.ts';
import { getSecret } from '../../store/records/secrets.ts';
import type { Tx } from '../../store/store.ts';
import type { Step, TaskContext, TaskKind, Wait } from '../../tasks/task.ts';
import { leaveAddOns } from '../add-ons/leave.ts';
import { deleteAlarmsOf } from '../alarms/delete.ts';
import { becomeAvailable } from '../disks/tasks.ts';
import { firewallOf } from '../ports/view.ts';
import { readResource, saveResource } from '../resource.ts';
import { freeStaticIp } from '../static-ips/free.ts';
import { type InstanceInner, type InstanceResource, instance } from './noun.ts';
import { type StateName, states } from './rules.ts';
import { tellWatchers } from './watchers.ts';

/** How often to look at a machine whose engine does not say when it will be ready, in ms. */
const lookAgainMs = 1_000;

/** Undefined once the instance was deleted: its machine goes with the next task, so there is nothing left to do for it. */
const find = async (tx: Tx, id: string): Promise<InstanceResource | undefined> => {
  const row = await findById(tx, id);
  return row && readResource<Instance, InstanceInner>(row);
};

const change = async (
  tx: Tx,
  id: string,
  to: (found: InstanceResource) => { body: Instance; inner?: InstanceInner },
): Promise<void> => {
  const found = await find(tx, id);
  if (found === undefined) return;
  const { body, inner = found.inner } = to(found);
  await saveResource(tx, instance, found, body, inner);
};

const enter = async (tx: Tx, task: TaskContext<unknown>, state: StateName): Promise<void> => {
  await change(tx, task.resource, ({ body, inner }) => ({
    body: { ...body, state: states[state] },
    inner: state === 'running' ? { ...inner, launchedAt: inner.launchedAt ?? task.clock.now() } : inner,
  }));
  await tellWatchers(tx, task);
};

/** Waits until the machine is in the state. */
const settle = async (task: TaskContext<unknown>, state: Observation['state']): Promise<Wait | undefined> => {
  const seen = await task.machines.observe(task.resource);
  if (seen === undefined) throw new EngineRefusal('The machine is gone.');
  return seen.state === state ? undefined : { until: seen.settlesAt ?? task.clock.now() + lookAgainMs };
};

/** A step that tells the machine something its row knows. */
const tell = (name: string, say: (task: TaskContext<unknown>, body: Instance) => Promise<void>): Step<unknown> => ({
  name,
  async run(task) {
    const found = await task.read((tx) => find(tx, task.resource));
    if (found !== undefined) await say(task, found.body);
    return undefined;
  },
});

const boot: Step<unknown> = {
  name: 'boot',
  async run(task) {
    await task.machines.start(task.resource);
    return settle(task, 'running');
  },
  undo: (task) => task.machines.stop(task.resource, true),
};

const addressesOf = (body: Instance) => ({
  privateIp: body.privateIpAddress,
  publicIp: body.publicIpAddress,
  ipv6: body.ipv6Addresses ?? [],
});

const address = tell('address', (task, body) => task.machines.setAddresses(task.resource, addressesOf(body)));

/** What an engine is to know of the machine that it may have been told otherwise, or not yet. */
export const toldOf = (body: Instance): Told => ({
  addresses: addressesOf(body),
  firewall: firewallOf(body.networking?.ports),
  metadata: metadataOf(body),
});

/** Tells the engine once more. For what it was told in vain: the rows are right. */
export const tellMachine: TaskKind<object> = {
  name: 'TellMachine',
  steps: [
    tell('tell', async ({ machines, resource }, body) => {
      const { addresses, firewall, metadata } = toldOf(body);
      await machines.setAddresses(resource, addresses);
      await machines.setFirewall(resource, firewall);
      await machines.setMetadata(resource, metadata);
    }),
  ],
};

const sizeOf = (body: Instance): MachineSize => ({
  cpuCount: body.hardware?.cpuCount ?? 1,
  ramSizeInGb: body.hardware?.ramSizeInGb ?? 1,
  diskSizeInGb: body.hardware?.disks?.find((disk) => disk.isSystemDisk)?.sizeInGb ?? 1,
});

const metadataOf = ({ metadataOptions }: Instance) => ({
  httpTokens: metadataOptions?.httpTokens ?? 'optional',
  httpEndpoint: metadataOptions?.httpEndpoint ?? 'enabled',
  httpPutResponseHopLimit: metadataOptions?.httpPutResponseHopLimit ?? 1,
  httpProtocolIpv6: metadataOptions?.httpProtocolIpv6 ?? 'disabled',
});

const specOf = async (tx: Tx, task: TaskContext<unknown>): Promise<MachineSpec | undefined> => {
  const found = await find(tx, task.resource);
  if (found === undefined) return undefined;
  const { body, inner } = found;
  return {
    id: task.resource,
    name: body.name ?? '',
    zone: body.location?.availabilityZone ?? '',
    network: `${task.account} ${task.region}`,
    blueprintId: body.blueprintId ?? '',
    username: body.username ?? '',
    size: sizeOf(body),
    addresses: addressesOf(body),
    firewall: firewallOf(body.networking?.ports),
    metadata: metadataOf(body),
    authorizedKeys: [inner.authorizedKey],
    userAuthority: inner.userAuthority,
    userData: await getSecret(tx, task.seal, task.resource, 'userData'),
    password: await getSecret(tx, task.seal, task.resource, 'password'),
  };
};

/** Makes the machine of the row, from the snapshot that `from` names when there is one. */
export const makeMachine = <I>(from: (input: I) => string | undefined): Step<I> => ({
  name: 'create',
  async run(task) {
    const spec = await task.read((tx) => specOf(tx, task));
    if (spec !== undefined) await task.machines.create({ ...spec, from: from(task.input) });
    return undefined;
  },
  undo: (task) => task.machines.delete(task.resource),
});

export const firstBoot: Step<unknown> = {
  name: 'boot',
  async run(task) {
    // Deleted before it was made: there is no machine to boot.
    if ((await task.read((tx) => find(tx, task.resource))) === undefined) return undefined;
    return boot.run(task);
  },
};

/** An instance that cannot be made leaves nothing behind but its operation. */
export const removeInstance = async (tx: Tx, task: TaskContext<unknown>): Promise<void> => {
  const found = await find(tx, task.resource);
  if (found === undefined) return;
  await freeStaticIp(tx, task, found);
  await deleteAlarmsOf(tx, task, found.row);
  await deleteResource(tx, found.row);
  await leaveAddOns(tx, task, found);
  await releaseAddressesOf(tx, task.resource);
};

export const createInstance: TaskKind<object> = {
  name: 'CreateInstance',
  steps: [makeMachine(() => undefined), firstBoot],
  finish: (tx, task) => enter(tx, task, 'running'),
  fail: removeInstance,
};

const machineIsGone =
  'The machine of this instance is gone: it was deleted outside of Lateen. Delete the instance, and make another one from a snapshot.';

/** Always with the size of the row: the instance may start as another bundle, or a start that was to make it one has failed. */
export const startInstance: TaskKind<object> = {
  name: 'StartInstance',
  steps: [
    tell('resize', async ({ machines, resource }, body) => {
      if ((await machines.observe(resource)) === undefined) throw new EngineRefusal(machineIsGone);
      await machines.resize(resource, sizeOf(body));
    }),
    address,
    boot,
  ],
  finish: (tx, task) => enter(tx, task, 'running'),
  fail: (tx, task) => becomeStopped(tx, task),
};

/**
 * The instance, while there is something to stop. A forced stop leaves two tasks behind (F128): once the first is through, the
 * second must not stop what was started since.
 */
const findToStop = async (tx: Tx, id: string): Promise<InstanceResource | undefined> => {
  const found = await find(tx, id);
  return ['stopping', 'running'].includes(found?.body.state?.name ?? '') ? found : undefined;
};

export const stopInstance: TaskKind<object> = {
  name: 'StopInstance',
  steps: [
    {
      name: 'stop',
      async run(task) {
        const found = await task.read((tx) => findToStop(tx, task.resource));
        if (found === undefined) return undefined;
        await task.machines.stop(task.resource, found.inner.forceStop ?? false);
        return settle(task, 'stopped');
      },
      async undo(task) {
        const found = await task.read((tx) => findToStop(tx, task.resource));
        if (found !== undefined) await task.machines.start(task.resource);
      },
    },
  ],
  async finish(tx, task) {
    if ((await findToStop(tx, task.resource)) !== undefined) await becomeStopped(tx, task);
  },
  async fail(tx, task) {
    if ((await findToStop(tx, task.resource)) === undefined) return;
    await change(tx, task.resource, ({ body, inner: { forceStop: _over, ...inner } }) => ({
      body: { ...body, state: states.running },
      inner,
    }));
    await tellWatchers(tx, task);
  },
};

/** A stopped instance has no public address (F126), but for a static one. */
export const becomeStopped = async (tx: Tx, task: TaskContext<unknown>): Promise<void> => {
  const found = await find(tx, task.resource);
  if (found === undefined) return;
  const { publicIpAddress, ...body } = found.body;
  const { forceStop: _done, desktop: _closed, ...inner } = found.inner;
  const [kept, lastPublicIp] = body.isStaticIp ? [publicIpAddress, undefined] : [undefined, publicIpAddress];
  await releaseAddressesBut(tx, task.network.publicPool.name, task.resource);
  const stopped = { ...body, state: states.stopped, publicIpAddress: kept };
  await saveResource(tx, instance, found, stopped, { ...inner, lastPublicIp });
  await tellWatchers(tx, task);
};

/** One that is to be opened comes after the boot. */
const withoutOpenDesktop = ({ desktop, ...inner }: InstanceInner): InstanceInner =>
  desktop?.status === 'started' ? inner : { ...inner, desktop };
/** What was started outside of Lateen has an address as after any start (F126); none when there is none left. */
export const becomeRunning = async (tx: Tx, task: TaskContext<unknown>): Promise<void> => {
  const found = await find(tx, task.resource);
  if (found === undefined) return;
  const { body } = found;
  const { lastPublicIp, ...inner } = found.inner;
  const needsAddress = body.publicIpAddress === undefined && body.ipAddressType !== 'ipv6';
  const publicIpAddress = needsAddress
    ? await allocateAddress(tx, task.ids, task.network.publicPool, task.resource, lastPublicIp)
    : body.publicIpAddress;
  await saveResource(tx, instance, found, { ...body, publicIpAddress, state: states.running }, inner);
  await tellWatchers(tx, task);
};

export const rebootInstance: TaskKind<object> = {
  name: 'RebootInstance',
  steps: [
    {
      name: 'reboot',
      async run(task) {
        if ((await task.read((tx) => find(tx, task.resource))) === undefined) return undefined;
        await task.machines.reboot(task.resource, task.key);
        // The row shows nothing of it, and others see it all the same.
        await task.write(async (tx) => {
          await change(tx, task.resource, ({ body, inner }) => ({ body, inner: withoutOpenDesktop(inner) }));
          await tellWatchers(tx, task);
        });
        return settle(task, 'running');
      },
    },
  ],
};

/** The row went with the answer; the machine and its addresses go now, and `disks`, by their ids, are free for others. */
export const deleteInstance: TaskKind<{ readonly disks: readonly string[] }> = {
  name: 'DeleteInstance',
  unfailing: true,
  steps: [
    {
      name: 'delete',
      async run(task) {
        await task.machines.delete(task.resource);
        return undefined;
      },
    },
    {
      name: 'detach',
      async run({ machines, resource, input }) {
        const waits = await Promise.all(input.disks.map((disk) => machines.detachVolume(disk, resource)));
        const until = Math.max(0, ...waits.map((wait) => wait?.until ?? 0));
        return until > 0 ? { until } : undefined;
      },
    },
  ],
  async finish(tx, { resource, input }) {
    await releaseAddressesOf(tx, resource);
    for (const disk of input.disks) await becomeAvailable(tx, disk);
  },
};

export const setFirewall: TaskKind<object> = {
  name: 'SetFirewall',
  unfailing: true,
  steps: [
    tell('firewall', (task, body) => task.machines.setFirewall(task.resource, firewallOf(body.networking?.ports))),
  ],
};

/** An address that the machine had is for others from now on, and not before. */
const releaseOldAddress = async (tx: Tx, task: TaskContext<unknown>): Promise<void> => {
  const found = await find(tx, task.resource);
  if (found === undefined) return;
  await releaseAddressesBut(tx, task.network.publicPool.name, task.resource, found.body.publicIpAddress);
};

export const setAddresses: TaskKind<object> = {
  name: 'SetAddresses',
  steps: [
    address,
    tell('firewall', (task, body) => task.machines.setFirewall(task.resource, firewallOf(body.networking?.ports))),
  ],
  finish: releaseOldAddress,
};

/** A static IP came or went with the answer. */
export const setStaticIp: TaskKind<object> = {
  name: 'SetStaticIp',
  unfailing: true,
  steps: [address],
  finish: releaseOldAddress,
};

type MetadataOptions = Instance['metadataOptions'];

export const setMetadata: TaskKind<{ before: MetadataOptions; after: MetadataOptions }> = {
  name: 'SetMetadata',
  steps: [tell('metadata', (task, body) => task.machines.setMetadata(task.resource, metadataOf(body)))],
  finish: (tx, task) =>
    change(tx, task.resource, ({ body }) => ({
      body: { ...body, metadataOptions: { ...body.metadataOptions, state: 'applied' } },
    })),
  /** The machine has what it had; a later wish has a task of its own. */
  fail: (tx, { resource, input: { before, after } }) =>
    change(tx, resource, ({ body }) => ({
      body: isDeepStrictEqual(body.metadataOptions, after)
        ? { ...body, metadataOptions: { ...before, state: 'applied' } }
        : body,
    })),
};

export const instanceTasks = [
  createInstance,
  startInstance,
  stopInstance,
  rebootInstance,
  deleteInstance,
  setFirewall,
  setAddresses,
  setStaticIp,
  setMetadata,
];
