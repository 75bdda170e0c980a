import type { AddOnRequest, AddOnType, Operation } from '../../api/generated/types.ts';
import type { Context, Handlers } from '../../context.ts';
import { invalidInput } from '../../errors.ts';
import { recordOperation, subjectOf } from '../../operations/record.ts';
import { hastenTasks } from '../../store/records/tasks.ts';
import type { Tx } from '../../store/store.ts';
import { getHolder, type Holder, type Settings, saveSettings, settingsOf } from './holder.ts';
import { readIdle, wholeRule } from './idle.ts';
import { changed, type Plan, type Running } from './plan.ts';
import { anyTime, autoSnapshot, checkMayHave, isOn, readTime, stopOnIdle } from './rules.ts';
import { follow, newPlan } from './schedule.ts';
import { setAddOn, withNext } from './tasks.ts';

/** Sets the add-on as it is to be; the operation ends when it is so. */
const set = async (
  tx: Tx,
  ctx: Context,
  found: Holder,
  type: AddOnType,
  after: Settings,
): Promise<{ operations: Operation[] }> => {
  await saveSettings(tx, found, type, after);
  const operation = await recordOperation(tx, ctx, {
    type: ctx.operation,
    subject: subjectOf(found.body),
    status: 'Started',
    details: `${ctx.operation} - ${type}`,
  });
  await ctx.enqueue(tx, setAddOn, {
    scope: ctx.scope,
    resource: found.row.id,
    input: { type, before: settingsOf(found, type), after },
    operations: [operation.id ?? ''],
  });
  return { operations: [operation] };
};

/** The task of a plan looks at what there is for it to do, which may be nothing any more. */
const hasten = async (tx: Tx, ctx: Context, plan: Plan | undefined): Promise<void> => {
  if (plan?.schedule !== undefined) await hastenTasks(tx, plan.schedule, ctx.clock.now());
};

const alreadySo = () => invalidInput('The addOn is already in requested state');

/** What an add-on is to be, and whatever must happen for it. */
type Enable = (tx: Tx, ctx: Context, found: Holder) => Promise<Settings>;

/** What is wrong with a request by itself is told before anything is looked at. */
const enablers: Readonly<Record<AddOnType, (request: AddOnRequest) => Enable>> = {
  AutoSnapshot: (request) => {
    const asked = readTime(request);
    return async (tx, ctx, found) => {
      const { addOn: known, plan } = settingsOf(found, autoSnapshot);
      const time = asked ?? known?.snapshotTimeOfDay ?? anyTime(ctx);
      const addOn = { name: autoSnapshot, snapshotTimeOfDay: time, status: 'Enabling' };
      if (!isOn(known)) {
        const fresh = newPlan(ctx, time, plan?.last);
        await follow(tx, ctx, found.row.id, { addOn, plan: fresh });
        await hasten(tx, ctx, plan);
        return withNext(addOn, fresh);
      }
      if (time === known.snapshotTimeOfDay) throw alreadySo();
      const next = changed(plan as Running, ctx.clock.now(), time);
      await hasten(tx, ctx, next);
      return withNext(addOn, next);
    };
  },

  StopInstanceOnIdle: ({ stopInstanceOnIdleRequest }) => {
    const asked = readIdle(stopInstanceOnIdleRequest);
    return async (tx, ctx, found) => {
      const { addOn: known, plan } = settingsOf(found, stopOnIdle);
      const rule = wholeRule(asked, known);
      const isSame = rule.threshold === known?.threshold && rule.duration === known.duration;
      if (isOn(known) && isSame) throw alreadySo();
      const addOn = { name: stopOnIdle, ...rule, status: 'Enabling' };
      if (isOn(known)) {
        await hasten(tx, ctx, plan);
        return { addOn, plan };
      }
      const after = { addOn, plan: { schedule: ctx.ids.uuid() } };
      await follow(tx, ctx, found.row.id, after);
      await hasten(tx, ctx, plan);
      return after;
    };
  },
};

export const addOns = {
  /** One that is on is changed (F237, F240); one that was on before is as it was again, but for what is asked for. */
  EnableAddOn: (ctx, { resourceName, addOnRequest }) => {
    const { addOnType } = addOnRequest;
    const enable = enablers[addOnType](addOnRequest);
    return ctx.write(async (tx) => {
      const found = await getHolder(tx, ctx.scope, resourceName);
      checkMayHave(ctx.catalogue, found.body, addOnType);
      return set(tx, ctx, found, addOnType, await enable(tx, ctx, found));
    });
  },

  /** The automatic snapshots that there are stay. */
  DisableAddOn: (ctx, { resourceName, addOnType }) =>
    ctx.write(async (tx) => {
      const found = await getHolder(tx, ctx.scope, resourceName);
      const { addOn, plan } = settingsOf(found, addOnType);
      if (!isOn(addOn)) throw invalidInput(`${addOnType} not enabled for the resource`);
      return set(tx, ctx, found, addOnType, { addOn: { ...addOn, status: 'Disabling' }, plan });
    }),
} satisfies Handlers<'EnableAddOn' | 'DisableAddOn'>;
