import type { Dialect } from '../store.ts';

/** What each alarm watches, by the ids of both resources: the alarms of a resource are listed, counted and deleted with it. */
export const alarms = (_: Dialect): string[] => [
  'create table alarm (id text primary key, monitored text not null, metric text not null)',
  'create index alarm_monitored on alarm (monitored, metric)',
];
