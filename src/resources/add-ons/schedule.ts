import type { AddOnType } from '../../api/generated/types.ts';
import type { Context } from '../../context.ts';
import type { Tx } from '../../store/store.ts';
import { type Holder, type HolderBody, type HolderInner, type Settings, settingsOf } from './holder.ts';
import { idleAt, rangeOf } from './idle.ts';
import { begun, type Plan, type Running } from './plan.ts';
import { addOnOf, addOnTypes, autoSnapshot, checkMayHave, isOn, stopOnIdle } from './rules.ts';
import { takeAutoSnapshots } from './tasks.ts';
import { ruleOf, stopIdleInstance } from './watch.ts';

/** A plan that begins now, for the snapshots of one resource. */
export const newPlan = (ctx: Context, time: string, last?: string): Running =>
  begun(ctx.ids.uuid(), ctx.clock.now(), time, ctx.ids.bytes(1).readUInt8(), last);

/** The plans of a resource that is made with these add-ons. Throws InvalidInputException when it cannot have one of them. */
export const plansOf = (ctx: Context, body: HolderBody): HolderInner => {
  const planOf = (type: AddOnType, made: (time: string) => Plan): Plan | undefined => {
    const addOn = addOnOf(body, type);
    if (!isOn(addOn)) return undefined;
    checkMayHave(ctx.catalogue, body, type);
    return made(addOn.snapshotTimeOfDay ?? '');
  };
  return {
    autoSnapshot: planOf(autoSnapshot, (time) => newPlan(ctx, time)),
    stopOnIdle: planOf(stopOnIdle, () => ({ schedule: ctx.ids.uuid() })),
  };
};

/** Does from now on what an add-on is for; `source` is the id of what it belongs to. */
export const follow = async (tx: Tx, ctx: Context, source: string, { addOn = {}, plan }: Settings): Promise<void> => {
  if (plan?.schedule === undefined) return;
  const now = ctx.clock.now();
  const order = { scope: ctx.scope, resource: plan.schedule };
  if (addOn.name === stopOnIdle) {
    const rule = ruleOf(addOn);
    const runAt = idleAt(rule, rangeOf(rule, now, now), []);
    await ctx.enqueue(tx, stopIdleInstance, { ...order, input: { source, since: now }, runAt });
  } else {
    await ctx.enqueue(tx, takeAutoSnapshots, { ...order, input: { source }, runAt: plan.nextAt ?? now });
  }
};

/** The same of all add-ons of a resource that was made with them. */
export const followAll = async (tx: Tx, ctx: Context, made: Holder): Promise<void> => {
  for (const type of addOnTypes) await follow(tx, ctx, made.row.id, settingsOf(made, type));
};
