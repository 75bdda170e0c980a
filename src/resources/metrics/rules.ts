import type { MetricStatistic, MetricUnit } from '../../api/generated/types.ts';
import type { Catalogue, Metric } from '../../catalogue.ts';
import { invalidInput } from '../../errors.ts';

/** The part of a request that all families of metrics have; times in epoch seconds. */
export interface MetricRequest<Name extends string = string> {
  readonly metricName: Name;
  readonly period: number;
  readonly startTime: number;
  readonly endTime: number;
  readonly unit: MetricUnit;
  readonly statistics: readonly MetricStatistic[];
}

const minuteMs = 60_000;

/**
 * The range that a request asks for, in ms. It begins at a full minute, and its parts are counted from there. Throws
 * InvalidInputException for a unit that the metric does not have (F517), and for a range that is empty or has too many points.
 */
export const readRange = (
  { metricName, period, startTime, endTime, unit, statistics }: MetricRequest,
  metric: Metric,
  catalogue: Catalogue,
): { start: number; end: number; period: number } => {
  if (unit !== metric.unit) {
    throw invalidInput(`The unit ${unit} is not valid for the metric ${metricName}.`, `Its unit is ${metric.unit}.`);
  }
  if (statistics.length === 0) throw invalidInput('At least one statistic is needed.');
  if (period % 60 !== 0)
    throw invalidInput(`The period ${period} is not valid.`, 'It must be a multiple of 60 seconds.');
  if (startTime >= endTime) throw invalidInput('The start time must be before the end time.');
  const range = {
    start: Math.floor((startTime * 1_000) / minuteMs) * minuteMs,
    end: endTime * 1_000,
    period: period * 1_000,
  };
  const points = Math.ceil((range.end - range.start) / range.period);
  if (points > catalogue.mostPoints) {
    throw invalidInput(
      `The request is for up to ${points} data points, and an answer has ${catalogue.mostPoints} at most.`,
      'Ask for a longer period or a shorter time.',
    );
  }
  return range;
};
