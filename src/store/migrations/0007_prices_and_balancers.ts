import type { Dialect } from '../store.ts';

/**
 * By what resources were charged until they changed: what they are charged by now, and since when they are there, their rows say.
 * And what simulated balancers were, and when: all that their metrics are computed from.
 */
export const pricesAndBalancers = ({ long }: Dialect): string[] => [
  `create table price_change (resource text not null, at ${long} not null, basis text not null, primary key (resource, at))`,
  `create table balancer_spell (
    balancer text not null, state text not null, machine text not null, since ${long} not null, until ${long},
    primary key (balancer, state, machine, since))`,
  'create index balancer_spell_machine on balancer_spell (machine, state)',
];
