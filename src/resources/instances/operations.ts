import type { Instance } from '../../api/generated/types.ts';
import { raw } from '../../api/serialize.ts';
import type { Handlers } from '../../context.ts';
import { invalidInput } from '../../errors.ts';
import { deleteResource } from '../../store/records/resources.ts';
import { hastenTasks } from '../../store/records/tasks.ts';
import { leaveAddOns } from '../add-ons/leave.ts';
import { checkAddOnsMayGo } from '../add-ons/rules.ts';
import { deleteAlarmsOf } from '../alarms/delete.ts';
import { leaveBuckets } from '../buckets/links.ts';
import { detachAll } from '../disks/operations.ts';
import { deleteSetupsOf } from '../https-setups/rows.ts';
import { listResources } from '../list.ts';
import { leaveBalancers } from '../load-balancers/follow.ts';
import { getResource, saveResource, textOfResource } from '../resource.ts';
import { freeStaticIp } from '../static-ips/free.ts';
import { givePublicAddress } from './addresses.ts';
import { changeIpAddressType } from './ip-address-type.ts';
import { createInstances } from './launch.ts';
import { instance } from './noun.ts';
import { beginForInstance, recordForInstance } from './record.ts';
import { resized } from './resize.ts';
import { checkState, states } from './rules.ts';
import { beginStop } from './stop.ts';
import { deleteInstance, rebootInstance, setMetadata, startInstance } from './tasks.ts';
import { withHealth } from './view.ts';

export const instances = {
  CreateInstances: createInstances,

  GetInstance: (ctx, { instanceName, includeHealthStatus }) =>
    ctx.read(async (tx) => {
      const text = await textOfResource(tx, ctx.scope, instance, instanceName);
      return { instance: includeHealthStatus ? withHealth(JSON.parse(text) as Instance) : raw<Instance>(text) };
    }),

  async GetInstances(ctx, { pageToken, includeHealthStatus }) {
    const { text, nextPageToken } = await listResources(ctx, 'Instance', pageToken);
    const all = `[${text}]`;
    return {
      instances: includeHealthStatus ? (JSON.parse(all) as Instance[]).map(withHealth) : raw<Instance[]>(all),
      nextPageToken,
    };
  },

  GetInstanceState: (ctx, { instanceName }) =>
    ctx.read(async (tx) => ({ state: (await getResource(tx, ctx.scope, instance, instanceName)).body.state })),

  StartInstance: (ctx, { instanceName, attributeUpdates }) =>
    ctx.write(async (tx) => {
      const found = await getResource(tx, ctx.scope, instance, instanceName);
      const { row, body, inner } = found;
      checkState(body, 'started');
      const { lastPublicIp, ...rest } = inner;
      const needsAddress = body.publicIpAddress === undefined && body.ipAddressType !== 'ipv6';
      const publicIpAddress = needsAddress
        ? await givePublicAddress(tx, ctx, row.id, lastPublicIp)
        : body.publicIpAddress;
      const grown = resized(ctx, body, attributeUpdates?.bundleId);
      const started = { ...body, ...grown, publicIpAddress, state: states.pending };
      await saveResource(tx, instance, found, started, rest, ctx);
      return { operations: [await beginForInstance(tx, ctx, found, 'StartInstance', startInstance, {})] };
    }),

  StopInstance: (ctx, { instanceName, force }) =>
    ctx.write(async (tx) => {
      const found = await getResource(tx, ctx.scope, instance, instanceName);
      const { row, body, inner } = found;
      const hangs = body.state?.name === 'stopping';
      checkState(body, force ? 'forced to stop' : 'stopped');
      if (hangs) await hastenTasks(tx, row.id, ctx.clock.now());
      return { operations: [await beginStop(tx, ctx, found, hangs ? { ...inner, forceStop: true } : inner)] };
    }),

  RebootInstance: (ctx, { instanceName }) =>
    ctx.write(async (tx) => {
      const { row, body } = await getResource(tx, ctx.scope, instance, instanceName);
      checkState(body, 'rebooted');
      const operation = await recordForInstance(tx, ctx, body, 'RebootInstance', 'Succeeded');
      await ctx.enqueue(tx, rebootInstance, { scope: ctx.scope, resource: row.id, input: {} });
      return { operations: [operation] };
    }),

  /**
   * The instance is gone with the answer; its machine follows. Its alarms, its set-ups and its automatic snapshots go too; its disks,
   * its static IP, its load balancers and its buckets stay, without it.
   */
  DeleteInstance: (ctx, { instanceName, forceDeleteAddOns }) =>
    ctx.write(async (tx) => {
      const found = await getResource(tx, ctx.scope, instance, instanceName);
      const { row, body } = found;
      checkAddOnsMayGo('Instance', instanceName, body.addOns, forceDeleteAddOns);
      const operation = await recordForInstance(tx, ctx, body, 'DeleteInstance', 'Succeeded');
      const { disks, operations } = await detachAll(tx, ctx, body);
      await freeStaticIp(tx, ctx, found);
      await leaveBalancers(tx, ctx, found);
      await leaveBuckets(tx, ctx.scope, found);
      await deleteAlarmsOf(tx, ctx, row);
      await deleteSetupsOf(tx, ctx, row.id);
      await deleteResource(tx, row);
      await leaveAddOns(tx, ctx, found);
      await ctx.enqueue(tx, deleteInstance, {
        scope: ctx.scope,
        resource: row.id,
        input: { disks },
        operations: operations.map(({ id }) => id ?? ''),
      });
      return { operations: [operation, ...operations] };
    }),

  SetIpAddressType: changeIpAddressType,

  UpdateInstanceMetadataOptions: (ctx, { instanceName, ...options }) =>
    ctx.write(async (tx) => {
      const found = await getResource(tx, ctx.scope, instance, instanceName);
      checkState(found.body, 'given other metadata options');
      const hops = options.httpPutResponseHopLimit ?? 1;
      if (hops < 1 || hops > 64) throw invalidInput(`The hop limit ${hops} is not valid: it must be 1 to 64.`);
      const metadataOptions = { ...found.body.metadataOptions, ...options, state: 'pending' as const };
      await saveResource(tx, instance, found, { ...found.body, metadataOptions }, found.inner);
      const input = { before: found.body.metadataOptions, after: metadataOptions };
      const type = 'UpdateInstanceMetadataOptions';
      return { operation: await beginForInstance(tx, ctx, found, type, setMetadata, input) };
    }),
} satisfies Handlers<
  | 'CreateInstances'
  | 'GetInstance'
  | 'GetInstances'
  | 'GetInstanceState'
  | 'StartInstance'
  | 'StopInstance'
  | 'RebootInstance'
  | 'DeleteInstance'
  | 'SetIpAddressType'
  | 'UpdateInstanceMetadataOptions'
>;
