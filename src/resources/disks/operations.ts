import type { Disk, Instance, Operation } from '../../api/generated/types.ts';
import { raw } from '../../api/serialize.ts';
import type { Context, Handlers } from '../../context.ts';
import { recordOperation } from '../../operations/record.ts';
import { deleteResource } from '../../store/records/resources.ts';
import type { Tx } from '../../store/store.ts';
import { checkAddOnsMayGo, readAddOns } from '../add-ons/rules.ts';
import { type InstanceInner, instance } from '../instances/noun.ts';
import { checkZone } from '../instances/rules.ts';
import { listResources } from '../list.ts';
import { addResource, getResource, type Resource, saveResource, textOfResource } from '../resource.ts';
import { checkTags } from '../tags/rules.ts';
import { type DiskResource, disk } from './noun.ts';
import { attachedTo, checkAttachment, checkInstanceState, checkSize, checkState, withDisk } from './rules.ts';
import { attachDisk, createDisk, deleteDisk, detachDisk } from './tasks.ts';
import { newDisk } from './view.ts';

type InstanceResource = Resource<Instance, InstanceInner>;

const record = (tx: Tx, ctx: Context, body: Disk, type: string, status: 'Started' | 'Succeeded', details?: string) =>
  recordOperation(tx, ctx, {
    type,
    subject: { name: body.name ?? '', kind: 'Disk', zone: body.location?.availabilityZone ?? '' },
    status,
    details,
  });

/** Two operations for what happens between a disk and an instance: one about each, naming the other. */
const recordBoth = async (tx: Tx, ctx: Context, type: string, of: Disk, on: Instance): Promise<Operation[]> => [
  await record(tx, ctx, of, type, 'Started', on.name),
  await recordOperation(tx, ctx, {
    type,
    subject: { name: on.name ?? '', kind: 'Instance', zone: on.location?.availabilityZone ?? '' },
    status: 'Started',
    details: of.name,
  }),
];

const idsOf = (operations: readonly Operation[]): string[] => operations.map(({ id }) => id ?? '');

/** Begins to take a disk off the machine; the row shows it when it is done. */
const beginDetach = async (tx: Tx, ctx: Context, found: DiskResource, from: InstanceResource): Promise<Operation[]> => {
  await saveResource(tx, disk, found, found.body, { ...found.inner, moving: 'detaching' });
  const operations = await recordBoth(tx, ctx, 'DetachDisk', found.body, from.body);
  const input = { machine: from.row.id };
  await ctx.enqueue(tx, detachDisk, { scope: ctx.scope, resource: found.row.id, input, operations: idsOf(operations) });
  return operations;
};

/** For an instance that is being deleted: its disks stay, without it. */
export const detachAll = async (tx: Tx, ctx: Context, from: InstanceResource): Promise<Operation[]> => {
  const operations: Operation[] = [];
  for (const { isSystemDisk, name = '' } of from.body.hardware?.disks ?? []) {
    if (!isSystemDisk)
      operations.push(...(await beginDetach(tx, ctx, await getResource(tx, ctx.scope, disk, name), from)));
  }
  return operations;
};

export const disks = {
  CreateDisk: (ctx, { diskName, availabilityZone, sizeInGb, tags, addOns }) => {
    checkZone(availabilityZone, ctx.catalogue.zones(ctx.scope.region), ctx.scope.region);
    checkSize(sizeInGb, ctx.catalogue);
    const id = ctx.ids.uuid();
    const body = newDisk(ctx, {
      id,
      name: diskName,
      zone: availabilityZone,
      sizeInGb,
      addOns: readAddOns(ctx, addOns),
      tags: checkTags(tags),
    });
    return ctx.write(async (tx) => {
      await addResource(tx, ctx, disk, id, body, {});
      const operations = [await record(tx, ctx, body, 'CreateDisk', 'Started')];
      await ctx.enqueue(tx, createDisk, { scope: ctx.scope, resource: id, input: {}, operations: idsOf(operations) });
      return { operations };
    });
  },

  GetDisk: (ctx, { diskName }) =>
    ctx.read(async (tx) => ({ disk: raw<Disk>(await textOfResource(tx, ctx.scope, disk, diskName)) })),

  async GetDisks(ctx, { pageToken }) {
    const { text, nextPageToken } = await listResources(ctx, 'Disk', pageToken);
    return { disks: raw<Disk[]>(`[${text}]`), nextPageToken };
  },

  /** The place is the disk's from now on, on both sides; the operation ends when the machine has it. */
  AttachDisk: (ctx, { diskName, instanceName, diskPath, autoMounting }) =>
    ctx.write(async (tx) => {
      const found = await getResource(tx, ctx.scope, disk, diskName);
      const onto = await getResource(tx, ctx.scope, instance, instanceName);
      checkState(found, 'attached');
      checkInstanceState(diskName, onto.body, 'attached');
      checkAttachment(found.body, onto.body, diskPath, ctx.catalogue);
      const attached = attachedTo(found.body, instanceName, diskPath, autoMounting ?? false);
      await saveResource(tx, disk, found, attached, { ...found.inner, moving: 'attaching' });
      await saveResource(tx, instance, onto, withDisk(onto.body, attached), onto.inner);
      const operations = await recordBoth(tx, ctx, 'AttachDisk', found.body, onto.body);
      const input = { machine: onto.row.id, path: diskPath };
      await ctx.enqueue(tx, attachDisk, {
        scope: ctx.scope,
        resource: found.row.id,
        input,
        operations: idsOf(operations),
      });
      return { operations };
    }),

  DetachDisk: (ctx, { diskName }) =>
    ctx.write(async (tx) => {
      const found = await getResource(tx, ctx.scope, disk, diskName);
      checkState(found, 'detached');
      const from = await getResource(tx, ctx.scope, instance, found.body.attachedTo ?? '');
      checkInstanceState(diskName, from.body, 'detached');
      return { operations: await beginDetach(tx, ctx, found, from) };
    }),

  /** The disk is gone with the answer; its volume follows. */
  DeleteDisk: (ctx, { diskName, forceDeleteAddOns }) =>
    ctx.write(async (tx) => {
      const found = await getResource(tx, ctx.scope, disk, diskName);
      checkState(found, 'deleted');
      checkAddOnsMayGo('Disk', diskName, found.body.addOns, forceDeleteAddOns);
      await deleteResource(tx, found.row);
      const operations = [await record(tx, ctx, found.body, 'DeleteDisk', 'Succeeded')];
      await ctx.enqueue(tx, deleteDisk, { scope: ctx.scope, resource: found.row.id, input: {} });
      return { operations };
    }),
} satisfies Handlers<'CreateDisk' | 'GetDisk' | 'GetDisks' | 'AttachDisk' | 'DetachDisk' | 'DeleteDisk'>;
