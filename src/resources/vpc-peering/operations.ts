import { createHash } from 'node:crypto';
import type { Operation } from '../../api/generated/types.ts';
import type { Context, Handlers, Scope } from '../../context.ts';
import { recordOperation } from '../../operations/record.ts';
import { deletePeering, insertPeering, isPeered } from '../../store/records/vpc-peerings.ts';
import type { Tx } from '../../store/store.ts';

/** Ids of the two networks of a scope, the same for ever: Lateen's own, and the account's default one that it is peered with. */
const vpcId = ({ account, region }: Scope, which: 'lightsail' | 'default'): string =>
  `vpc-0${createHash('sha256').update(`${which} ${account} ${region}`).digest('hex').slice(0, 16)}`;

/** Done with the answer, of a type that no enum has (operation-status), about a kind that has no rows (F538). */
const record = (tx: Tx, ctx: Context, type: 'PeeredVpc' | 'UnpeeredVpc'): Promise<Operation> =>
  recordOperation(tx, ctx, {
    type,
    subject: { name: vpcId(ctx.scope, 'lightsail'), kind: 'PeeredVpc', zone: 'all' },
    status: 'Succeeded',
    details: vpcId(ctx.scope, 'default'),
  });

/** F535 to F537. Each may be called again: then nothing changes, and it is answered all the same. */
export const vpcPeering = {
  PeerVpc: (ctx) =>
    ctx.write(async (tx) => {
      await insertPeering(tx, ctx.scope, ctx.clock.now());
      return { operation: await record(tx, ctx, 'PeeredVpc') };
    }),

  UnpeerVpc: (ctx) =>
    ctx.write(async (tx) => {
      await deletePeering(tx, ctx.scope);
      return { operation: await record(tx, ctx, 'UnpeeredVpc') };
    }),

  IsVpcPeered: (ctx) => ctx.read(async (tx) => ({ isPeered: await isPeered(tx, ctx.scope) })),
} satisfies Handlers<'PeerVpc' | 'UnpeerVpc' | 'IsVpcPeered'>;
