import type { Readable } from 'node:stream';
import type { ServedBucket } from '../engines/buckets.ts';

/** What the store has to know of a bucket: it may be a row of the control plane as it is at the beginning of a request. */
export type BucketRef = Pick<ServedBucket, 'id' | 'versioning' | 'storageInGb'>;

/** As S3 names them in `x-amz-checksum-algorithm`; values are base64 of the bytes, big endian. */
export type ChecksumAlgorithm = 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256';

/** Of a whole object, or of the list of the checksums of its parts (which ends in `-` and their number). */
export type ChecksumType = 'COMPOSITE' | 'FULL_OBJECT';

export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly value: string;
}

export interface StoredChecksum extends Checksum {
  readonly type: ChecksumType;
}

export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** What goes with an object and comes back with it. */
export interface Attributes {
  /** Content-Type, Cache-Control and their like, by their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** `x-amz-meta-*`, without that prefix, in lower case. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: readonly Tag[];
  /** Whether it has the ACL `public-read`; without it, `private`. */
  readonly publicRead: boolean;
}

/** The version of an object that was stored while versioning was not enabled. There is one of a key at most. */
export const nullVersion = 'null';

/** One version of an object. It never changes, but for its tags and `publicRead`. */
export interface ObjectInfo extends Attributes {
  readonly key: string;
  /** `null` (the word) when it was stored while versioning was not enabled. */
  readonly versionId: string;
  /** Bytes. */
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  /** In ms of Lateen's clock. */
  readonly modifiedAt: number;
  readonly checksum?: StoredChecksum | undefined;
  /** How many parts it was put together from; undefined for one that came as a whole. */
  readonly parts?: number | undefined;
}

/** First and last byte, both counted from 0 and both included. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * A version that is being looked at. Whatever happens to its key meanwhile, its bytes stay readable until `close`, which must be called, and
 * may be called twice. A stream that was begun may go on after `close`.
 */
export interface OpenObject {
  readonly info: ObjectInfo;
  /** All of it, or a range that must lie within it. Not to be called for an object without bytes and a range. */
  read(range?: ByteRange): Readable;
  /** The same at once, where the bytes are so few that a stream would cost more than they do; undefined where they are not. Throws as `read`. */
  readFew(range?: ByteRange): Buffer | undefined;
  /** Where part `number` (from 1 on) lies, and its checksum; undefined when there is none of that number. An object that came as a whole is its own part 1. */
  part(number: number): Promise<{ readonly range: ByteRange; readonly checksum?: Checksum | undefined } | undefined>;
  close(): void;
}

/** On writing: entity tags without quotes, `*` for any. Looked at again in the transaction that makes the change. */
export interface WriteConditions {
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
}

/** Of the source of a copy. Entity tags without quotes, `*` for any; times in ms. */
export interface ReadConditions {
  readonly ifMatch?: readonly string[] | undefined;
  readonly ifNoneMatch?: readonly string[] | undefined;
  readonly ifModifiedSince?: number | undefined;
  readonly ifUnmodifiedSince?: number | undefined;
}

/** Bytes on their way in, with what they have to be. */
export interface Incoming {
  readonly body: AsyncIterable<Uint8Array>;
  /** How many bytes are announced; more or fewer are an `IncompleteBody`. Undefined when nobody said. */
  readonly size?: number | undefined;
  /** `Content-MD5`, in base64: `BadDigest` when it is another. */
  readonly md5?: string | undefined;
  /** Lower-case hexadecimal (`x-amz-content-sha256`): `XAmzContentSHA256Mismatch` when it is another. */
  readonly sha256?: string | undefined;
  /**
   * The checksum to compute and keep. What the sender says it is, which is compared (`BadDigest`): at once, or told by a function that is called
   * when the body has ended, as in a trailer. Undefined, or a function that answers so: it is computed and kept.
   */
  readonly checksum?:
    | { readonly algorithm: ChecksumAlgorithm; readonly value?: string | (() => string | undefined) | undefined }
    | undefined;
}

export interface PutRequest extends Incoming, Attributes {
  readonly key: string;
  readonly conditions?: WriteConditions | undefined;
}

/** What a write answers. */
export interface Written {
  readonly versionId: string;
  readonly etag: string;
  readonly size: number;
  readonly modifiedAt: number;
  readonly checksum?: StoredChecksum | undefined;
}

export interface ObjectName {
  readonly key: string;
  /** The newest when absent. */
  readonly versionId?: string | undefined;
}

/** Where a copy comes from. */
export interface CopySource extends ObjectName {
  readonly bucket: BucketRef;
  readonly conditions?: ReadConditions | undefined;
}

/** What is not given is taken over from the source; `publicRead` never is. */
export interface CopyRequest {
  readonly key: string;
  readonly headers?: Attributes['headers'] | undefined;
  readonly metadata?: Attributes['metadata'] | undefined;
  readonly tags?: Attributes['tags'] | undefined;
  readonly publicRead: boolean;
  /** Of the copy; as the source has it when absent, and computed anew over the whole. */
  readonly checksumAlgorithm?: ChecksumAlgorithm | undefined;
  readonly conditions?: WriteConditions | undefined;
}

