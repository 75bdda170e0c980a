import type {
  Alarm,
  AlarmState,
  ComparisonOperator,
  MetricStatistic,
  TreatMissingData,
} from '../../api/generated/types.ts';
import type { Statistics } from '../../engines/machine.ts';

/** The statistic is the first operand (F491). */
const breaches: Readonly<Record<ComparisonOperator, (value: number, threshold: number) => boolean>> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

const values: Readonly<Record<MetricStatistic, (of: Statistics) => number>> = {
  Average: ({ sum, count }) => sum / count,
  Maximum: ({ maximum }) => maximum,
  Minimum: ({ minimum }) => minimum,
  SampleCount: ({ count }) => count,
  Sum: ({ sum }) => sum,
};

/** How many of the periods have which outcome. */
interface Count {
  readonly breaching: number;
  readonly fine: number;
  readonly missing: number;
  /** How many breaching ones make an alarm. */
  readonly needed: number;
  readonly before: AlarmState;
}

/**
 * F496: what comes of periods without data. `missing` and `ignore` leave them out, and differ where those that are left cannot
 * decide: all of them breach but they are too few, or there are none at all.
 */
const treatments: Readonly<Record<TreatMissingData, (count: Count) => AlarmState>> = {
  breaching: ({ breaching, missing, needed }) => (breaching + missing >= needed ? 'ALARM' : 'OK'),
  notBreaching: ({ breaching, needed }) => (breaching >= needed ? 'ALARM' : 'OK'),
  ignore: ({ breaching, fine, needed, before }) => (breaching >= needed ? 'ALARM' : fine === 0 ? before : 'OK'),
  missing: ({ breaching, fine, needed }) => {
    if (breaching >= needed || (breaching > 0 && fine === 0)) return 'ALARM';
    return fine > 0 ? 'OK' : 'INSUFFICIENT_DATA';
  },
};

/** The state after the alarm's last evaluation periods, of which `points` are those with data (F494, F495, F500). */
export const evaluate = (alarm: Alarm, points: readonly Statistics[]): AlarmState => {
  const { evaluationPeriods = 1, threshold = 0, treatMissingData = 'missing' } = alarm;
  const breach = breaches[alarm.comparisonOperator ?? 'GreaterThanOrEqualToThreshold'];
  const value = values[alarm.statistic ?? 'Average'];
  const breaching = points.filter((point) => breach(value(point), threshold)).length;
  return treatments[treatMissingData]({
    breaching,
    fine: points.length - breaching,
    missing: evaluationPeriods - points.length,
    needed: alarm.datapointsToAlarm ?? evaluationPeriods,
    before: alarm.state ?? 'INSUFFICIENT_DATA',
  });
};
