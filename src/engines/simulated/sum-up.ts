import type { MetricQuery, Statistics } from '../machine.ts';
import type { Visit } from './figures.ts';

/** The statistics of the figures that `tell` tells, oldest first, for each part of the query that has some. */
export const sumUp = (
  { start, period }: Pick<MetricQuery, 'start' | 'period'>,
  tell: (visit: Visit) => void,
): Statistics[] => {
  const all: { at: number; count: number; minimum: number; maximum: number; sum: number }[] = [];
  tell((at, figure, times = 1) => {
    const part = start + Math.floor((at - start) / period) * period;
    const last = all.at(-1);
    if (last?.at !== part) {
      all.push({ at: part, count: times, minimum: figure, maximum: figure, sum: figure * times });
      return;
    }
    last.count += times;
    last.sum += figure * times;
    last.minimum = Math.min(last.minimum, figure);
    last.maximum = Math.max(last.maximum, figure);
  });
  return all;
};
