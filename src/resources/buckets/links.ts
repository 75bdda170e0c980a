import type { BucketAccessLogConfig, Instance } from '../../api/generated/types.ts';
import type { Scope } from '../../context.ts';
import { findById, findResource } from '../../store/records/resources.ts';
import type { Tx } from '../../store/store.ts';
import { type InstanceInner, type InstanceResource, instance } from '../instances/noun.ts';
import { getResource, readResource, saveResource } from '../resource.ts';
import { type BucketInner, type BucketResource, bucket } from './noun.ts';

const find = async (tx: Tx, scope: Scope, name: string): Promise<BucketResource | undefined> => {
  const row = await findResource(tx, scope, 'Bucket', name);
  return row && readResource(row);
};

/** The list without the name and, if it is to be there, with it; undefined when nothing is left. */
const listed = (names: readonly string[] = [], name: string, there: boolean): readonly string[] | undefined => {
  const others = names.filter((other) => other !== name);
  const all = there ? [...others, name] : others;
  return all.length === 0 ? undefined : all;
};

const saveInInstance = async (tx: Tx, found: InstanceResource, name: string, there: boolean): Promise<void> => {
  const buckets = listed(found.inner.buckets, name, there);
  await saveResource(tx, instance, found, found.body, { ...found.inner, buckets });
};

const saveInBucket = async (
  tx: Tx,
  found: BucketResource,
  { row }: InstanceResource,
  there: boolean,
): Promise<void> => {
  const others = (found.inner.receivers ?? []).filter(({ id }) => id !== row.id);
  const all = there ? [...others, { id: row.id, name: row.name }] : others;
  const receivers = all.length === 0 ? undefined : all;
  await saveResource(tx, bucket, found, found.body, { ...found.inner, receivers });
};

/** Writes into both rows that the instance has, or no longer has, access to the bucket. */
export const setAccess = async (
  tx: Tx,
  found: BucketResource,
  to: InstanceResource,
  allowed: boolean,
): Promise<void> => {
  await saveInBucket(tx, found, to, allowed);
  await saveInInstance(tx, to, found.row.name, allowed);
};

/** For an instance that is being deleted: its buckets stay, without it. */
export const leaveBuckets = async (tx: Tx, scope: Scope, leaving: InstanceResource): Promise<void> => {
  for (const name of leaving.inner.buckets ?? []) {
    const found = await find(tx, scope, name);
    if (found !== undefined) await saveInBucket(tx, found, leaving, false);
  }
};

/** Tells the bucket that takes the logs of another one so, or that it no longer does. One that takes its own knows by itself. */
const tellDestination = async (
  tx: Tx,
  scope: Scope,
  source: string,
  { destination }: BucketAccessLogConfig,
  there: boolean,
): Promise<void> => {
  if (destination === undefined || destination === source) return;
  const found = await getResource(tx, scope, bucket, destination);
  const logsOf = listed(found.inner.logsOf, source, there);
  await saveResource(tx, bucket, found, found.body, { ...found.inner, logsOf });
};

const off: BucketAccessLogConfig = { enabled: false };

/** Another bucket takes the access logs, or none. Throws NotFoundException when it is not there. The bucket's own row is the caller's to save. */
export const moveAccessLog = async (
  tx: Tx,
  scope: Scope,
  { row, body }: BucketResource,
  to: BucketAccessLogConfig,
): Promise<void> => {
  await tellDestination(tx, scope, row.name, body.accessLogConfig ?? off, false);
  await tellDestination(tx, scope, row.name, to, true);
};

/** For a bucket that is being deleted: nobody has access to it any more, and logs that came here go nowhere. */
export const unlink = async (tx: Tx, scope: Scope, found: BucketResource): Promise<void> => {
  const { row, inner } = found;
  for (const { id } of inner.receivers ?? []) {
    const receiver = await findById(tx, id);
    if (receiver !== undefined)
      await saveInInstance(tx, readResource<Instance, InstanceInner>(receiver), row.name, false);
  }
  await moveAccessLog(tx, scope, found, off);
  for (const name of inner.logsOf ?? []) {
    const source = await find(tx, scope, name);
    if (source !== undefined)
      await saveResource<object, BucketInner>(
        tx,
        bucket,
        source,
        { ...source.body, accessLogConfig: off },
        source.inner,
      );
  }
};
