import type { Bucket } from '../../api/generated/types.ts';
import { findById } from '../../store/records/resources.ts';
import type { TaskKind } from '../../tasks/task.ts';
import { readResource, saveResource } from '../resource.ts';
import { type BucketInner, bucket } from './noun.ts';
import { states } from './view.ts';

/** A bucket that cannot be made stays as one of an unknown state, until it is deleted (F382). */
export const createBucket: TaskKind<object> = {
  name: 'CreateBucket',
  steps: [
    {
      name: 'create',
      async run({ buckets, read, region, resource }) {
        const row = await read((tx) => findById(tx, resource));
        return row && buckets.create({ id: resource, name: row.name, region });
      },
      async undo({ buckets, resource }) {
        await buckets.delete(resource);
      },
    },
  ],
  async fail(tx, { resource }) {
    const row = await findById(tx, resource);
    if (row === undefined) return;
    const found = readResource<Bucket, BucketInner>(row);
    await saveResource(tx, bucket, found, { ...found.body, state: states.unknown }, found.inner);
  },
};

/** The row went with the answer. */
export const deleteBucket: TaskKind<object> = {
  name: 'DeleteBucket',
  unfailing: true,
  steps: [{ name: 'delete', run: ({ buckets, resource }) => buckets.delete(resource) }],
};

export const bucketTasks = [createBucket, deleteBucket];
