import type { Alarm } from '../../api/generated/types.ts';
import type { Noun, Resource } from '../resource.ts';

/** What it watches stands in a table of its own, by ids. */
export type AlarmResource = Resource<Alarm, object>;

export const alarm: Noun<Alarm, object> = {
  kind: 'Alarm',
  shape: 'Alarm',
  state: (body) => body.state ?? 'INSUFFICIENT_DATA',
};
