import type { ObjectInfo } from '../../store.ts';
import { aclDocument, aclOfBody, aclOfHeaders } from '../acl.ts';
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

export const getObjectTagging: BucketAction = async (exchange) => {
  const { tags, versionId } = await look(exchange, ofVersion(exchange, 'GetObjectTagging', 'GetObjectVersionTagging'));
  return xmlReply(tagsDocument(tags), versionHeader(exchange.bucket, versionId));
};

export const putObjectTagging: BucketAction = async (exchange) => {
  await demand(exchange, ofVersion(exchange, 'PutObjectTagging', 'PutObjectVersionTagging'));
  const tags = tagsOfBody(await readAll(exchange.payload(), maxBody));
  const { versionId } = await exchange.world.store.setTags(exchange.bucket, nameOf(exchange), tags);
  return { status: 200, headers: versionHeader(exchange.bucket, versionId) };
};

export const deleteObjectTagging: BucketAction = async (exchange) => {
  await demand(exchange, ofVersion(exchange, 'DeleteObjectTagging', 'DeleteObjectVersionTagging'));
  const { versionId } = await exchange.world.store.setTags(exchange.bucket, nameOf(exchange), []);
  return { status: 204, headers: versionHeader(exchange.bucket, versionId) };
};

export const getObjectAcl: BucketAction = async (exchange) => {
  const { publicRead, versionId } = await look(exchange, ofVersion(exchange, 'GetObjectAcl', 'GetObjectVersionAcl'));
  return xmlReply(aclDocument(exchange.bucket, publicRead), versionHeader(exchange.bucket, versionId));
};

export const putObjectAcl: BucketAction = async (exchange) => {
  const { world, bucket, headers } = exchange;
  await demand(exchange, ofVersion(exchange, 'PutObjectAcl', 'PutObjectVersionAcl'));
  const publicRead = aclOfHeaders(headers, bucket) ?? aclOfBody(await readAll(exchange.payload(), maxBody), bucket);
  const { versionId } = await world.store.setPublicRead(bucket, nameOf(exchange), publicRead);
  return { status: 200, headers: versionHeader(bucket, versionId) };
};
