import type { ContactMethod, ContactProtocol, Operation } from '../../api/generated/types.ts';
import type { Context, Handlers } from '../../context.ts';
import { invalidInput } from '../../errors.ts';
import { recordOperation } from '../../operations/record.ts';
import { deleteResource, findResource } from '../../store/records/resources.ts';
import type { Tx } from '../../store/store.ts';
import { addResource, getResource, identity, readResource, saveResource } from '../resource.ts';
import { checkTags } from '../tags/rules.ts';
import { type ContactMethodResource, contactMethod, nameOf } from './noun.ts';
import { checkEndpoint, verificationMs } from './rules.ts';
import { postVerification, renewLink, sendVerification } from './verification.ts';
import { shown } from './view.ts';

const protocols: readonly ContactProtocol[] = ['Email', 'SMS'];

const find = async (tx: Tx, ctx: Context, protocol: ContactProtocol): Promise<ContactMethodResource | undefined> => {
  const row = await findResource(tx, ctx.scope, contactMethod.kind, nameOf(protocol));
  return row && readResource(row);
};

const record = (tx: Tx, ctx: Context, protocol: ContactProtocol, status: 'Started' | 'Succeeded'): Promise<Operation> =>
  recordOperation(tx, ctx, {
    type: ctx.operation,
    subject: { name: nameOf(protocol), kind: contactMethod.kind, zone: 'all' },
    status,
  });

/** The operation goes on until the letter is with the server. */
const verify = async (tx: Tx, ctx: Context, id: string): Promise<Operation> => {
  await renewLink(tx, ctx, id);
  const operation = await record(tx, ctx, 'Email', 'Started');
  await ctx.enqueue(tx, sendVerification, {
    scope: ctx.scope,
    resource: id,
    input: {},
    operations: [operation.id ?? ''],
  });
  await ctx.enqueue(tx, postVerification, {
    scope: ctx.scope,
    resource: `${id}/webhook`,
    input: { contactMethod: id },
  });
  return operation;
};

export const contactMethods = {
  /** F505 to F508: an e-mail address has to be verified, a phone number has not (F509). */
  CreateContactMethod: (ctx, { protocol, contactEndpoint, tags }) => {
    checkEndpoint(protocol, contactEndpoint, ctx.scope.region);
    const id = ctx.ids.uuid();
    const byEmail = protocol === 'Email';
    const body: ContactMethod = {
      ...identity(ctx, contactMethod.kind, id, nameOf(protocol), 'all'),
      contactEndpoint,
      protocol,
      status: byEmail ? 'PendingVerification' : 'Valid',
      supportCode: `${ctx.scope.account}/${id}`,
      tags: checkTags(tags),
    };
    return ctx.write(async (tx) => {
      if ((await find(tx, ctx, protocol)) !== undefined) {
        throw invalidInput(
          `A contact method of the protocol ${protocol} exists in the Region ${ctx.scope.region} already.`,
          'Delete it first: a Region has one of each protocol.',
        );
      }
      await addResource(
        tx,
        ctx,
        contactMethod,
        id,
        body,
        byEmail ? { verifyBy: ctx.clock.now() + verificationMs } : {},
      );
      return { operations: [byEmail ? await verify(tx, ctx, id) : await record(tx, ctx, protocol, 'Succeeded')] };
    });
  },

  /** F512 */
  GetContactMethods: (ctx, { protocols: asked = protocols }) =>
    ctx.read(async (tx) => {
      const found: ContactMethod[] = [];
      for (const protocol of protocols.filter((each) => asked.includes(each))) {
        const method = await find(tx, ctx, protocol);
        if (method !== undefined) found.push(shown(method, ctx.clock.now()));
      }
      return { contactMethods: found };
    }),

  /** F509, F511: a new link, which holds for a day; the last one holds no more. */
  SendContactMethodVerification: (ctx, { protocol }) =>
    ctx.write(async (tx) => {
      const found = await getResource(tx, ctx.scope, contactMethod, nameOf(protocol));
      if (found.body.status === 'Valid')
        throw invalidInput(`The contact endpoint ${found.body.contactEndpoint} is verified already.`);
      await saveResource(tx, contactMethod, found, found.body, { verifyBy: ctx.clock.now() + verificationMs });
      return { operations: [await verify(tx, ctx, found.row.id)] };
    }),

  /** F513 */
  DeleteContactMethod: (ctx, { protocol }) =>
    ctx.write(async (tx) => {
      const { row } = await getResource(tx, ctx.scope, contactMethod, nameOf(protocol));
      await deleteResource(tx, row);
      return { operations: [await record(tx, ctx, protocol, 'Succeeded')] };
    }),
} satisfies Handlers<
  'CreateContactMethod' | 'GetContactMethods' | 'SendContactMethodVerification' | 'DeleteContactMethod'
>;

export const contactMethodTasks = [sendVerification, postVerification];
