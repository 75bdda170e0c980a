import type { Instance, StaticIp } from '../../api/generated/types.ts';
import { raw } from '../../api/serialize.ts';
import type { Context, Handlers } from '../../context.ts';
import { invalidInput } from '../../errors.ts';
import { recordBoth, recordOperation, subjectOf } from '../../operations/record.ts';
import { passAddresses, releaseAddressesOf } from '../../store/records/addresses.ts';
import { deleteResource } from '../../store/records/resources.ts';
import type { Tx } from '../../store/store.ts';
import { givePublicAddress } from '../instances/addresses.ts';
import { type InstanceResource, instance } from '../instances/noun.ts';
import { setStaticIp } from '../instances/tasks.ts';
import { listResources } from '../list.ts';
import { addResource, checkQuota, getResource, identity, saveResource, textOfResource } from '../resource.ts';
import { becomeFree } from './free.ts';
import { type StaticIpResource, staticIp } from './noun.ts';
import { checkAttachment } from './rules.ts';

/** Changes the instance's public address, in its row and, behind the answer, in its machine; the old one is released then. */
const readdress = async (
  tx: Tx,
  ctx: Context,
  of: InstanceResource,
  addresses: Pick<Instance, 'isStaticIp' | 'publicIpAddress'>,
  staticIpName?: string,
): Promise<void> => {
  await saveResource(tx, instance, of, { ...of.body, ...addresses }, { ...of.inner, staticIp: staticIpName });
  await ctx.enqueue(tx, setStaticIp, { scope: ctx.scope, resource: of.row.id, input: {} });
};

/** Takes the address off its instance, which gets another at once, or when it starts (F126). */
const detach = async (tx: Tx, ctx: Context, found: StaticIpResource): Promise<InstanceResource> => {
  const from = await getResource(tx, ctx.scope, instance, found.body.attachedTo ?? '');
  const isOff = from.body.state?.name === 'stopped';
  const publicIpAddress = isOff ? undefined : await givePublicAddress(tx, ctx, from.row.id);
  await readdress(tx, ctx, from, { isStaticIp: false, publicIpAddress });
  await becomeFree(tx, ctx, found);
  return from;
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
      const order = { type: 'AllocateStaticIp', subject: subjectOf(body), status: 'Succeeded' } as const;
      return { operations: [await recordOperation(tx, ctx, order)] };
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
      checkAttachment(found.body, onto.body, onto.inner);
      const attached = { ...found.body, attachedTo: instanceName, isAttached: true };
      await saveResource(tx, staticIp, found, attached, found.inner, ctx);
      await readdress(tx, ctx, onto, { isStaticIp: true, publicIpAddress: found.body.ipAddress }, staticIpName);
      const order = { type: 'AttachStaticIp', status: 'Succeeded' } as const;
      return { operations: await recordBoth(tx, ctx, order, subjectOf(attached), subjectOf(onto.body)) };
    }),

  DetachStaticIp: (ctx, { staticIpName }) =>
    ctx.write(async (tx) => {
      const found = await getResource(tx, ctx.scope, staticIp, staticIpName);
      if (!found.body.isAttached) throw invalidInput(`The StaticIp ${staticIpName} is not attached to an instance.`);
      const from = await detach(tx, ctx, found);
      const order = { type: 'DetachStaticIp', status: 'Succeeded' } as const;
      return { operations: await recordBoth(tx, ctx, order, subjectOf(found.body), subjectOf(from.body)) };
    }),

  /** An instance that has the address gets another. Until its machine does, nobody else may have the old one. */
  ReleaseStaticIp: (ctx, { staticIpName }) =>
    ctx.write(async (tx) => {
      const found = await getResource(tx, ctx.scope, staticIp, staticIpName);
      if (found.body.isAttached) await passAddresses(tx, found.row.id, (await detach(tx, ctx, found)).row.id);
      else await releaseAddressesOf(tx, found.row.id);
      await deleteResource(tx, found.row);
      const order = { type: 'ReleaseStaticIp', subject: subjectOf(found.body), status: 'Succeeded' } as const;
      return { operations: [await recordOperation(tx, ctx, order)] };
    }),
} satisfies Handlers<
  'AllocateStaticIp' | 'GetStaticIp' | 'GetStaticIps' | 'AttachStaticIp' | 'DetachStaticIp' | 'ReleaseStaticIp'
>;
