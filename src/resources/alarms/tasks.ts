import { isDeepStrictEqual } from 'node:util';
import type { Alarm, AlarmState, ContactMethod } from '../../api/generated/types.ts';
import type { Scope } from '../../context.ts';
import { monitoredBy } from '../../store/records/alarms.ts';
import { findById, findResource } from '../../store/records/resources.ts';
import type { Tx } from '../../store/store.ts';
import { createEnqueue, type Enqueue } from '../../tasks/queue.ts';
import type { TaskKind } from '../../tasks/task.ts';
import { contactMethod, nameOf } from '../contact-methods/noun.ts';
import { readerOf } from '../metrics/metered.ts';
import { readResource, saveResource } from '../resource.ts';
import { evaluate } from './evaluate.ts';
import { type AlarmResource, alarm } from './noun.ts';
import { period } from './rules.ts';

const periodMs = period * 1_000;

/** The beginning of the period that `moment` is in. */
const beginning = (moment: number): number => Math.floor(moment / periodMs) * periodMs;

/** Undefined once the alarm was deleted. */
const find = async (tx: Tx, id: string): Promise<{ found: AlarmResource; monitored: string } | undefined> => {
  const [row, monitored] = [await findById(tx, id), await monitoredBy(tx, id)];
  return row && monitored !== undefined ? { found: readResource(row), monitored } : undefined;
};

const definition = ({ state: _state, tags: _tags, ...rest }: Alarm): Omit<Alarm, 'state' | 'tags'> => rest;

/** Runs at the end of every period for as long as the alarm is there. */
export const evaluateAlarm: TaskKind<object> = {
  name: 'EvaluateAlarm',
  unfailing: true,
  steps: [
    {
      name: 'evaluate',
      async run(task) {
        const now = task.clock.now();
        const known = await task.read((tx) => find(tx, task.resource));
        if (known === undefined) return undefined;
        const { body } = known.found;
        const end = beginning(now);
        const read = readerOf(body.monitoredResourceInfo?.resourceType ?? 'Instance');
        const points = await read(task, known.monitored, {
          metric: body.metricName ?? '',
          start: end - (body.evaluationPeriods ?? 1) * periodMs,
          end,
          period: periodMs,
        });
        return task.write(async (tx) => {
          const current = await find(tx, task.resource);
          if (current === undefined) return undefined;
          const { found } = current;
          if (!isDeepStrictEqual(definition(found.body), definition(body))) return { until: now };
          const state = evaluate(found.body, points);
          if (state !== found.body.state) {
            const changed = { ...found.body, state };
            await saveResource(tx, alarm, found, changed, found.inner);
            await notify(tx, createEnqueue(task.clock), task, changed, state, { at: now, test: false });
          }
          return { until: end + periodMs };
        });
      },
    },
  ],
};

/** What a notification tells, as it was when it happened. */
interface Notice {
  readonly name: string;
  readonly state: AlarmState;
  readonly at: number;
  /** Ordered by TestAlarm. */
  readonly test: boolean;
  readonly about: string;
}

/**
 * Puts the notifications of a state behind the transaction: to each protocol of the alarm that is set up in the Region (F497 to F499), and
 * to the webhook, which is the operator's and needs no protocol.
 */
export const notify = async (
  tx: Tx,
  enqueue: Enqueue,
  { account, region }: Scope,
  of: Alarm,
  state: AlarmState,
  { at, test }: Pick<Notice, 'at' | 'test'>,
): Promise<void> => {
  if (!of.notificationEnabled || !of.notificationTriggers?.includes(state)) return;
  const scope = { account, region };
  const notice: Notice = { name: of.name ?? '', state, at, test, about: described(of) };
  // Not about the alarm's own id: there its evaluation never ends, and what is behind it never begins.
  const resource = `${of.arn}/webhook`;
  await enqueue(tx, notifyWebhook, { scope, resource, input: { ...notice, alarm: { ...of, state } } });
  for (const protocol of of.contactProtocols ?? []) {
    const row = await findResource(tx, scope, contactMethod.kind, nameOf(protocol));
    if (row?.state !== 'Valid') continue;
    await enqueue(tx, notifyContact, { scope, resource: row.id, input: notice });
  }
};

const signs = {
  GreaterThanOrEqualToThreshold: '>=',
  GreaterThanThreshold: '>',
  LessThanThreshold: '<',
  LessThanOrEqualToThreshold: '<=',
} as const;

const described = (of: Alarm): string =>
  `${of.metricName} (${of.statistic}) of ${of.monitoredResourceInfo?.name} ${signs[of.comparisonOperator ?? 'GreaterThanThreshold']} ${of.threshold} ` +
  `in ${of.datapointsToAlarm} of ${of.evaluationPeriods} periods of five minutes`;

const subjectOf = ({ name, state, test }: Notice, region: string): string =>
  `${test ? 'Test: ' : ''}${state}: ${name} in ${region}`;

/** Of a contact method: its notifications go out in order. */
export const notifyContact: TaskKind<Notice> = {
  name: 'NotifyContact',
  steps: [
    {
      name: 'send',
      async run({ account, region, resource, key, mailer, sms, input, read }) {
        const row = await read((tx) => findById(tx, resource));
        const method = row && readResource<ContactMethod, object>(row).body;
        if (method === undefined) return undefined;
        const to = method.contactEndpoint ?? '';
        const { name, state, at, test, about } = input;
        if (method.protocol === 'SMS') {
          await sms.send({ to, text: `${subjectOf(input, region)}, ${new Date(at).toISOString()}: ${about}` });
          return undefined;
        }
        await mailer.send({
          id: `${resource}.${key}`,
          to,
          subject: subjectOf(input, region),
          text: [
            test
              ? `This is a test. Were the alarm ${name} in the state ${state}, you would be told so like this.`
              : `The alarm ${name} is in the state ${state} since ${new Date(at).toISOString()}.`,
            `It watches: ${about}.`,
            `Account ${account}, Region ${region}.`,
          ].join('\n\n'),
        });
        return undefined;
      },
    },
  ],
};

/** Of an alarm: the receiver is told of it in order. */
export const notifyWebhook: TaskKind<Notice & { readonly alarm: Alarm }> = {
  name: 'NotifyWebhook',
  steps: [
    {
      name: 'send',
      async run({ account, region, resource, key, webhook, input: { at, test, about, alarm: of } }) {
        const { arn, name, state, metricName, threshold, monitoredResourceInfo } = of;
        await webhook.send({
          id: `${resource}.${key}`,
          type: 'Alarm',
          ...{ account, region, time: new Date(at).toISOString() },
          detail: { test, arn, name, state, about, metricName, threshold, monitoredResourceInfo },
        });
        return undefined;
      },
    },
  ],
};

export const alarmTasks = [evaluateAlarm, notifyContact, notifyWebhook];
