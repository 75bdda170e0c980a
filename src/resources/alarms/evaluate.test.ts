import { expect, test } from 'vitest';
import type { Alarm, AlarmState, ComparisonOperator, TreatMissingData } from '../../api/generated/types.ts';
import { evaluate } from './evaluate.ts';

/** X breaches, 0 does not, - is missing. */
const stateAfter = (
  periods: string,
  needed: number,
  treatMissingData: TreatMissingData,
  before: AlarmState,
): AlarmState => {
  const alarm: Alarm = {
    comparisonOperator: 'GreaterThanThreshold',
    threshold: 10,
    evaluationPeriods: periods.length,
    datapointsToAlarm: needed,
    statistic: 'Average',
    treatMissingData,
    state: before,
  };
  const points = [...periods].flatMap((period, at) => {
    const sum = period === 'X' ? 22 : 4;
    return period === '-' ? [] : [{ at, count: 2, minimum: 0, maximum: sum, sum }];
  });
  return evaluate(alarm, points);
};

/** Periods, points to alarm, and the state for breaching, notBreaching, ignore (`keep` is the one before) and missing. */
const table = [
  ['XXX', 3, 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  ['X0X', 3, 'OK', 'OK', 'OK', 'OK'],
  ['X0X', 2, 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  ['0X0', 1, 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  ['000', 1, 'OK', 'OK', 'OK', 'OK'],
  ['---', 3, 'ALARM', 'OK', 'keep', 'INSUFFICIENT_DATA'],
  ['--X', 3, 'ALARM', 'OK', 'keep', 'ALARM'],
  ['--X', 1, 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  ['0--', 3, 'OK', 'OK', 'OK', 'OK'],
  ['0--', 2, 'ALARM', 'OK', 'OK', 'OK'],
  ['0-X', 2, 'ALARM', 'OK', 'OK', 'OK'],
  ['0-X', 3, 'OK', 'OK', 'OK', 'OK'],
] as const;

test.each(table)('F494-F496 %s with %i to alarm', (periods, needed, breaching, notBreaching, ignore, missing) => {
  for (const before of ['OK', 'ALARM', 'INSUFFICIENT_DATA'] as const) {
    const after = (treatment: TreatMissingData) => stateAfter(periods, needed, treatment, before);
    expect([after('breaching'), after('notBreaching'), after('ignore'), after('missing')]).toEqual([
      breaching,
      notBreaching,
      ignore === 'keep' ? before : ignore,
      missing,
    ]);
  }
});

const operators: readonly (readonly [ComparisonOperator, string])[] = [
  ['GreaterThanOrEqualToThreshold', 'OK ALARM ALARM'],
  ['GreaterThanThreshold', 'OK OK ALARM'],
  ['LessThanThreshold', 'ALARM OK OK'],
  ['LessThanOrEqualToThreshold', 'ALARM ALARM OK'],
];

test.each(operators)('F491 %s compares the statistic with the threshold', (comparisonOperator, states) => {
  const alarm: Alarm = { comparisonOperator, threshold: 2, evaluationPeriods: 1, datapointsToAlarm: 1 };
  const point = { at: 0, count: 4, minimum: -9, maximum: 99 };
  const after = (statistic: 'Average' | 'Sum', sum: number) => evaluate({ ...alarm, statistic }, [{ ...point, sum }]);
  expect([1, 2, 3].map((value) => after('Sum', value)).join(' ')).toBe(states);
  expect([4, 8, 12].map((value) => after('Average', value)).join(' ')).toBe(states);
});
