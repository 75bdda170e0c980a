import type { Ids } from '../../ids.ts';
import { deleteVersion, findNewest, findVersion, insertVersion, type VersionRow } from '../../store/records/objects.ts';
import type { Tx } from '../../store/store.ts';
import { limits } from '../limits.ts';
import {
  type Attributes,
  type BucketRef,
  type ChecksumAlgorithm,
  type ChecksumType,
  nullVersion,
  type ObjectInfo,
  type ObjectName,
  ObjectRefusal,
  type StoredChecksum,
  type WriteConditions,
  type Written,
} from '../store.ts';
import type { Ledger } from './house.ts';

/** 32 characters, of which the first eight tell the place of the write, so that a listing goes on behind a version that is gone. */
const versionIdOf = (seq: number, ids: Ids): string => {
  const bytes = Buffer.concat([Buffer.alloc(6), ids.bytes(18)]);
  bytes.writeUIntBE(seq, 0, 6);
  return bytes.toString('base64url');
};

/** The age of a version by its id, whether it is there or not; undefined for the null version. Throws `InvalidArgument` for what is no id. */
export const ageOfVersion = (id: string): number | undefined => {
  if (id === nullVersion) return undefined;
  if (!/^[\w-]{32}$/.test(id)) throw new ObjectRefusal('InvalidArgument', 'Invalid version id specified');
  return -Buffer.from(id.slice(0, 8), 'base64url').readUIntBE(0, 6);
};

/** Throws for a key that cannot be: the index could not tell it from others. */
export const checkKey = (key: string): void => {
  if (Buffer.byteLength(key) > limits.maxKeyBytes) throw new ObjectRefusal('KeyTooLongError', 'Your key is too long');
  if (key === '' || key.includes('\0') || /\p{Surrogate}/u.test(key))
    throw new ObjectRefusal('InvalidArgument', 'A key is a Unicode text without U+0000, of one character at least.');
};

export const checksumOf = (
  row: Pick<VersionRow, 'algorithm' | 'checksumType' | 'checksum'>,
): StoredChecksum | undefined =>
  row.algorithm === null || row.checksum === null
    ? undefined
    : {
        algorithm: row.algorithm as ChecksumAlgorithm,
        type: row.checksumType as ChecksumType,
        value: row.checksum,
      };

export const infoOf = (row: VersionRow): ObjectInfo => ({
  ...(JSON.parse(row.body) as Attributes),
  ...{ key: row.name, versionId: row.version, size: row.size, etag: row.etag, modifiedAt: row.modifiedAt },
  checksum: checksumOf(row),
  parts: row.parts ?? undefined,
});

export const writtenOf = (row: VersionRow): Written => {
  const { version: versionId, etag, size, modifiedAt } = row;
  return { versionId, etag, size, modifiedAt, checksum: checksumOf(row) };
};

export const bodyOf = ({ headers, metadata, tags, publicRead }: Attributes): string =>
  JSON.stringify({ headers, metadata, tags, publicRead });

/** Throws as `ObjectStore.head` does. */
export const getVersion = async (tx: Tx, bucket: BucketRef, { key, versionId }: ObjectName): Promise<VersionRow> => {
  if (versionId !== undefined) ageOfVersion(versionId);
  const row = await (versionId === undefined
    ? findNewest(tx, bucket.id, key)
    : findVersion(tx, bucket.id, key, versionId));
  if (row?.marker) {
    const marker = { versionId: row.version, modifiedAt: row.modifiedAt };
    if (versionId === undefined) throw noKey(marker);
    const told = 'The specified method is not allowed against this resource.';
    throw new ObjectRefusal('MethodNotAllowed', told, { marker });
  }
  if (row !== undefined) return row;
  if (versionId === undefined) throw noKey();
  throw new ObjectRefusal('NoSuchVersion', 'The specified version does not exist.');
};

