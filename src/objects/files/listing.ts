import { uploadsIn } from '../../store/records/object-uploads.ts';
import { allVersions, findNewest, findVersion, type ListedRow, shownVersions } from '../../store/records/objects.ts';
import type { Tx } from '../../store/store.ts';
import type {
  BucketRef,
  ChecksumAlgorithm,
  ChecksumType,
  ListedObject,
  ListedVersion,
  ObjectStore,
  VersionListRequest,
} from '../store.ts';
import { type House, lookAt } from './house.ts';
import { uploadInfo } from './uploads.ts';
import { ageOfVersion } from './versions.ts';
import { walk } from './walk.ts';

type Listings = Pick<ObjectStore, 'list' | 'listVersions' | 'listUploads'>;

export const createListings = (house: House): Listings => ({
  list: (bucket, request) =>
    lookAt(house, bucket, async (tx) => {
      const { rows, prefixes, next } = await walk(request, (slice) => shownVersions(tx, bucket.id, slice));
      return { objects: rows.map(listedObject), prefixes, next: next?.after };
    }),

  listVersions: (bucket, request) =>
    lookAt(house, bucket, async (tx) => {
      const within = await placeOfVersion(tx, bucket, request);
      const found = await walk(
        { ...request, within },
        (slice) => allVersions(tx, bucket.id, slice),
        ({ age }) => age,
      );
      const { rows, prefixes, next } = found;
      // The page may begin amid the versions of a key, of which a newer one was shown before.
      let known: Pick<ListedRow, 'name' | 'age'> | undefined =
        within === undefined ? undefined : await findNewest(tx, bucket.id, request.after ?? '');
      const versions = rows.map((row) => {
        const latest = row.name !== known?.name || row.age === known.age;
        known = row;
        return listedVersion(row, latest);
      });
      const afterVersion = next?.within === undefined ? undefined : rows.at(-1)?.version;
      return { versions, prefixes, next: next && { after: next.after, afterVersion } };
    }),

  listUploads: (bucket, request) =>
    lookAt(house, bucket, async (tx) => {
      const found = await walk(
        { ...request, within: request.afterUpload },
        (slice) => uploadsIn(tx, bucket.id, slice),
        ({ id }) => id,
      );
      const { rows, prefixes, next } = found;
      const afterUpload = next?.within === undefined ? undefined : String(next.within);
      return { uploads: rows.map(uploadInfo), prefixes, next: next && { after: next.after, afterUpload } };
    }),
});

/**
 * The age of the version that a page goes on behind. It may be gone since, deleted by whoever walks through the pages: its id tells its
 * place all the same, but for the null version, of which all that follow its key are shown again.
 */
const placeOfVersion = async (
  tx: Tx,
  bucket: BucketRef,
  { after, afterVersion }: VersionListRequest,
): Promise<number | undefined> => {
  if (after === undefined || afterVersion === undefined) return undefined;
  const age = ageOfVersion(afterVersion);
  if (age !== undefined) return age;
  return (await findVersion(tx, bucket.id, after, afterVersion))?.age ?? Number.MIN_SAFE_INTEGER;
};

const listedObject = ({ name, size, etag, modifiedAt, algorithm, checksumType }: ListedRow): ListedObject => ({
  ...{ key: name, size, etag, modifiedAt },
  checksum:
    algorithm === null ? undefined : { algorithm: algorithm as ChecksumAlgorithm, type: checksumType as ChecksumType },
});

const listedVersion = (row: ListedRow, latest: boolean): ListedVersion => ({
  ...listedObject(row),
  ...{ versionId: row.version, latest, deleteMarker: row.marker === 1 },
});
