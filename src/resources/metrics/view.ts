import type { MetricDatapoint, MetricStatistic, MetricUnit } from '../../api/generated/types.ts';
import { seconds } from '../../clock.ts';
import type { Statistics } from '../../engines/machine.ts';

const members: Readonly<Record<MetricStatistic, (of: Statistics) => MetricDatapoint>> = {
  Average: ({ sum, count }) => ({ average: sum / count }),
  Maximum: ({ maximum }) => ({ maximum }),
  Minimum: ({ minimum }) => ({ minimum }),
  SampleCount: ({ count }) => ({ sampleCount: count }),
  Sum: ({ sum }) => ({ sum }),
};

/** F518: a point has the statistics that were asked for, and no others. */
export const datapoint = (
  of: Statistics,
  statistics: readonly MetricStatistic[],
  unit: MetricUnit,
): MetricDatapoint => ({
  ...Object.assign({}, ...statistics.map((statistic) => members[statistic](of))),
  timestamp: seconds(of.at),
  unit,
});
