import type { Dialect } from '../store.ts';

/**
 * Versions of what was deployed to container services, the images registered to them, the highest number that each label has reached, logins of the
 * registry by the digest of their password, and when simulated containers ran: all that their logs and metrics are computed from.
 */
export const containerServices = ({ long }: Dialect): string[] => [
  `create table container_deployment (
    service text not null, version integer not null, images text not null, body text not null, primary key (service, version))`,
  `create table container_image (
    service text not null, label text not null, version integer not null, digest text not null, created_at ${long} not null,
    primary key (service, label, version))`,
  'create table container_label (service text not null, label text not null, version integer not null, primary key (service, label))',
  `create table registry_login (
    password text primary key, account text not null, region text not null, expires_at ${long} not null)`,
  'create index registry_login_expiry on registry_login (expires_at)',
  `create table container_run (
    service text not null, version integer not null, since ${long} not null, until ${long}, nodes integer not null, body text not null,
    primary key (service, version, since))`,
];
