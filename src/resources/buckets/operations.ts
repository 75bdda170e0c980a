import type { Bucket } from '../../api/generated/types.ts';
import type { Handlers } from '../../context.ts';
import { invalidInput } from '../../errors.ts';
import { recordBoth, subjectOf } from '../../operations/record.ts';
import { beginPublicAccessSync, bucketKeysOf, deleteBucketKeysOf, findBucket } from '../../store/records/buckets.ts';
import { deleteResource, pageOfRows } from '../../store/records/resources.ts';
import type { Tx } from '../../store/store.ts';
import { instance } from '../instances/noun.ts';
import { checkState } from '../instances/rules.ts';
import { readPage } from '../list.ts';
import { addResource, checkQuota, getResource, readResource, saveResource } from '../resource.ts';
import { checkTags } from '../tags/rules.ts';
import { bucketKeys } from './keys.ts';
import { moveAccessLog, setAccess, unlink } from './links.ts';
import { type BucketInner, bucket } from './noun.ts';
import { publicAccessSync } from './public-access.ts';
import { recordForBucket, subjectOfBucket } from './record.ts';
import { bundleOf, checkAccessLog, checkBundleChange, checkCors, checkMayGo, versioningAfter } from './rules.ts';
import { createBucket, deleteBucket } from './tasks.ts';
import { newBucket, shown } from './view.ts';

/** Names of buckets are unique across accounts and Regions, for they are the names of hosts (F376). Throws InvalidInputException. */
const checkName = async (tx: Tx, name: string): Promise<void> => {
  if ((await findBucket(tx, name)) === undefined) return;
  throw invalidInput(
    `The bucket name ${name} is already in use.`,
    'Names of buckets are unique across all accounts and Regions. Take another one.',
  );
};

