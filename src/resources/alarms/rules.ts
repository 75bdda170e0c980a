import type { MetricName, PutAlarmRequest, ResourceType } from '../../api/generated/types.ts';
import type { Catalogue, Metric } from '../../catalogue.ts';
import { invalidInput } from '../../errors.ts';
import { metricOf } from '../metrics/metered.ts';

/** F494, F540: an evaluation period, in seconds; a day of them at most. */
export const period = 300;
const mostPeriods = 288;

/** F493 */
export const alarmsPerMetric = 2;

/** F492: what can be monitored, of the kinds that have metrics. */
const monitorable: readonly ResourceType[] = ['Instance', 'LoadBalancer', 'RelationalDatabase'];

/** The metric that an alarm is about. Throws InvalidInputException when such a resource has none of that name (F492, F493). */
export const monitoredMetric = (catalogue: Catalogue, kind: ResourceType, name: MetricName): Metric => {
  if (!monitorable.includes(kind)) {
    throw invalidInput(
      `A resource of the type ${kind} cannot be monitored.`,
      `An alarm monitors a resource of the type ${monitorable.join(' or ')}.`,
    );
  }
  return metricOf(catalogue, kind, name);
};

/** Throws InvalidInputException for bounds that the model does not have (F494, F495, F498). */
export const checkAlarm = ({
  evaluationPeriods,
  datapointsToAlarm = 1,
  notificationTriggers,
}: PutAlarmRequest): void => {
  if (evaluationPeriods < 1 || evaluationPeriods > mostPeriods)
    throw invalidInput(`The evaluation periods ${evaluationPeriods} are not valid: there are 1 to ${mostPeriods}.`);
  if (datapointsToAlarm < 1 || datapointsToAlarm > evaluationPeriods) {
    throw invalidInput(
      `The data points to alarm ${datapointsToAlarm} are not valid.`,
      `Of ${evaluationPeriods} evaluation periods, 1 to ${evaluationPeriods} data points can be asked for.`,
    );
  }
  if (notificationTriggers?.includes('ALARM') === false)
    throw invalidInput('The notification triggers must contain ALARM.');
};
