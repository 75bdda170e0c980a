import type { Alarm, Operation, PutAlarmRequest } from '../../api/generated/types.ts';
import { raw } from '../../api/serialize.ts';
import type { Context, Handlers } from '../../context.ts';
import { invalidInput, namesInUse, notFound } from '../../errors.ts';
import { recordOperation } from '../../operations/record.ts';
import { alarmsOf, pageOfAlarms, putWatch } from '../../store/records/alarms.ts';
import { findNamed, type ResourceRow } from '../../store/records/resources.ts';
import { hastenTasks } from '../../store/records/tasks.ts';
import type { Tx } from '../../store/store.ts';
import { listResources } from '../list.ts';
import { addResource, arnOf, getResource, identity, readResource, saveResource } from '../resource.ts';
import { checkTags } from '../tags/rules.ts';
import { removeAlarm } from './delete.ts';
import { type AlarmResource, alarm } from './noun.ts';
import { alarmsPerMetric, checkAlarm, monitoredMetric, period } from './rules.ts';
import { evaluateAlarm, notify } from './tasks.ts';

const record = (tx: Tx, ctx: Context, name: string): Promise<Operation> =>
  recordOperation(tx, ctx, {
    type: ctx.operation,
    subject: { name, kind: alarm.kind, zone: 'all' },
    status: 'Succeeded',
  });

/** The alarm of that name, if there is one. Throws InvalidInputException when something else bears the name. */
const existing = async (tx: Tx, ctx: Context, name: string): Promise<AlarmResource | undefined> => {
  const row = await findNamed(tx, ctx.scope, name);
  if (row !== undefined && row.kind !== alarm.kind) throw namesInUse([name]);
  return row && readResource(row);
};

/** What PutAlarm decides, with what stands when it does not say (F496 to F498). All of it is overwritten (F488), but for tags that it does not give. */
const settings = (ctx: Context, input: PutAlarmRequest, monitored: ResourceRow): Partial<Alarm> => {
  const { unit, statistic } = monitoredMetric(ctx.catalogue, monitored.kind, input.metricName);
  return {
    monitoredResourceInfo: {
      arn: arnOf(ctx.scope, monitored.kind, monitored.id),
      name: monitored.name,
      resourceType: monitored.kind,
    },
    comparisonOperator: input.comparisonOperator,
    evaluationPeriods: input.evaluationPeriods,
    period,
    threshold: input.threshold,
    datapointsToAlarm: input.datapointsToAlarm ?? input.evaluationPeriods,
    treatMissingData: input.treatMissingData ?? 'missing',
    statistic,
    metricName: input.metricName,
    unit,
    contactProtocols: [...(input.contactProtocols ?? [])],
    notificationTriggers: [...(input.notificationTriggers ?? (['ALARM'] as const))],
    notificationEnabled: input.notificationEnabled ?? true,
  };
};

export const alarms = {
  /** F488, F489: a new alarm has no data yet, a changed one keeps its state; both are evaluated right away. */
  PutAlarm: (ctx, input) => {
    checkAlarm(input);
    const { alarmName, metricName, monitoredResourceName, tags } = input;
    const given = tags && checkTags(tags);
    return ctx.write(async (tx) => {
      const monitored = await findNamed(tx, ctx.scope, monitoredResourceName);
      if (monitored === undefined) throw notFound('resource');
      const set = settings(ctx, input, monitored);
      const before = await existing(tx, ctx, alarmName);
      const id = before?.row.id ?? ctx.ids.uuid();
      const others = (await alarmsOf(tx, monitored.id, metricName)).filter((other) => other !== id);
      if (others.length >= alarmsPerMetric) {
        throw invalidInput(
          `The metric ${metricName} of ${monitoredResourceName} has ${alarmsPerMetric} alarms, the most it can have.`,
        );
      }
      if (before === undefined) {
        const body: Alarm = {
          ...identity(ctx, alarm.kind, id, alarmName, 'all'),
          supportCode: `${ctx.scope.account}/${id}`,
          ...set,
          state: 'INSUFFICIENT_DATA',
          tags: given ?? [],
        };
        await addResource(tx, ctx, alarm, id, body, {});
        await ctx.enqueue(tx, evaluateAlarm, { scope: ctx.scope, resource: id, input: {} });
      } else {
        await saveResource(
          tx,
          alarm,
          before,
          { ...before.body, ...set, tags: given ?? before.body.tags },
          before.inner,
        );
        await hastenTasks(tx, id, ctx.clock.now());
      }
      await putWatch(tx, id, monitored.id, metricName);
      return { operations: [await record(tx, ctx, alarmName)] };
    });
  },

  /** F503 */
  async GetAlarms(ctx, { alarmName, monitoredResourceName, pageToken }) {
    if (alarmName !== undefined) {
      const { row, body } = await ctx.read((tx) => getResource(tx, ctx.scope, alarm, alarmName));
      const watches = monitoredResourceName ?? body.monitoredResourceInfo?.name;
      return { alarms: watches === body.monitoredResourceInfo?.name ? [raw<Alarm>(row.body)] : [] };
    }
    if (monitoredResourceName === undefined) {
      const { text, nextPageToken } = await listResources(ctx, alarm.kind, pageToken);
      return { alarms: raw<Alarm[]>(`[${text}]`), nextPageToken };
    }
    const monitored = await ctx.read((tx) => findNamed(tx, ctx.scope, monitoredResourceName));
    const { text, nextPageToken } = await listResources(
      ctx,
      alarm.kind,
      pageToken,
      [monitoredResourceName],
      (tx, _scope, _kind, after, size) => pageOfAlarms(tx, monitored?.id ?? '', after, size),
    );
    return { alarms: raw<Alarm[]>(`[${text}]`), nextPageToken };
  },

  /** F502: what the state would bring about is sent, and the alarm stays in its own. */
  TestAlarm: (ctx, { alarmName, state }) =>
    ctx.write(async (tx) => {
      const { body } = await getResource(tx, ctx.scope, alarm, alarmName);
      await notify(tx, ctx.enqueue, ctx.scope, body, state, { at: ctx.clock.now(), test: true });
      return { operations: [await record(tx, ctx, alarmName)] };
    }),

  /** F504 */
  DeleteAlarm: (ctx, { alarmName }) =>
    ctx.write(async (tx) => {
      const { row } = await getResource(tx, ctx.scope, alarm, alarmName);
      await removeAlarm(tx, ctx, row);
      return { operations: [await record(tx, ctx, alarmName)] };
    }),
} satisfies Handlers<'PutAlarm' | 'GetAlarms' | 'TestAlarm' | 'DeleteAlarm'>;
