import type { Readable } from 'node:stream';
import { findVersion, setVersionBody } from '../../store/records/objects.ts';
import type { Tx } from '../../store/store.ts';
import { checkRead } from '../conditions.ts';
import {
  type Attributes,
  type BucketRef,
  type ByteRange,
  type CopySource,
  type Deleted,
  type DeleteOutcome,
  type DeleteRequest,
  nullVersion,
  type ObjectName,
  ObjectRefusal,
  type ObjectStore,
  type OpenObject,
} from '../store.ts';
import { changeBucket, checkBucket, checkGrowth, type House, type Ledger, lookAt, lookFirst } from './house.ts';
import { takeIn } from './incoming.ts';
import { openVersion } from './reading.ts';
import {
  addVersion,
  ageOfVersion,
  bodyOf,
  checkDelete,
  checkKey,
  checkWrite,
  dropVersion,
  getVersion,
  infoOf,
  removeNewest,
  writtenOf,
} from './versions.ts';

type ObjectCalls = Pick<
  ObjectStore,
  'head' | 'open' | 'put' | 'copy' | 'delete' | 'deleteMany' | 'setTags' | 'setPublicRead'
>;

export const createObjectCalls = (house: House): ObjectCalls => {
  const { clock, ids } = house;

  /** Before a body is read that would be refused at its end. */
  const checkBefore = (
    bucket: BucketRef,
    { key, size = 0, conditions = {} }: Pick<Parameters<ObjectStore['put']>[1], 'key' | 'size' | 'conditions'>,
  ): Promise<void> =>
    lookFirst(house, bucket, async (tx) => {
      await checkWrite(tx, bucket, key, conditions);
      const replaced = bucket.versioning === 'Enabled' ? undefined : await findVersion(tx, bucket.id, key, nullVersion);
      await checkGrowth(tx, bucket, size - (replaced?.size ?? 0));
    });

  const put: ObjectStore['put'] = async (bucket, request) => {
    const { key, conditions = {} } = request;
    checkKey(key);
    await checkBefore(bucket, request);
    const row = await takeIn(
      house,
      bucket,
      request,
      request.checksum?.algorithm,
      async (tx, ledger, { checksum, ...arrived }) => {
        await checkWrite(tx, bucket, key, conditions);
        return addVersion(tx, ledger, bucket, ids, {
          ...{ name: key, ...arrived, modifiedAt: clock.now(), body: bodyOf(request) },
          checksum: checksum && { ...checksum, type: 'FULL_OBJECT' },
        });
      },
    );
    return writtenOf(row);
  };

  const remove = async (tx: Tx, ledger: Ledger, bucket: BucketRef, request: DeleteRequest): Promise<Deleted> => {
    const { key, versionId, ifMatch } = request;
    if (versionId !== undefined) ageOfVersion(versionId);
    await checkDelete(tx, bucket, key, ifMatch);
    if (versionId === undefined) {
      const marker = await removeNewest(tx, ledger, bucket, ids, key, clock.now());
      return { versionId: marker?.version, deleteMarker: marker !== undefined };
    }
    const row = await findVersion(tx, bucket.id, key, versionId);
    if (row !== undefined) await dropVersion(tx, ledger, row);
    return { versionId, deleteMarker: row?.marker === 1 };
  };

  const change = (bucket: BucketRef, name: ObjectName, attributes: Partial<Attributes>) =>
    changeBucket(house, bucket, async (tx) => {
      const row = await getVersion(tx, bucket, name);
      await setVersionBody(tx, row, bodyOf({ ...infoOf(row), ...attributes }));
      return { versionId: row.version };
    });

  return {
    head: (bucket, name) => lookAt(house, bucket, async (tx) => infoOf(await getVersion(tx, bucket, name))),
    open: (bucket, name) => openVersion(house, bucket, name),
    put,

    async copy(bucket, source, { key, headers, metadata, tags, checksumAlgorithm, publicRead, conditions }) {
      const from = await openSource(house, source);
      try {
        const { info } = from;
        const algorithm = checksumAlgorithm ?? info.checksum?.algorithm;
        const written = await reading(from, undefined, (body) =>
          put(bucket, {
            ...{ key, body, size: info.size, conditions, publicRead },
            headers: headers ?? info.headers,
            metadata: metadata ?? info.metadata,
            tags: tags ?? info.tags,
            checksum: algorithm && { algorithm },
          }),
        );
        return { ...written, sourceVersionId: info.versionId };
      } finally {
        from.close();
      }
    },

    delete: (bucket, request) => changeBucket(house, bucket, (tx, ledger) => remove(tx, ledger, bucket, request)),

    deleteMany: (bucket, requests) =>
      changeBucket(house, bucket, async (tx, ledger) => {
        await checkBucket(tx, bucket.id);
        const outcomes: DeleteOutcome[] = [];
        for (const request of requests) {
          // Whatever refuses does so before it changes anything, so the others are not harmed.
          outcomes.push(
            await remove(tx, ledger, bucket, request).then(
              (deleted) => ({ ...request, deleted }),
              (refusal: unknown) => {
                if (refusal instanceof ObjectRefusal) return { ...request, refusal };
                throw refusal;
              },
            ),
          );
        }
        return outcomes;
      }),

    setTags: (bucket, name, tags) => change(bucket, name, { tags }),
    setPublicRead: (bucket, name, publicRead) => change(bucket, name, { publicRead }),
  };
};

/** What is copied, once its conditions hold. A delete marker has nothing to copy. */
export const openSource = async (house: House, source: CopySource): Promise<OpenObject> => {
  const from = await openVersion(house, source.bucket, source).catch((error: unknown) => {
    if (!(error instanceof ObjectRefusal) || error.code !== 'MethodNotAllowed') throw error;
    const told = 'The source of a copy request may not specifically refer to a delete marker by version id.';
    throw new ObjectRefusal('InvalidRequest', told);
  });
  const failed = checkRead(from.info, source.conditions ?? {});
  if (failed === undefined) return from;
  from.close();
  const told = 'At least one of the pre-conditions you specified did not hold';
  throw new ObjectRefusal('PreconditionFailed', told, { condition: `x-amz-copy-source-${failed.toLowerCase()}` });
};

/** Has a range read, by somebody who may end before it does. */
export const reading = async <T>(
  from: OpenObject,
  range: ByteRange | undefined,
  read: (body: Readable) => Promise<T>,
): Promise<T> => {
  const body = from.read(range);
  try {
    return await read(body);
  } finally {
    body.destroy();
  }
};