export interface DeleteRequest extends ObjectName {
  /** `If-Match`: only when the entity tag is this one, without quotes; `*` for any. */
  readonly ifMatch?: string | undefined;
}

/** What a delete did. Nothing at all, for what was not there, is well done too. */
export interface Deleted {
  /** Of the version that is gone, or of the delete marker that was made. Undefined in a bucket that never had versions. */
  readonly versionId?: string | undefined;
  /** A delete marker was made, or one is gone. */
  readonly deleteMarker: boolean;
}

/** One of many deletes: what it did, or why not. */
export type DeleteOutcome = DeleteRequest & ({ readonly deleted: Deleted } | { readonly refusal: ObjectRefusal });

/** An entry of a listing. */
export interface ListedObject {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  readonly modifiedAt: number;
  readonly checksum?: Pick<StoredChecksum, 'algorithm' | 'type'> | undefined;
}

export interface ListedVersion extends ListedObject {
  readonly versionId: string;
  readonly latest: boolean;
  /** Of size 0 and without an entity tag. */
  readonly deleteMarker: boolean;
}

/** Keys come in the order of their UTF-8 bytes. */
export interface ListRequest {
  readonly prefix?: string | undefined;
  /** What of a key lies behind the prefix, up to and with the first delimiter, is told once for all keys that begin so. */
  readonly delimiter?: string | undefined;
  /** Entries at most, keys and common prefixes together; 0 is a page without any, of which nothing is left out. */
  readonly limit: number;
  /** Only entries behind this one, which may be a key (`StartAfter`, `Marker`, a continuation) or a common prefix. */
  readonly after?: string | undefined;
}

export interface ObjectPage {
  readonly objects: readonly ListedObject[];
  readonly prefixes: readonly string[];
  /** The last entry, to be the next page's `after`. Undefined when nothing is left. */
  readonly next?: string | undefined;
}

export interface VersionListRequest extends ListRequest {
  /** Only versions of `after` that are older than this one, and what lies behind it. Without it, no version of `after`. */
  readonly afterVersion?: string | undefined;
}

export interface VersionPage {
  /** By key, newest first. */
  readonly versions: readonly ListedVersion[];
  readonly prefixes: readonly string[];
  /** Without a version when it is a common prefix. */
  readonly next?: { readonly after: string; readonly afterVersion?: string | undefined } | undefined;
}

/** A multipart upload that is under way. */
export interface UploadRef {
  readonly key: string;
  readonly uploadId: string;
}

export interface CreateUploadRequest extends Attributes {
  readonly key: string;
  /** Parts must come with this one, and the object will have it. */
  readonly checksumAlgorithm?: ChecksumAlgorithm | undefined;
  /** Without it: FULL_OBJECT for CRC64NVME, COMPOSITE else. `InvalidRequest` for what does not go together. */
  readonly checksumType?: ChecksumType | undefined;
}

export interface UploadInfo extends UploadRef {
  readonly begunAt: number;
  readonly checksum?: Pick<StoredChecksum, 'algorithm' | 'type'> | undefined;
}

export interface PartRequest extends Incoming, UploadRef {
  /** 1 to 10,000. */
  readonly number: number;
}

export interface PartCopyRequest extends UploadRef {
  readonly number: number;
  /** `InvalidRange` when it does not lie within the source. */
  readonly range?: ByteRange | undefined;
}

export interface Part {
  readonly number: number;
  readonly size: number;
  readonly etag: string;
  readonly modifiedAt: number;
  readonly checksum?: Checksum | undefined;
}

export interface PartPage extends UploadInfo {
  readonly parts: readonly Part[];
  /** The last number of the page; undefined when nothing is left. */
  readonly next?: number | undefined;
}

export interface CompleteRequest extends UploadRef {
  /** In ascending order (`InvalidPartOrder`), each there with that entity tag (`InvalidPart`), all but the last of 5 MiB at least (`EntityTooSmall`). */
  readonly parts: readonly {
    readonly number: number;
    readonly etag: string;
    readonly checksum?: Checksum | undefined;
  }[];
  /** Of the whole object, compared with what it is (`BadDigest`). For a COMPOSITE one with or without its number of parts. */
  readonly checksum?: Checksum | undefined;
  readonly checksumType?: ChecksumType | undefined;
  /** `x-amz-mp-object-size`: `InvalidRequest` when it is another. */
  readonly size?: number | undefined;
  readonly conditions?: WriteConditions | undefined;
}

export interface UploadListRequest extends ListRequest {
  /** Only uploads of `after` with a greater id, and what lies behind. Without it, no upload of `after`. */
  readonly afterUpload?: string | undefined;
}

export interface UploadPage {
  /** By key, then by id, which is the order of their beginning. */
  readonly uploads: readonly UploadInfo[];
  readonly prefixes: readonly string[];
  readonly next?: { readonly after: string; readonly afterUpload?: string | undefined } | undefined;
}

