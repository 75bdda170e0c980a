import type { Operation } from '../../api/generated/types.ts';
import type { Context, Handlers } from '../../context.ts';
import { invalidInput } from '../../errors.ts';
import { recordOperation, subjectOf } from '../../operations/record.ts';
import { hastenTasks } from '../../store/records/tasks.ts';
import type { Tx } from '../../store/store.ts';
import { getHolder, type Holder, type Settings, saveSettings, settingsOf } from './holder.ts';
import { changed, type Running } from './plan.ts';
import { addOnOf, anyTime, autoSnapshot, checkType, isOn, readTime } from './rules.ts';
import { follow, newPlan } from './schedule.ts';
import { setAddOn, withNext } from './tasks.ts';

/** Sets the add-on as it is to be; the operation ends when it is so. */
const set = async (tx: Tx, ctx: Context, found: Holder, after: Settings): Promise<{ operations: Operation[] }> => {
  await saveSettings(tx, found, after);
  const operation = await recordOperation(tx, ctx, {
    type: ctx.operation,
    subject: subjectOf(found.body),
    status: 'Started',
    details: `${ctx.operation} - ${autoSnapshot}`,
  });
  await ctx.enqueue(tx, setAddOn, {
    scope: ctx.scope,
    resource: found.row.id,
    input: { before: settingsOf(found), after },
    operations: [operation.id ?? ''],
  });
  return { operations: [operation] };
};

export const addOns = {
  /** One that is on is given another time (F237, F240); one that was on before has its time again, unless another is asked for. */
  EnableAddOn: (ctx, { resourceName, addOnRequest }) => {
    const asked = readTime(addOnRequest);
    return ctx.write(async (tx) => {
      const found = await getHolder(tx, ctx.scope, resourceName);
      const known = addOnOf(found.body);
      const time = asked ?? known?.snapshotTimeOfDay ?? anyTime(ctx);
      const addOn = { name: autoSnapshot, snapshotTimeOfDay: time, status: 'Enabling' };
      const { plan } = settingsOf(found);
      if (!isOn(known)) {
        const fresh = newPlan(ctx, time, plan?.last);
        await follow(tx, ctx, found.row.id, fresh);
        // The task of a plan that was being disabled has nothing to do any more.
        if (plan?.schedule !== undefined) await hastenTasks(tx, plan.schedule, ctx.clock.now());
        return set(tx, ctx, found, withNext({ addOns: [addOn] }, fresh));
      }
      if (time === known.snapshotTimeOfDay) throw invalidInput('The addOn is already in requested state');
      const next = changed(plan as Running, ctx.clock.now(), time);
      await hastenTasks(tx, next.schedule, ctx.clock.now());
      return set(tx, ctx, found, withNext({ addOns: [addOn] }, next));
    });
  },

  /** The automatic snapshots that there are stay. */
  DisableAddOn: (ctx, { resourceName, addOnType }) => {
    checkType(addOnType);
    return ctx.write(async (tx) => {
      const found = await getHolder(tx, ctx.scope, resourceName);
      const known = addOnOf(found.body);
      if (!isOn(known)) throw invalidInput(`${autoSnapshot} not enabled for the resource`);
      const after = { ...settingsOf(found), addOns: [{ ...known, status: 'Disabling' }] };
      return set(tx, ctx, found, after);
    });
  },
} satisfies Handlers<'EnableAddOn' | 'DisableAddOn'>;