export const buckets = {
  ...bucketKeys,

  CreateBucket: (ctx, { bucketName, bundleId, enableObjectVersioning = false, tags }) => {
    const id = ctx.ids.uuid();
    bundleOf(ctx.catalogue, bundleId);
    const body = newBucket(ctx, {
      ...{ id, name: bucketName, bundleId, versioned: enableObjectVersioning },
      tags: checkTags(tags),
    });
    return ctx.write(async (tx) => {
      await checkName(tx, bucketName);
      await checkQuota(tx, ctx, 'Bucket', 'buckets', ctx.catalogue.quota('bucketsPerAccount'));
      const made = await addResource(tx, ctx, bucket, id, body, {});
      await beginPublicAccessSync(tx, ctx.scope.account, ctx.clock.now());
      const operation = await recordForBucket(tx, ctx, bucketName, 'Started');
      const operations = [operation.id ?? ''];
      await ctx.enqueue(tx, createBucket, { scope: ctx.scope, resource: id, input: {}, operations });
      return { bucket: shown(ctx, made), operations: [operation] };
    });
  },

  /** F396: with the block of public access, whatever is asked for. */
  async GetBuckets(ctx, { bucketName, pageToken, includeConnectedResources: connected, includeCors: cors }) {
    if (cors && bucketName === undefined) {
      throw invalidInput('CORS is shown of one bucket at a time.', 'Send bucketName with includeCors.');
    }
    const accountLevelBpaSync = await ctx.read((tx) => publicAccessSync(tx, ctx));
    if (bucketName !== undefined) {
      const found = await ctx.read((tx) => getResource(tx, ctx.scope, bucket, bucketName));
      return { accountLevelBpaSync, buckets: [shown(ctx, found, { connected, cors })] };
    }
    const { page, nextPageToken } = await readPage(ctx, pageToken, [], (tx, after) =>
      pageOfRows(tx, ctx.scope, 'Bucket', after, ctx.paging.size),
    );
    const found = page.rows.map((row) => shown(ctx, readResource<Bucket, BucketInner>(row), { connected }));
    return { accountLevelBpaSync, buckets: found, nextPageToken };
  },

  /** What is not sent stays as it is, each rule of access too. Whatever serves the objects reads the row at every request. */
  UpdateBucket: (ctx, { bucketName, accessRules, versioning, readonlyAccessAccounts, accessLogConfig, cors }) => {
    if (accessLogConfig !== undefined) checkAccessLog(accessLogConfig);
    if (cors !== undefined) checkCors(cors);
    return ctx.write(async (tx) => {
      const found = await getResource(tx, ctx.scope, bucket, bucketName);
      const { body, inner } = found;
      if (accessLogConfig !== undefined) await moveAccessLog(tx, ctx.scope, found, accessLogConfig);
      const updated: Bucket = {
        ...body,
        accessLogConfig: accessLogConfig ?? body.accessLogConfig,
        accessRules: { ...body.accessRules, ...accessRules },
        objectVersioning: versioningAfter(body.objectVersioning, versioning),
        readonlyAccessAccounts: readonlyAccessAccounts ?? body.readonlyAccessAccounts,
      };
      const saved = await saveResource(tx, bucket, found, updated, { ...inner, cors: cors ?? inner.cors });
      const operation = await recordForBucket(tx, ctx, bucketName, 'Succeeded');
      return { bucket: shown(ctx, saved, { cors: cors !== undefined }), operations: [operation] };
    });
  },

  UpdateBucketBundle: (ctx, { bucketName, bundleId }) => {
    bundleOf(ctx.catalogue, bundleId);
    return ctx.write(async (tx) => {
      const found = await getResource(tx, ctx.scope, bucket, bucketName);
      const now = ctx.clock.now();
      checkBundleChange(found, bundleId, now);
      const body = { ...found.body, bundleId };
      await saveResource(tx, bucket, found, body, { ...found.inner, bundleChangedAt: now }, ctx);
      return { operations: [await recordForBucket(tx, ctx, bucketName, 'Succeeded', bundleId)] };
    });
  },

  SetResourceAccessForBucket: (ctx, { bucketName, resourceName, access }) =>
    ctx.write(async (tx) => {
      const found = await getResource(tx, ctx.scope, bucket, bucketName);
      const to = await getResource(tx, ctx.scope, instance, resourceName);
      checkState(to.body, 'given access to a bucket');
      await setAccess(tx, found, to, access === 'allow');
      const order = { type: ctx.operation, status: 'Succeeded' } as const;
      return { operations: await recordBoth(tx, ctx, order, subjectOfBucket(bucketName), subjectOf(to.body)) };
    }),

  /** The bucket is gone with the answer, with its keys and its name; its objects follow. */
  async DeleteBucket(ctx, { bucketName, forceDelete = false }) {
    const { row } = await ctx.read((tx) => getResource(tx, ctx.scope, bucket, bucketName));
    const { objects } = forceDelete ? { objects: 0 } : await ctx.buckets.usage(row.id);
    return ctx.write(async (tx) => {
      const found = await getResource(tx, ctx.scope, bucket, bucketName);
      const { id } = found.row;
      const keys = (await bucketKeysOf(tx, id)).length;
      if (!forceDelete) checkMayGo(bucketName, { objects, keys, instances: found.inner.receivers?.length ?? 0 });
      await unlink(tx, ctx.scope, found);
      await deleteBucketKeysOf(tx, id);
      await deleteResource(tx, found.row);
      await ctx.enqueue(tx, deleteBucket, { scope: ctx.scope, resource: id, input: {} });
      return { operations: [await recordForBucket(tx, ctx, bucketName, 'Succeeded')] };
    });
  },
} satisfies Handlers<
  | 'CreateBucket'
  | 'CreateBucketAccessKey'
  | 'DeleteBucket'
  | 'DeleteBucketAccessKey'
  | 'GetBucketAccessKeys'
  | 'GetBuckets'
  | 'SetResourceAccessForBucket'
  | 'UpdateBucket'
  | 'UpdateBucketBundle'
>;
