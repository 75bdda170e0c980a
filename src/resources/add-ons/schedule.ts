import type { AddOn } from '../../api/generated/types.ts';
import type { Context } from '../../context.ts';
import type { Tx } from '../../store/store.ts';
import { begun, type Plan, type Running } from './plan.ts';
import { addOnOf, isOn } from './rules.ts';
import { takeAutoSnapshots } from './tasks.ts';

/** A plan that begins now, for the snapshots of one resource. */
export const newPlan = (ctx: Context, time: string, last?: string): Running =>
  begun(ctx.ids.uuid(), ctx.clock.now(), time, ctx.ids.bytes(1).readUInt8(), last);

/** The plan of a resource that is made with these add-ons, if it needs one. */
export const planOf = (ctx: Context, body: { readonly addOns?: readonly AddOn[] | undefined }): Running | undefined => {
  const addOn = addOnOf(body);
  return isOn(addOn) ? newPlan(ctx, addOn.snapshotTimeOfDay ?? '') : undefined;
};

/** Takes the snapshots of a new plan from now on; `source` is the id of what they are taken of. */
export const follow = async (tx: Tx, ctx: Context, source: string, plan: Plan | undefined): Promise<void> => {
  if (plan?.schedule === undefined) return;
  const { schedule, nextAt = ctx.clock.now() } = plan;
  await ctx.enqueue(tx, takeAutoSnapshots, {
    scope: ctx.scope,
    resource: schedule,
    input: { source },
    runAt: nextAt,
  });
};
