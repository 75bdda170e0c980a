import type { Scope } from '../../context.ts';
import type { Tx } from '../store.ts';

/** One version of what was deployed to a service. `body` is JSON text as the API shows it; `images` is JSON text of the registered images in it. */
export interface DeploymentRow {
  readonly version: number;
  readonly images: string;
  readonly body: string;
}

export const putDeployment = async (
  tx: Tx,
  service: string,
  { version, images, body }: DeploymentRow,
): Promise<void> => {
  await tx.run(
    `insert into container_deployment (service, version, images, body) values (?, ?, ?, ?)
     on conflict (service, version) do update set body = excluded.body`,
    service,
    version,
    images,
    body,
  );
};

export const findDeployment = (tx: Tx, service: string, version: number): Promise<DeploymentRow | undefined> =>
  tx.get<DeploymentRow>(
    'select version, images, body from container_deployment where service = ? and version = ?',
    service,
    version,
  );

/** Newest first. */
export const deploymentsOf = (tx: Tx, service: string): Promise<readonly DeploymentRow[]> =>
  tx.all<DeploymentRow>(
    'select version, images, body from container_deployment where service = ? order by version desc',
    service,
  );

/** Forgets the versions up to `last`, but for one. */
export const dropDeployments = async (tx: Tx, service: string, last: number, but: number): Promise<void> => {
  await tx.run(
    'delete from container_deployment where service = ? and version <= ? and version <> ?',
    service,
    last,
    but,
  );
};

/** An image registered to a service: the version of a label. */
export interface ImageRow {
  readonly label: string;
  readonly version: number;
  readonly digest: string;
  /** Milliseconds. */
  readonly createdAt: number;
}

const imageColumns = 'label, version, digest, created_at as "createdAt"';

/** Oldest first. */
export const imagesOf = (tx: Tx, service: string): Promise<readonly ImageRow[]> =>
  tx.all<ImageRow>(
    `select ${imageColumns} from container_image where service = ? order by created_at, label, version`,
    service,
  );

/** Without a version, the highest there is. */
export const findImage = (tx: Tx, service: string, label: string, version?: number): Promise<ImageRow | undefined> =>
  tx.get<ImageRow>(
    `select ${imageColumns} from container_image where service = ? and label = ? and version = coalesce(?,
       (select max(version) from container_image where service = ? and label = ?))`,
    service,
    label,
    version ?? null,
    service,
    label,
  );

/** Answers with the number that it gets: one more than the label ever had, whatever was deleted since (F435). */
export const addImage = async (
  tx: Tx,
  service: string,
  label: string,
  digest: string,
  createdAt: number,
): Promise<number> => {
  await tx.run(
    `insert into container_label (service, label, version) values (?, ?, 1)
     on conflict (service, label) do update set version = container_label.version + 1`,
    service,
    label,
  );
  const row = await tx.get<{ version: number }>(
    'select version from container_label where service = ? and label = ?',
    service,
    label,
  );
  const version = row?.version ?? 1;
  await tx.run(
    'insert into container_image (service, label, version, digest, created_at) values (?, ?, ?, ?, ?)',
    service,
    label,
    version,
    digest,
    createdAt,
  );
  return version;
};

export const deleteImage = async (tx: Tx, service: string, { label, version }: ImageRow): Promise<void> => {
  await tx.run('delete from container_image where service = ? and label = ? and version = ?', service, label, version);
};

/** Digests of the images of all services of the scope. */
export const digestsOf = async (tx: Tx, { account, region }: Scope): Promise<readonly string[]> =>
  (
    await tx.all<{ digest: string }>(
      `select distinct digest from container_image join resource on resource.id = container_image.service
       where resource.account = ? and resource.region = ?`,
      account,
      region,
    )
  ).map(({ digest }) => digest);

/** All that hangs on a service, but what its engine keeps. */
export const deleteContainersOf = async (tx: Tx, service: string): Promise<void> => {
  for (const table of ['container_deployment', 'container_image', 'container_label'])
    await tx.run(`delete from ${table} where service = ?`, service);
};

/** A login of the registry. `password` is a digest; `expiresAt` is on Lateen's clock. */
export interface LoginRow extends Scope {
  readonly password: string;
  readonly expiresAt: number;
}

/** Forgets those that were over by `now`. */
export const insertLogin = async (
  tx: Tx,
  { password, account, region, expiresAt }: LoginRow,
  now: number,
): Promise<void> => {
  await tx.run('delete from registry_login where expires_at <= ?', now);
  await tx.run(
    'insert into registry_login (password, account, region, expires_at) values (?, ?, ?, ?)',
    password,
    account,
    region,
    expiresAt,
  );
};

export const findLogin = (tx: Tx, password: string): Promise<LoginRow | undefined> =>
  tx.get<LoginRow>(
    'select password, account, region, expires_at as "expiresAt" from registry_login where password = ?',
    password,
  );
