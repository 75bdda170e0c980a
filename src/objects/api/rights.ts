import type { Right } from '../../engines/buckets.ts';

/** The permissions of S3, as policies name them behind `s3:`: the right to the bucket that each needs, and what it is of (Service Authorization Reference, Amazon S3). */
export const permissions = {
  AbortMultipartUpload: ['write', 'object'],
  DeleteObject: ['write', 'object'],
  DeleteObjectTagging: ['write', 'object'],
  DeleteObjectVersion: ['write', 'object'],
  DeleteObjectVersionTagging: ['write', 'object'],
  GetBucketCORS: ['list', 'bucket'],
  GetBucketLocation: ['list', 'bucket'],
  GetBucketVersioning: ['list', 'bucket'],
  GetObject: ['read', 'object'],
  GetObjectAcl: ['read', 'object'],
  GetObjectTagging: ['read', 'object'],
  GetObjectVersion: ['read', 'object'],
  GetObjectVersionAcl: ['read', 'object'],
  GetObjectVersionTagging: ['read', 'object'],
  ListBucket: ['list', 'bucket'],
  ListBucketMultipartUploads: ['list', 'bucket'],
  ListBucketVersions: ['list', 'bucket'],
  ListMultipartUploadParts: ['list', 'object'],
  PutObject: ['write', 'object'],
  PutObjectAcl: ['write', 'object'],
  PutObjectTagging: ['write', 'object'],
  PutObjectVersionAcl: ['write', 'object'],
  PutObjectVersionTagging: ['write', 'object'],
} as const satisfies Record<string, readonly [right: Right, on: 'bucket' | 'object']>;

export type Permission = keyof typeof permissions;

/** What policies call a bucket, or an object of it. */
export const resourceArn = (permission: Permission, bucket: string, key: string): string =>
  `arn:aws:s3:::${bucket}${permissions[permission][1] === 'object' ? `/${key}` : ''}`;
