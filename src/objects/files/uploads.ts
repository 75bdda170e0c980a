import type { Readable } from 'node:stream';
import {
  deleteUpload,
  dropPart,
  dropUpload,
  findPart,
  findUpload,
  insertUpload,
  type PartRow,
  partsAfter,
  placePart,
  putPart,
  type UploadRow,
  usageOfUpload,
} from '../../store/records/object-uploads.ts';
import { findVersionOfUpload } from '../../store/records/objects.ts';
import type { Tx } from '../../store/store.ts';
import { limits } from '../limits.ts';
import {
  type BucketRef,
  type ChecksumAlgorithm,
  type ChecksumType,
  ObjectRefusal,
  type ObjectStore,
  type Part,
  type UploadInfo,
  type UploadRef,
} from '../store.ts';
import { choose, objectOf, typeOfChecksum } from './completion.ts';
import { changeBucket, checkGrowth, type House, type Ledger, lookAt, lookFirst } from './house.ts';
import { takeIn } from './incoming.ts';
import { openSource, reading } from './objects.ts';
import { addVersion, bodyOf, checkKey, checkWrite, writtenOf } from './versions.ts';

type UploadCalls = Pick<
  ObjectStore,
  'createUpload' | 'putPart' | 'copyPart' | 'listParts' | 'completeUpload' | 'abortUpload'
>;

const noUpload = (): ObjectRefusal =>
  new ObjectRefusal(
    'NoSuchUpload',
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
  );

/** Throws `NoSuchUpload`, also for an upload of another bucket or key. */
const getUpload = async (tx: Tx, bucket: BucketRef, { key, uploadId }: UploadRef): Promise<UploadRow> => {
  const row = await findUpload(tx, uploadId);
  if (row?.bucket !== bucket.id || row.name !== key) throw noUpload();
  return row;
};

export const uploadInfo = ({ id, name, begunAt, algorithm, checksumType }: UploadRow): UploadInfo => ({
  ...{ key: name, uploadId: id, begunAt },
  checksum:
    algorithm === null ? undefined : { algorithm: algorithm as ChecksumAlgorithm, type: checksumType as ChecksumType },
});

/** Of an upload, or of the part that it is: a part may have a checksum where the upload asks for none. */
const partOf = ({ number, size, etag, modifiedAt, checksum }: PartRow, algorithm: string | null): Part => ({
  ...{ number, size, etag, modifiedAt },
  checksum:
    algorithm === null || checksum === null
      ? undefined
      : { algorithm: algorithm as ChecksumAlgorithm, value: checksum },
});

/** The upload and its parts go. */
export const endUpload = async (tx: Tx, ledger: Ledger, id: string): Promise<void> => {
  const { parts, bytes } = await usageOfUpload(tx, id);
  await dropUpload(tx, id);
  ledger.add(-parts, -bytes);
};

