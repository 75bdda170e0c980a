import type { ObjectInfo } from '../../store.ts';
import { aclDocument, aclOfBody, aclOfHeaders } from '../acl.ts';
import {
  type BucketAction,
  type BucketExchange,
  demand,
  lookAt,
  nameOf,
  versionHeader,
  xmlReply,
} from '../exchange.ts';
import { readAll } from '../payload.ts';
import { tagsDocument, tagsOfBody } from '../tags.ts';

const maxBody = 64 * 1024;

const look = (exchange: BucketExchange): Promise<ObjectInfo> =>
  lookAt(
    exchange,
    () => exchange.world.store.head(exchange.bucket, nameOf(exchange)),
    (info) => info,
  );

export const getObjectTagging: BucketAction = async (exchange) => {
  const { tags, versionId } = await look(exchange);
  return xmlReply(tagsDocument(tags), versionHeader(exchange.bucket, versionId));
};

export const putObjectTagging: BucketAction = async (exchange) => {
  demand(exchange, 'write');
  const tags = tagsOfBody(await readAll(exchange.payload(), maxBody));
  const { versionId } = await exchange.world.store.setTags(exchange.bucket, nameOf(exchange), tags);
  return { status: 200, headers: versionHeader(exchange.bucket, versionId) };
};

export const deleteObjectTagging: BucketAction = async (exchange) => {
  demand(exchange, 'write');
  const { versionId } = await exchange.world.store.setTags(exchange.bucket, nameOf(exchange), []);
  return { status: 204, headers: versionHeader(exchange.bucket, versionId) };
};

export const getObjectAcl: BucketAction = async (exchange) => {
  const { publicRead, versionId } = await look(exchange);
  return xmlReply(aclDocument(exchange.bucket, publicRead), versionHeader(exchange.bucket, versionId));
};

export const putObjectAcl: BucketAction = async (exchange) => {
  const { world, bucket, headers } = exchange;
  demand(exchange, 'write');
  const publicRead = aclOfHeaders(headers, bucket) ?? aclOfBody(await readAll(exchange.payload(), maxBody), bucket);
  const { versionId } = await world.store.setPublicRead(bucket, nameOf(exchange), publicRead);
  return { status: 200, headers: versionHeader(bucket, versionId) };
};
