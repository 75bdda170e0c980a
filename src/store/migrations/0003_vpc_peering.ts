import type { Dialect } from '../store.ts';

/** The private networks that are peered: one row per account and Region, none where they are not. */
export const vpcPeering = ({ long }: Dialect): string[] => [
  `create table vpc_peering (account text not null, region text not null, since ${long} not null, primary key (account, region))`,
];