export const createUploadCalls = (house: House): UploadCalls => {
  const { clock, ids } = house;

  const takePart: ObjectStore['putPart'] = async (bucket, request) => {
    const { uploadId, number, checksum, size = 0 } = request;
    if (!(number >= 1 && number <= limits.maxParts))
      throw new ObjectRefusal(
        'InvalidArgument',
        `Part number must be an integer between 1 and ${limits.maxParts}, inclusive`,
      );
    const { algorithm } = await lookFirst(house, bucket, async (tx) => {
      const upload = await getUpload(tx, bucket, request);
      const replaced = await findPart(tx, uploadId, number);
      await checkGrowth(tx, bucket, size - (replaced?.size ?? 0));
      return upload;
    });
    if (algorithm !== null && checksum !== undefined && checksum.algorithm !== algorithm) {
      const told = `Checksum Type mismatch occurred, expected checksum Type: ${algorithm.toLowerCase()}, actual checksum Type: ${checksum.algorithm.toLowerCase()}`;
      throw new ObjectRefusal('InvalidRequest', told);
    }
    const wanted = (algorithm ?? checksum?.algorithm) as ChecksumAlgorithm | undefined;
    return takeIn(house, bucket, request, wanted, async (tx, ledger, arrived) => {
      await getUpload(tx, bucket, request);
      const { file, size, etag } = arrived;
      const row: PartRow = {
        ...{ upload: uploadId, number, file, start: null, size, etag, modifiedAt: clock.now() },
        checksum: algorithm === null ? null : (arrived.checksum?.value ?? null),
      };
      const old = await findPart(tx, uploadId, number);
      ledger.add(old === undefined ? 1 : 0, size - (old?.size ?? 0));
      await putPart(tx, row);
      return { ...partOf(row, algorithm), checksum: arrived.checksum };
    });
  };

  return {
    async createUpload(bucket, request) {
      const { key, checksumAlgorithm: algorithm, checksumType } = request;
      checkKey(key);
      const type = typeOfChecksum(algorithm, checksumType);
      return changeBucket(house, bucket, async (tx, ledger) => {
        const row: UploadRow = {
          // In the order of their beginning.
          id: `${ledger.next().toString(16).padStart(12, '0')}${ids.bytes(16).toString('hex')}`,
          ...{ bucket: bucket.id, name: key, begunAt: clock.now(), body: bodyOf(request) },
          ...{ algorithm: algorithm ?? null, checksumType: type ?? null },
        };
        await insertUpload(tx, row);
        return uploadInfo(row);
      });
    },

    putPart: takePart,

    async copyPart(bucket, source, { range, ...part }) {
      const from = await openSource(house, source);
      try {
        const { size, versionId } = from.info;
        const bytes = range === undefined ? size : range.last - range.first + 1;
        const put = (body: Readable) => takePart(bucket, { ...part, body, size: bytes });
        return { ...(await reading(from, range, put)), sourceVersionId: versionId };
      } finally {
        from.close();
      }
    },

    listParts: (bucket, upload, { limit, after = 0 }) =>
      lookAt(house, bucket, async (tx) => {
        const row = await getUpload(tx, bucket, upload);
        const found = limit === 0 ? [] : await partsAfter(tx, row.id, after, limit + 1);
        const page = found.slice(0, limit);
        return {
          ...uploadInfo(row),
          parts: page.map((part) => partOf(part, row.algorithm)),
          next: found.length > limit ? page.at(-1)?.number : undefined,
        };
      }),

    completeUpload: (bucket, request) =>
      changeBucket(house, bucket, async (tx, ledger) => {
        const { key, uploadId, conditions = {} } = request;
        const done = await findVersionOfUpload(tx, uploadId);
        if (done?.bucket === bucket.id && done.name === key) return writtenOf(done);
        const upload = await getUpload(tx, bucket, request);
        const parts = await partsAfter(tx, uploadId, 0, limits.maxParts);
        const chosen = choose(parts, upload, request);
        const whole = objectOf(chosen, upload, request);
        await checkWrite(tx, bucket, key, conditions);
        let start = 0;
        for (const { number, size } of chosen) {
          await placePart(tx, uploadId, number, start);
          start += size;
        }
        const kept = new Set(chosen);
        for (const part of parts) {
          ledger.add(-1, -part.size);
          if (!kept.has(part)) await dropPart(tx, uploadId, part.number);
        }
        await deleteUpload(tx, uploadId);
        const { body } = upload;
        const { size, etag, checksum } = whole;
        const version = { name: key, size, etag, checksum, body, modifiedAt: clock.now() };
        const row = await addVersion(tx, ledger, bucket, ids, { ...version, upload: uploadId, parts: chosen.length });
        return writtenOf(row);
      }),

    abortUpload: (bucket, upload) =>
      changeBucket(house, bucket, async (tx, ledger) => {
        const { id } = await getUpload(tx, bucket, upload);
        await endUpload(tx, ledger, id);
      }),
  };
};
