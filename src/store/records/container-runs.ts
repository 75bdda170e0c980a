import type { Tx } from '../store.ts';

/** A time that a deployment ran on the nodes of a simulated service, in ms of Lateen's clock; it still does when `until` is null. `body` is JSON text. */
export interface ContainerRun {
  readonly version: number;
  readonly since: number;
  readonly until: number | null;
  readonly nodes: number;
  readonly body: string;
}

/** Forgets the service's runs that were over before `keptSince`. */
export const beginContainerRun = async (
  tx: Tx,
  service: string,
  { version, since, until, nodes, body }: ContainerRun,
  keptSince: number,
): Promise<void> => {
  await tx.run('delete from container_run where service = ? and until < ?', service, keptSince);
  await tx.run(
    `insert into container_run (service, version, since, until, nodes, body) values (?, ?, ?, ?, ?, ?)
     on conflict (service, version, since) do update set until = excluded.until, nodes = excluded.nodes, body = excluded.body`,
    service,
    version,
    since,
    until,
    nodes,
    body,
  );
};

/** Ends what goes on of a version at `at`; of all versions, when none is named. What had not begun by then never was. */
export const endContainerRuns = async (tx: Tx, service: string, at: number, version?: number): Promise<void> => {
  const which = `service = ? and (until is null or until > ?) and version = coalesce(?, version)`;
  await tx.run(`delete from container_run where ${which} and since >= ?`, service, at, version ?? null, at);
  await tx.run(`update container_run set until = ? where ${which}`, at, service, at, version ?? null);
};

/** Those that were not over by `from`, oldest first. */
export const containerRunsOf = (tx: Tx, service: string, from: number): Promise<readonly ContainerRun[]> =>
  tx.all<ContainerRun>(
    `select version, since, until, nodes, body from container_run
     where service = ? and (until is null or until > ?) order by since, version`,
    service,
    from,
  );

export const deleteContainerRuns = async (tx: Tx, service: string): Promise<void> => {
  await tx.run('delete from container_run where service = ?', service);
};
