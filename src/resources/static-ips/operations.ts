import type { Instance, Operation, StaticIp } from '../../api/generated/types.ts';
import { raw } from '../../api/serialize.ts';
import type { Context, Handlers } from '../../context.ts';
import { invalidInput } from '../../errors.ts';
import { recordOperation } from '../../operations/record.ts';
import { releaseAddress, releaseAddressesOf } from '../../store/records/addresses.ts';
import { deleteResource } from '../../store/records/resources.ts';
import type { Tx } from '../../store/store.ts';
import { givePublicAddress } from '../instances/addresses.ts';
import { type InstanceInner, instance } from '../instances/noun.ts';
import { checkState } from '../instances/rules.ts';
import { setAddresses } from '../instances/tasks.ts';
import { listResources } from '../list.ts';
import {
  addResource,
  checkQuota,
  getResource,
  identity,
  type Resource,
  saveResource,
  textOfResource,
} from '../resource.ts';
import { type StaticIpResource, staticIp } from './noun.ts';

type InstanceResource = Resource<Instance, InstanceInner>;

/** Addresses belong to a Region, not to one of its zones. All operations are done with the answer. */
const record = (tx: Tx, ctx: Context, name: string, type: string, details?: string): Promise<Operation> =>
  recordOperation(tx, ctx, { type, subject: { name, kind: 'StaticIp', zone: 'all' }, status: 'Succeeded', details });

const recordBoth = async (tx: Tx, ctx: Context, type: string, name: string, of: Instance): Promise<Operation[]> => [
  await record(tx, ctx, name, type, of.name),
  await recordOperation(tx, ctx, {
    type,
    subject: { name: of.name ?? '', kind: 'Instance', zone: of.location?.availabilityZone ?? '' },
    status: 'Succeeded',
    details: name,
  }),
];

/** Changes the instance's public address, in its row and, behind the answer, in its machine. */
const readdress = async (
  tx: Tx,
  ctx: Context,
  of: InstanceResource,
  address: Partial<Instance>,
  staticIpName?: string,
): Promise<void> => {
  await saveResource(tx, instance, of, { ...of.body, ...address }, { ...of.inner, staticIp: staticIpName });
  await ctx.enqueue(tx, setAddresses, { scope: ctx.scope, resource: of.row.id, input: {} });
};

const free = async (tx: Tx, found: StaticIpResource): Promise<StaticIpResource> => {
  const { attachedTo: _instance, ...body } = found.body;
  return saveResource(tx, staticIp, found, { ...body, isAttached: false }, found.inner);
};

/** Takes the address off its instance, which gets another while it runs (F126). */
const detach = async (tx: Tx, ctx: Context, found: StaticIpResource): Promise<InstanceResource> => {
  const from = await getResource(tx, ctx.scope, instance, found.body.attachedTo ?? '');
  const runs = from.body.state?.name !== 'stopped' && from.body.state?.name !== 'stopping';
  const publicIpAddress = runs ? await givePublicAddress(tx, ctx, from.row.id, found.body.ipAddress) : undefined;
  await readdress(tx, ctx, from, { isStaticIp: false, publicIpAddress });
  await free(tx, found);
  return from;
};

/** For an instance that is being deleted: the address stays with the account. */
export const freeStaticIpOf = async (tx: Tx, ctx: Context, { inner }: InstanceResource): Promise<void> => {
  if (inner.staticIp !== undefined) await free(tx, await getResource(tx, ctx.scope, staticIp, inner.staticIp));
};

export const staticIps = {
  /** F252: a name, and the Region of the request. */
  AllocateStaticIp: (ctx, { staticIpName }) =>
    ctx.write(async (tx) => {
      await checkQuota(tx, ctx, 'StaticIp', 'Static IPs', ctx.catalogue.quota('staticIpsPerAccount'));
      const id = ctx.ids.uuid();
      const ipAddress = await givePublicAddress(tx, ctx, id);
      const body: StaticIp = {
        ...identity(ctx, 'StaticIp', id, staticIpName, 'all'),
        ipAddress,
        isAttached: false,
        supportCode: `${ctx.scope.account}/${ipAddress}`,
      };
      await addResource(tx, ctx, staticIp, id, body, {});
      return { operations: [await record(tx, ctx, staticIpName, 'AllocateStaticIp')] };
    }),

  GetStaticIp: (ctx, { staticIpName }) =>
    ctx.read(async (tx) => ({ staticIp: raw<StaticIp>(await textOfResource(tx, ctx.scope, staticIp, staticIpName)) })),

  async GetStaticIps(ctx, { pageToken }) {
    const { text, nextPageToken } = await listResources(ctx, 'StaticIp', pageToken);
    return { staticIps: raw<StaticIp[]>(`[${text}]`), nextPageToken };
  },

  AttachStaticIp: (ctx, { staticIpName, instanceName }) =>
    ctx.write(async (tx) => {
      const found = await getResource(tx, ctx.scope, staticIp, staticIpName);
      const onto = await getResource(tx, ctx.scope, instance, instanceName);
      if (found.body.isAttached) {
        throw invalidInput(
          `The StaticIp ${staticIpName} is already attached to the Instance ${found.body.attachedTo}.`,
          'Detach it first.',
        );
      }
      if (onto.inner.staticIp !== undefined) {
        throw invalidInput(
          `The Instance ${instanceName} already has the StaticIp ${onto.inner.staticIp}.`,
          'Detach that first.',
        );
      }
      checkState(onto.body, 'given a static IP');
      if (onto.body.ipAddressType === 'ipv6')
        throw invalidInput(`The Instance ${instanceName} has no public IPv4 address.`);
      const old = onto.body.publicIpAddress;
      if (old !== undefined) await releaseAddress(tx, ctx.network.publicPool.name, old);
      await saveResource(
        tx,
        staticIp,
        found,
        { ...found.body, attachedTo: instanceName, isAttached: true },
        found.inner,
      );
      await readdress(tx, ctx, onto, { isStaticIp: true, publicIpAddress: found.body.ipAddress }, staticIpName);
      return { operations: await recordBoth(tx, ctx, 'AttachStaticIp', staticIpName, onto.body) };
    }),

  DetachStaticIp: (ctx, { staticIpName }) =>
    ctx.write(async (tx) => {
      const found = await getResource(tx, ctx.scope, staticIp, staticIpName);
      if (!found.body.isAttached) throw invalidInput(`The StaticIp ${staticIpName} is not attached to an instance.`);
      const from = await detach(tx, ctx, found);
      return { operations: await recordBoth(tx, ctx, 'DetachStaticIp', staticIpName, from.body) };
    }),

  /** An attached address is detached first: nothing keeps an address that the account has no more. */
  ReleaseStaticIp: (ctx, { staticIpName }) =>
    ctx.write(async (tx) => {
      const found = await getResource(tx, ctx.scope, staticIp, staticIpName);
      if (found.body.isAttached) await detach(tx, ctx, found);
      await deleteResource(tx, found.row);
      await releaseAddressesOf(tx, found.row.id);
      return { operations: [await record(tx, ctx, staticIpName, 'ReleaseStaticIp')] };
    }),
} satisfies Handlers<
  'AllocateStaticIp' | 'GetStaticIp' | 'GetStaticIps' | 'AttachStaticIp' | 'DetachStaticIp' | 'ReleaseStaticIp'
>;
