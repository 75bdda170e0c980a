import type { Dialect } from '../store.ts';

/** Zones are looked up by name for whoever asks, without an account; there are few of them among all resources. */
export const zones = (_: Dialect): string[] => ["create index resource_zone on resource (name) where kind = 'Domain'"];
