import type { Disk, Instance, Operation } from '../../api/generated/types.ts';
import { raw } from '../../api/serialize.ts';
import type { Context, Handlers } from '../../context.ts';
import { recordBoth, recordOperation, subjectOf } from '../../operations/record.ts';
import { deleteResource } from '../../store/records/resources.ts';
import type { Tx } from '../../store/store.ts';
import { leaveAddOns } from '../add-ons/leave.ts';
import { checkAddOnsMayGo } from '../add-ons/rules.ts';
import { followAll } from '../add-ons/schedule.ts';
import { instance } from '../instances/noun.ts';
import { listResources } from '../list.ts';
import { addResource, getResource, saveResource, textOfResource } from '../resource.ts';
import { disk } from './noun.ts';
import { prepareDisk } from './prepare.ts';
import { checkAttachment, checkInstanceState, checkState } from './rules.ts';
import { attachDisk, createDisk, deleteDisk, detachDisk } from './tasks.ts';
import { attachedDisks, attachedTo, unattached, withDisk } from './view.ts';

const idsOf = (operations: readonly Operation[]): string[] => operations.map(({ id }) => id ?? '');

/**
 * For an instance that is being deleted: its disks stay, without it. They are `in-use` until the machine is gone; ending that and the
 * operations is the task's of the deletion.
 */
export const detachAll = async (
  tx: Tx,
  ctx: Context,
  from: Instance,
): Promise<{ readonly disks: string[]; readonly operations: Operation[] }> => {
  const disks: string[] = [];
  const operations: Operation[] = [];
  for (const { name = '' } of attachedDisks(from)) {
    const found = await getResource(tx, ctx.scope, disk, name);
    await saveResource(tx, disk, found, unattached(found.body), { ...found.inner, moving: 'detaching' });
    disks.push(found.row.id);
    const order = { type: 'DetachDisk', status: 'Started' } as const;
    operations.push(...(await recordBoth(tx, ctx, order, subjectOf(found.body), subjectOf(from))));
  }
  return { disks, operations };
};

export const disks = {
  CreateDisk: (ctx, input) => {
    const { id, body, inner } = prepareDisk(ctx, input);
    return ctx.write(async (tx) => {
      await followAll(tx, ctx, await addResource(tx, ctx, disk, id, body, inner));
      const order = { type: 'CreateDisk', subject: subjectOf(body), status: 'Started' } as const;
      const operations = [await recordOperation(tx, ctx, order)];
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

  /** The place is the disk's from now on, on both sides; the operations end when the machine has it. */
  AttachDisk: (ctx, { diskName, instanceName, diskPath }) =>
    ctx.write(async (tx) => {
      const found = await getResource(tx, ctx.scope, disk, diskName);
      const onto = await getResource(tx, ctx.scope, instance, instanceName);
      checkState(found, 'attached');
      checkInstanceState(found.body, onto.body, 'attached');
      checkAttachment(found.body, onto.body, diskPath, ctx.catalogue);
      const attached = attachedTo(found.body, instanceName, diskPath);
      await saveResource(tx, disk, found, attached, { ...found.inner, moving: 'attaching' });
      await saveResource(tx, instance, onto, withDisk(onto.body, attached), onto.inner);
      const order = { type: 'AttachDisk', status: 'Started' } as const;
      const operations = await recordBoth(tx, ctx, order, subjectOf(attached), subjectOf(onto.body));
      await ctx.enqueue(tx, attachDisk, {
        scope: ctx.scope,
        resource: onto.row.id,
        input: { disk: found.row.id, path: diskPath },
        operations: idsOf(operations),
      });
      return { operations };
    }),

  /** Both sides show the disk in its place until the machine has let go of it. */
  DetachDisk: (ctx, { diskName }) =>
    ctx.write(async (tx) => {
      const found = await getResource(tx, ctx.scope, disk, diskName);
      checkState(found, 'detached');
      const { attachedTo: instanceName = '', path = '' } = found.body;
      const from = await getResource(tx, ctx.scope, instance, instanceName);
      checkInstanceState(found.body, from.body, 'detached');
      await saveResource(tx, disk, found, found.body, { ...found.inner, moving: 'detaching' });
      const order = { type: 'DetachDisk', status: 'Started' } as const;
      const operations = await recordBoth(tx, ctx, order, subjectOf(found.body), subjectOf(from.body));
      await ctx.enqueue(tx, detachDisk, {
        scope: ctx.scope,
        resource: from.row.id,
        input: { disk: found.row.id, path },
        operations: idsOf(operations),
      });
      return { operations };
    }),

  /** The disk is gone with the answer; its volume and its automatic snapshots follow. */
  DeleteDisk: (ctx, { diskName, forceDeleteAddOns }) =>
    ctx.write(async (tx) => {
      const found = await getResource(tx, ctx.scope, disk, diskName);
      checkState(found, 'deleted');
      checkAddOnsMayGo('Disk', diskName, found.body.addOns, forceDeleteAddOns);
      await deleteResource(tx, found.row);
      await leaveAddOns(tx, ctx, found);
      await ctx.enqueue(tx, deleteDisk, { scope: ctx.scope, resource: found.row.id, input: {} });
      const order = { type: 'DeleteDisk', subject: subjectOf(found.body), status: 'Succeeded' } as const;
      return { operations: [await recordOperation(tx, ctx, order)] };
    }),
} satisfies Handlers<'CreateDisk' | 'GetDisk' | 'GetDisks' | 'AttachDisk' | 'DetachDisk' | 'DeleteDisk'>;
