import type { Instance, InstanceState } from '../../api/generated/types.ts';
import { invalidInput, wrongState } from '../../errors.ts';

/** The names of an instance's states, with the codes that EC2 gives them (F132: running is 16). */
export const states = {
  pending: { code: 0, name: 'pending' },
  running: { code: 16, name: 'running' },
  stopping: { code: 64, name: 'stopping' },
  stopped: { code: 80, name: 'stopped' },
} as const satisfies Record<string, InstanceState>;

export type StateName = keyof typeof states;

/** What may happen when. The word is the error's: 'cannot be started while its state is ...'. */
export const allowed = {
  started: ['stopped'],
  stopped: ['running'],
  /** F128: `force` is for an instance that hangs in `stopping`; else a stop is a normal one. */
  'forced to stop': ['running', 'stopping'],
  rebooted: ['running'],
  'reached by a terminal': ['running'],
  snapshotted: ['running', 'stopped'],
  'given another IP address type': ['running', 'stopped'],
  'attached to a load balancer': ['running'],
  'given access to a bucket': ['running', 'stopped'],
  'asked for its key': ['running'],
  'given other metadata options': ['running', 'stopped'],
  'opened or closed as a desktop': ['running'],
  'made an origin': ['running', 'stopping', 'stopped'],
  'given other ports': ['pending', 'running', 'stopping', 'stopped'],
} as const satisfies Record<string, readonly StateName[]>;

/** Throws InvalidInputException when the instance's state forbids it. */
export const checkState = (body: Instance, verb: keyof typeof allowed): void => {
  const state = body.state?.name ?? '';
  const states: readonly string[] = allowed[verb];
  if (!states.includes(state)) throw wrongState('Instance', body.name ?? '', verb, state, states);
};

/** Zones are case-sensitive and of the Region that was asked (F109). */
export const checkZone = (zone: string, zones: readonly string[], region: string): void => {
  if (zones.includes(zone)) return;
  throw invalidInput(
    `The availability zone ${zone} is not valid in the Region ${region}.`,
    `Use one of ${zones.join(', ')}; GetRegions with includeAvailabilityZones lists them.`,
  );
};
