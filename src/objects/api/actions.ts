import * as bucket from './actions/bucket.ts';
import { copyObject } from './actions/copy.ts';
import { deleteObject, deleteObjects } from './actions/delete.ts';
import * as details from './actions/details.ts';
import { getObject, headObject } from './actions/get.ts';
import * as list from './actions/list.ts';
import * as parts from './actions/parts.ts';
import { postObject } from './actions/post.ts';
import { putObject } from './actions/put.ts';
import type { BucketAction } from './exchange.ts';
import type { ActionName } from './routes.ts';

/** What is about the service as a whole, or comes before anybody is known. */
type Apart = 'ListBuckets' | 'Preflight';

export const actions: Readonly<Record<Exclude<ActionName, Apart>, BucketAction>> = {
  AbortMultipartUpload: parts.abortMultipartUpload,
  CompleteMultipartUpload: parts.completeMultipartUpload,
  CopyObject: copyObject,
  CreateMultipartUpload: parts.createMultipartUpload,
  DeleteObject: deleteObject,
  DeleteObjectTagging: details.deleteObjectTagging,
  DeleteObjects: deleteObjects,
  GetBucketCors: bucket.getBucketCors,
  GetBucketLocation: bucket.getBucketLocation,
  GetBucketVersioning: bucket.getBucketVersioning,
  GetObject: getObject,
  GetObjectAcl: details.getObjectAcl,
  GetObjectTagging: details.getObjectTagging,
  HeadBucket: bucket.headBucket,
  HeadObject: headObject,
  ListMultipartUploads: list.listMultipartUploads,
  ListObjectVersions: list.listObjectVersions,
  ListObjects: list.listObjects,
  ListObjectsV2: list.listObjectsV2,
  ListParts: parts.listParts,
  PostObject: postObject,
  PutObject: putObject,
  PutObjectAcl: details.putObjectAcl,
  PutObjectTagging: details.putObjectTagging,
  UploadPart: parts.uploadPart,
  UploadPartCopy: parts.uploadPartCopy,
};
