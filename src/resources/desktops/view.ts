import type { CreateGUISessionAccessDetailsResult, Instance, Session } from '../../api/generated/types.ts';
import type { Blueprint, Catalogue } from '../../catalogue.ts';
import type { InstanceInner } from '../instances/noun.ts';

/** The sessions of a desktop: with its application, when it has one, and with the whole of it. The key is a part of the link. */
export const sessionsOf = ({
  name,
  type,
}: Pick<Blueprint, 'name' | 'type'>): readonly (Required<Pick<Session, 'isPrimary'>> & {
  readonly key: string;
  readonly name: string;
})[] =>
  type === 'app'
    ? [
        { key: 'application', name, isPrimary: true },
        { key: 'system', name: 'Operating system', isPrimary: false },
      ]
    : [{ key: 'system', name, isPrimary: true }];

/** Whether the sessions of a desktop can be entered at `now` (ms). They are over as soon as the instance is told to stop. */
export const isOpen = ({ state }: Instance, { desktop }: InstanceInner, now: number): boolean =>
  state?.name === 'running' && desktop?.status === 'started' && now < (desktop.until ?? 0);

/** How far something is that began at `since` and takes so long (ms); never whole before it is. */
const percent = (since: number, takes: number, now: number): number =>
  takes === 0 ? 0 : Math.max(0, Math.min(99, Math.floor((100 * (now - since)) / takes)));

type Standing = Pick<CreateGUISessionAccessDetailsResult, 'status' | 'percentageComplete' | 'failureReason'>;

/** How the desktop stands at `now` (ms). */
export const standingOf = (
  { time }: Pick<Catalogue, 'time'>,
  body: Instance,
  inner: InstanceInner,
  now: number,
): Standing => {
  const { createdAt = 0, state } = body;
  if (state?.name === 'pending')
    return { status: 'settingUpInstance', percentageComplete: percent(createdAt * 1_000, time('create'), now) };
  if (state?.name !== 'running') return { status: 'stopped', percentageComplete: 100 };
  const { desktop } = inner;
  if (desktop === undefined) return { status: 'notStarted', percentageComplete: 0 };
  switch (desktop.status) {
    case 'starting':
      return { status: 'starting', percentageComplete: percent(desktop.since, time('startDesktop'), now) };
    case 'stopping':
      return { status: 'stopping', percentageComplete: percent(desktop.since, time('stopDesktop'), now) };
    case 'started':
      return { status: isOpen(body, inner, now) ? 'started' : 'startExpired', percentageComplete: 100 };
    case 'stopped':
      return { status: 'stopped', percentageComplete: 100 };
    default:
      return { status: desktop.status, percentageComplete: 0, failureReason: desktop.failureReason };
  }
};