/** What S3 calls it. */
export type RefusalCode =
  | 'BadDigest'
  | 'EntityTooLarge'
  | 'EntityTooSmall'
  | 'IncompleteBody'
  | 'InvalidArgument'
  | 'InvalidPart'
  | 'InvalidPartOrder'
  | 'InvalidRange'
  | 'InvalidRequest'
  | 'KeyTooLongError'
  | 'MethodNotAllowed'
  | 'NoSuchBucket'
  | 'NoSuchKey'
  | 'NoSuchUpload'
  | 'NoSuchVersion'
  | 'PreconditionFailed'
  | 'QuotaExceeded'
  | 'XAmzContentSHA256Mismatch';

/** Why a store does not do what it is asked. Nothing has changed when it is thrown. */
export class ObjectRefusal extends Error {
  readonly code: RefusalCode;
  /** The delete marker that stands where the object would be: of `NoSuchKey`, or of `MethodNotAllowed` when it was asked for by its version. */
  readonly marker: { readonly versionId: string; readonly modifiedAt: number } | undefined;
  /** The condition that failed, as its header is called: of `PreconditionFailed`. */
  readonly condition: string | undefined;

  constructor(code: RefusalCode, message: string, more: Partial<Pick<ObjectRefusal, 'condition' | 'marker'>> = {}) {
    super(message);
    this.name = code;
    this.code = code;
    this.marker = more.marker;
    this.condition = more.condition;
  }
}

/**
 * Where objects are. Whoever calls has looked already whether he may; the store knows buckets by their ids and what S3 says of versions,
 * conditions and parts. Everything throws `ObjectRefusal`, with `NoSuchBucket` for a bucket that it does not have. Whatever a call
 * answers, also by a refusal, is on the disk, and a change is there as a whole or not at all.
 *
 * By versioning: `Enabled` gives each write a version of its own, and a delete lays a marker on top. `NeverEnabled` and `Suspended` write
 * the null version, in place of the one that was, and versions with an id stay. A delete without a version takes the object away where versions
 * never were, and with `Suspended` it puts a marker in place of the null version.
 */
export interface ObjectStore {
  /** `NoSuchKey`, `NoSuchVersion`, `MethodNotAllowed` (a marker that was asked for by its version). */
  head(bucket: BucketRef, name: ObjectName): Promise<ObjectInfo>;
  /** As `head`, to read it. */
  open(bucket: BucketRef, name: ObjectName): Promise<OpenObject>;
  /** Reads the body to its end, unless it throws before. When writes of one key overlap, the one that is answered last is the newest. `QuotaExceeded` when its bucket has no room for it. */
  put(bucket: BucketRef, request: PutRequest): Promise<Written>;
  /** Onto itself too. `PreconditionFailed` for both kinds of conditions. */
  copy(
    bucket: BucketRef,
    source: CopySource,
    request: CopyRequest,
  ): Promise<Written & { readonly sourceVersionId: string }>;
  delete(bucket: BucketRef, request: DeleteRequest): Promise<Deleted>;
  /** In one go, each as if alone. Outcomes come in the order of the requests. */
  deleteMany(bucket: BucketRef, requests: readonly DeleteRequest[]): Promise<readonly DeleteOutcome[]>;
  /** Newest versions that are no markers. Costs the entries of the page, however many keys a common prefix stands for. */
  list(bucket: BucketRef, request: ListRequest): Promise<ObjectPage>;
  listVersions(bucket: BucketRef, request: VersionListRequest): Promise<VersionPage>;

  /** Answers with the version whose tags they are now. An empty list removes them. Tags and ACL are read by `head`. */
  setTags(bucket: BucketRef, name: ObjectName, tags: readonly Tag[]): Promise<{ readonly versionId: string }>;
  setPublicRead(bucket: BucketRef, name: ObjectName, publicRead: boolean): Promise<{ readonly versionId: string }>;

  createUpload(bucket: BucketRef, request: CreateUploadRequest): Promise<UploadInfo>;
  /** In place of the part of that number, if there was one. `NoSuchUpload`, `InvalidRequest` for another checksum than that of the upload. */
  putPart(bucket: BucketRef, request: PartRequest): Promise<Part>;
  copyPart(
    bucket: BucketRef,
    source: CopySource,
    request: PartCopyRequest,
  ): Promise<Part & { readonly sourceVersionId: string }>;
  /** `after` is the number of a part. */
  listParts(
    bucket: BucketRef,
    upload: UploadRef,
    page: { readonly limit: number; readonly after?: number | undefined },
  ): Promise<PartPage>;
  /** Copies nothing. Completing again what was completed so answers the same, as long as the object is there. */
  completeUpload(bucket: BucketRef, request: CompleteRequest): Promise<Written>;
  abortUpload(bucket: BucketRef, upload: UploadRef): Promise<void>;
  listUploads(bucket: BucketRef, request: UploadListRequest): Promise<UploadPage>;
}
