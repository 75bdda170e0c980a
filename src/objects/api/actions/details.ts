import { type ObjectInfo, ObjectRefusal, type Tag } from '../../store.ts';
import { aclDocument, aclOfBody, aclOfHeaders } from '../acl.ts';
import { S3Error } from '../errors.ts';
import {
  type BucketAction,
  type BucketExchange,
  demand,
  lookAt,
  nameOf,
  ofVersion,
  versionHeader,
  xmlReply,
} from '../exchange.ts';
import { readAll } from '../payload.ts';
import type { Permission } from '../rights.ts';
import { tagsDocument, tagsOfBody } from '../tags.ts';

const maxBody = 64 * 1024;

const look = (exchange: BucketExchange, permission: Permission): Promise<ObjectInfo> =>
  lookAt(
    exchange,
    permission,
    () => exchange.world.store.head(exchange.bucket, nameOf(exchange)),
    (info) => info,
  );

/** For what changes an object that is there: conditions may ask for its tags. Throws AccessDenied. */
const demandOnObject = async (
  exchange: BucketExchange,
  permission: Permission,
  requestTags?: readonly Tag[],
): Promise<void> => {
  const { world, bucket, signed } = exchange;
  const hasPolicies = signed?.signer.principal?.identity !== undefined;
  const found = hasPolicies ? await world.store.head(bucket, nameOf(exchange)).catch(unlessRefused) : undefined;
  await demand(exchange, permission, { existingTags: found?.tags, requestTags });
};

/** What is not there has no tags. */
const unlessRefused = (error: unknown): undefined => {
  if (!(error instanceof ObjectRefusal)) throw error;
};

export const getObjectTagging: BucketAction = async (exchange) => {
  const { tags, versionId } = await look(exchange, ofVersion(exchange, 'GetObjectTagging', 'GetObjectVersionTagging'));
  return xmlReply(tagsDocument(tags), versionHeader(exchange.bucket, versionId));
};

export const putObjectTagging: BucketAction = async (exchange) => {
  const { world, visitor, bucket } = exchange;
  // Who may not write at all is refused before anything is read.
  if (!world.may(visitor, 'write', bucket)) throw new S3Error('AccessDenied');
  const tags = tagsOfBody(await readAll(exchange.payload(), maxBody));
  await demandOnObject(exchange, ofVersion(exchange, 'PutObjectTagging', 'PutObjectVersionTagging'), tags);
  const { versionId } = await exchange.world.store.setTags(exchange.bucket, nameOf(exchange), tags);
  return { status: 200, headers: versionHeader(exchange.bucket, versionId) };
};

export const deleteObjectTagging: BucketAction = async (exchange) => {
  await demandOnObject(exchange, ofVersion(exchange, 'DeleteObjectTagging', 'DeleteObjectVersionTagging'));
  const { versionId } = await exchange.world.store.setTags(exchange.bucket, nameOf(exchange), []);
  return { status: 204, headers: versionHeader(exchange.bucket, versionId) };
};

export const getObjectAcl: BucketAction = async (exchange) => {
  const { publicRead, versionId } = await look(exchange, ofVersion(exchange, 'GetObjectAcl', 'GetObjectVersionAcl'));
  return xmlReply(aclDocument(exchange.bucket, publicRead), versionHeader(exchange.bucket, versionId));
};

export const putObjectAcl: BucketAction = async (exchange) => {
  const { world, bucket, headers } = exchange;
  await demandOnObject(exchange, ofVersion(exchange, 'PutObjectAcl', 'PutObjectVersionAcl'));
  const publicRead = aclOfHeaders(headers, bucket) ?? aclOfBody(await readAll(exchange.payload(), maxBody), bucket);
  const { versionId } = await world.store.setPublicRead(bucket, nameOf(exchange), publicRead);
  return { status: 200, headers: versionHeader(bucket, versionId) };
};
