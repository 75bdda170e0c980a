import type {
  Instance,
  SetupExecutionDetails,
  SetupHistory,
  SetupInstanceHttpsRequest,
} from '../../api/generated/types.ts';
import { seconds } from '../../clock.ts';

/** The steps of a set-up, in order, and what the history tells of each as its command. */
export const commands = [
  ({ domainNames = [] }) => `check ${domainNames.join(' ')}`,
  ({ domainNames = [] }) => `issue ${domainNames.join(' ')}`,
  ({ instanceName }) => `install ${instanceName}`,
] as const satisfies readonly ((request: NonNullable<SetupHistory['request']>) => string)[];

/** When something happens, in ms, and the version of our steps. */
interface Now {
  readonly now: number;
  readonly version: string;
}

const detail = (
  { request = {} }: SetupHistory,
  place: number,
  { now, version }: Now,
  rest: Pick<SetupExecutionDetails, 'status' | 'standardOutput' | 'standardError'>,
): SetupExecutionDetails => ({
  command: commands[place]?.(request),
  dateTime: seconds(now),
  name: request.instanceName,
  standardError: '',
  standardOutput: '',
  version,
  ...rest,
});

/** A set-up as it begins. The e-mail address is for the holder of the certificate only, so nobody is shown it. */
export const newHistory = (
  operationId: string,
  { name, arn, createdAt, location, resourceType }: Instance,
  { instanceName, domainNames, certificateProvider }: SetupInstanceHttpsRequest,
  now: Now,
): SetupHistory => {
  const begun: SetupHistory = {
    operationId,
    request: { instanceName, domainNames, certificateProvider },
    resource: { name, arn, createdAt, location, resourceType },
    status: 'inProgress',
  };
  return { ...begun, executionDetails: [detail(begun, 0, now, { status: 'inProgress' })] };
};

/** The step at `place` is through, and the next one begins. */
export const withPassed = (history: SetupHistory, place: number, standardOutput: string, now: Now): SetupHistory => {
  const before = (history.executionDetails ?? []).slice(0, place);
  const passed = detail(history, place, now, { status: 'succeeded', standardOutput });
  const next = place + 1 < commands.length ? [detail(history, place + 1, now, { status: 'inProgress' })] : [];
  return { ...history, executionDetails: [...before, passed, ...next] };
};

export const withSuccess = (history: SetupHistory): SetupHistory => ({ ...history, status: 'succeeded' });

/** The step that was under way failed, and the whole with it. */
export const withFailure = (history: SetupHistory, standardError: string, now: Now): SetupHistory => {
  const details = history.executionDetails ?? [];
  const place = Math.max(0, details.length - 1);
  const failed = detail(history, place, now, { status: 'failed', standardError });
  return { ...history, status: 'failed', executionDetails: [...details.slice(0, place), failed] };
};
