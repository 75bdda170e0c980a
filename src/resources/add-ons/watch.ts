import { isDeepStrictEqual } from 'node:util';
import type { AddOn } from '../../api/generated/types.ts';
import type { Tx } from '../../store/store.ts';
import type { TaskContext, TaskKind } from '../../tasks/task.ts';
import type { InstanceResource } from '../instances/noun.ts';
import { beginStop } from '../instances/stop.ts';
import { findHolder, settingsOf } from './holder.ts';
import { type IdleRule, idleAt, rangeOf, wholeRule } from './idle.ts';
import { isOn, stopOnIdle } from './rules.ts';

interface Watched {
  /** Id of the instance. */
  readonly source: string;
  /** Ms; nobody is idle for what was before. */
  readonly since: number;
}

/** That of an add-on that there is. */
export const ruleOf = (addOn: AddOn): IdleRule => wholeRule({}, addOn);

/** Undefined once the instance was deleted, or its add-on disabled. */
const find = async (tx: Tx, { resource, input }: TaskContext<Watched>) => {
  const found = (await findHolder(tx, input.source)) as InstanceResource | undefined;
  const { addOn, plan } = found === undefined ? {} : settingsOf(found, stopOnIdle);
  if (found === undefined || addOn === undefined || plan?.schedule !== resource) return undefined;
  return { found, rule: ruleOf(addOn), isOn: isOn(addOn) };
};

/**
 * Its resource is the plan's schedule, so it stands in nobody's way: it only begins a stop, which is a task of the instance. It runs for
 * as long as the plan does, and looks again when the instance can be idle at the earliest.
 */
export const stopIdleInstance: TaskKind<Watched> = {
  name: 'StopIdleInstance',
  unfailing: true,
  steps: [
    {
      name: 'watch',
      async run(task) {
        const { clock, input, machines } = task;
        const known = await task.read((tx) => find(tx, task));
        if (known === undefined) return undefined;
        const { rule } = known;
        const range = rangeOf(rule, input.since, clock.now());
        const isOver = range.start < range.end;
        const points = isOver ? await machines.metrics(input.source, { metric: 'CPUUtilization', ...range }) : [];
        const at = idleAt(rule, range, points);
        if (at > range.end) return { until: at };
        return task.write(async (tx) => {
          const current = await find(tx, task);
          if (current === undefined) return undefined;
          if (!isDeepStrictEqual(current.rule, rule)) return { until: clock.now() };
          const { found } = current;
          const { account, region, ids, enqueue } = task;
          if (current.isOn && found.body.state?.name === 'running')
            await beginStop(tx, { scope: { account, region }, clock, ids, enqueue }, found);
          return { until: idleAt(rule, range, []) };
        });
      },
    },
  ],
};
