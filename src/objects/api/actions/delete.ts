import type { Deleted, DeleteOutcome, DeleteRequest } from '../../store.ts';
import { writeConditions } from '../conditions.ts';
import { invalidRequest, S3Error } from '../errors.ts';
import { type BucketAction, demand, nameOf, unquoted } from '../exchange.ts';
import { readAll } from '../payload.ts';
import { refusalOf } from '../refusals.ts';
import { type Element, xmlDocument } from '../xml.ts';
import { childrenOf, parseXml, textOf } from '../xml-parse.ts';

const mostKeys = 1000;
/** A thousand keys of 1,024 bytes, each of which XML may write in six. */
const maxBody = 8 * 1024 * 1024;

export const deleteObject: BucketAction = async (exchange) => {
  demand(exchange, 'write');
  const { ifMatch } = writeConditions(exchange.headers);
  const { versionId, deleteMarker } = await exchange.world.store.delete(exchange.bucket, {
    ...nameOf(exchange),
    ifMatch,
  });
  return {
    status: 204,
    headers: {
      ...(versionId !== undefined && { 'x-amz-version-id': versionId }),
      ...(deleteMarker && { 'x-amz-delete-marker': 'true' }),
    },
  };
};

export const deleteObjects: BucketAction = async (exchange) => {
  demand(exchange, 'write');
  const payload = exchange.payload();
  if (payload.md5 === undefined && payload.checksum === undefined && payload.sha256 === undefined) {
    throw invalidRequest('Missing required header for this request: Content-MD5 OR x-amz-checksum-*');
  }
  const document = parseXml(await readAll(payload, maxBody), 'Delete');
  const requests = childrenOf(document, 'Object').map((each): DeleteRequest => {
    const key = textOf(each, 'Key');
    const ifMatch = textOf(each, 'ETag');
    if (!key) throw new S3Error('MalformedXML');
    return { key, versionId: textOf(each, 'VersionId') || undefined, ifMatch: ifMatch && unquoted(ifMatch) };
  });
  if (requests.length === 0 || requests.length > mostKeys) throw new S3Error('MalformedXML');
  const quiet = textOf(document, 'Quiet')?.trim().toLowerCase() === 'true';
  const outcomes = await exchange.world.store.deleteMany(exchange.bucket, requests);
  const elements = outcomes.map((outcome) => elementOf(outcome)).filter(([name]) => !quiet || name === 'Error');
  return { status: 200, xml: xmlDocument('DeleteResult', elements) };
};

const elementOf = (outcome: DeleteOutcome): Element => {
  const named: Element[] = [
    ['Key', outcome.key],
    ['VersionId', outcome.versionId],
  ];
  if ('deleted' in outcome) return ['Deleted', [...named, ...markerElements(outcome.deleted)]];
  const { code, message } = refusalOf(outcome.refusal, outcome.key);
  return ['Error', [...named, ['Code', code], ['Message', message]]];
};

const markerElements = ({ deleteMarker, versionId }: Deleted): Element[] =>
  deleteMarker
    ? [
        ['DeleteMarker', true],
        ['DeleteMarkerVersionId', versionId],
      ]
    : [];
