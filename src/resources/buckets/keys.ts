import type { AccessKey } from '../../api/generated/types.ts';
import { seconds } from '../../clock.ts';
import type { Context, Handlers } from '../../context.ts';
import { notFound, quotaReached } from '../../errors.ts';
import { newKey } from '../../iam/new-key.ts';
import {
  type BucketKeyRow,
  bucketKeysOf,
  deleteBucketKey,
  findBucketKey,
  insertBucketKey,
} from '../../store/records/buckets.ts';
import { deleteSecret, putSecret } from '../../store/records/secrets.ts';
import type { Tx } from '../../store/store.ts';
import { getResource } from '../resource.ts';
import { bucket } from './noun.ts';
import { recordForBucket } from './record.ts';

/** What a key was never used for (F392). */
const never = 'N/A';

/** The key without its secret, which is shown once (F389). */
const shownKey = ({ id, status, createdAt, usedAt, usedRegion, usedService }: BucketKeyRow): AccessKey => ({
  accessKeyId: id,
  createdAt: seconds(createdAt),
  lastUsed: {
    lastUsedDate: usedAt === null ? undefined : seconds(usedAt),
    region: usedRegion ?? never,
    serviceName: usedService ?? never,
  },
  status,
});

/** Keys are rows that are read at every request, so all is done with the answer. */
const done = async (tx: Tx, ctx: Context, bucketName: string) => [
  await recordForBucket(tx, ctx, bucketName, 'Succeeded'),
];

export const bucketKeys = {
  CreateBucketAccessKey: (ctx, { bucketName }) =>
    ctx.write(async (tx) => {
      const found = await getResource(tx, ctx.scope, bucket, bucketName);
      const most = ctx.catalogue.quota('accessKeysPerBucket');
      if ((await bucketKeysOf(tx, found.row.id)).length >= most) throw quotaReached('bucket access keys', most);
      const { accessKeyId, secret } = newKey(ctx.ids, 'AKIA');
      const [status, createdAt] = ['Active', ctx.clock.now()] as const;
      await insertBucketKey(tx, { id: accessKeyId, bucket: found.row.id, status, createdAt });
      await putSecret(tx, ctx.seal, found.row.id, accessKeyId, secret);
      return {
        accessKey: { accessKeyId, createdAt: seconds(createdAt), secretAccessKey: secret, status },
        operations: await done(tx, ctx, bucketName),
      };
    }),

  GetBucketAccessKeys: (ctx, { bucketName }) =>
    ctx.read(async (tx) => {
      const { row } = await getResource(tx, ctx.scope, bucket, bucketName);
      return { accessKeys: (await bucketKeysOf(tx, row.id)).map(shownKey) };
    }),

  DeleteBucketAccessKey: (ctx, { bucketName, accessKeyId }) =>
    ctx.write(async (tx) => {
      const found = await getResource(tx, ctx.scope, bucket, bucketName);
      const key = await findBucketKey(tx, accessKeyId);
      if (key?.bucket !== found.row.id) throw notFound('AccessKey');
      await deleteBucketKey(tx, key.id);
      await deleteSecret(tx, found.row.id, key.id);
      return { operations: await done(tx, ctx, bucketName) };
    }),
} satisfies Handlers<'CreateBucketAccessKey' | 'GetBucketAccessKeys' | 'DeleteBucketAccessKey'>;