const noKey = (marker?: ObjectRefusal['marker']): ObjectRefusal =>
  new ObjectRefusal('NoSuchKey', 'The specified key does not exist.', { marker });

const failed = (condition: string): ObjectRefusal =>
  new ObjectRefusal('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
    condition,
  });

/** A write that must hit something finds `NoSuchKey` where there is nothing (user guide, conditional writes). */
export const checkWrite = async (
  tx: Tx,
  bucket: BucketRef,
  key: string,
  conditions: WriteConditions,
): Promise<void> => {
  const { ifMatch, ifNoneMatch } = conditions;
  if (ifMatch === undefined && ifNoneMatch === undefined) return;
  const newest = await findNewest(tx, bucket.id, key);
  const etag = newest?.marker ? undefined : newest?.etag;
  if (ifMatch !== undefined) {
    if (etag === undefined) throw noKey();
    if (ifMatch !== '*' && ifMatch !== etag) throw failed('If-Match');
  }
  if (etag !== undefined && (ifNoneMatch === '*' || ifNoneMatch === etag)) throw failed('If-None-Match');
};

/** As a write, but that a delete marker is something, of which nothing can be said (user guide, conditional deletes). */
export const checkDelete = async (
  tx: Tx,
  bucket: BucketRef,
  key: string,
  ifMatch: string | undefined,
): Promise<void> => {
  if (ifMatch === undefined) return;
  const newest = await findNewest(tx, bucket.id, key);
  if (newest === undefined) throw noKey();
  if (newest.marker || (ifMatch !== '*' && ifMatch !== newest.etag)) throw failed('If-Match');
};

/** What a new version is, but for its place. */
export type NewVersion = Pick<VersionRow, 'name' | 'size' | 'etag' | 'modifiedAt' | 'body'> &
  Partial<Pick<VersionRow, 'file' | 'upload' | 'parts' | 'marker'>> & {
    readonly checksum?: StoredChecksum | undefined;
  };

/** The null version of a key goes, if there is one. */
const dropNull = async (tx: Tx, ledger: Ledger, bucket: BucketRef, key: string): Promise<void> => {
  const old = await findVersion(tx, bucket.id, key, nullVersion);
  if (old !== undefined) await dropVersion(tx, ledger, old);
};

export const dropVersion = async (tx: Tx, ledger: Ledger, row: VersionRow): Promise<void> => {
  await deleteVersion(tx, row);
  ledger.add(-1, -row.size);
};

/** On top of its key: beside the others where versioning is enabled, and else in place of the null version. */
export const addVersion = async (
  tx: Tx,
  ledger: Ledger,
  bucket: BucketRef,
  ids: Ids,
  { checksum, file = null, upload = null, parts = null, marker = 0, ...version }: NewVersion,
): Promise<VersionRow> => {
  const versioned = bucket.versioning === 'Enabled';
  if (!versioned) await dropNull(tx, ledger, bucket, version.name);
  const seq = ledger.next();
  const row: VersionRow = {
    ...version,
    ...{ bucket: bucket.id, age: -seq, version: versioned ? versionIdOf(seq, ids) : nullVersion },
    ...{ file, upload, parts, marker, shown: 1 - marker },
    algorithm: checksum?.algorithm ?? null,
    checksumType: checksum?.type ?? null,
    checksum: checksum?.value ?? null,
  };
  await insertVersion(tx, row);
  ledger.add(1, row.size);
  return row;
};

/** As `ObjectStore` says of a delete without a version. */
export const removeNewest = async (
  tx: Tx,
  ledger: Ledger,
  bucket: BucketRef,
  ids: Ids,
  key: string,
  now: number,
): Promise<VersionRow | undefined> => {
  if (bucket.versioning === 'NeverEnabled') {
    await dropNull(tx, ledger, bucket, key);
    return undefined;
  }
  return addVersion(tx, ledger, bucket, ids, { name: key, size: 0, etag: '', modifiedAt: now, body: '{}', marker: 1 });
};
