import type { Deleted, DeleteOutcome, DeleteRequest } from '../../store.ts';
import { refuseOffsets } from '../attributes.ts';
import { writeConditions } from '../conditions.ts';
import { invalidRequest, S3Error } from '../errors.ts';
import { type BucketAction, demand, mayDo, nameOf, ofVersion, unquoted } from '../exchange.ts';
import { readAll } from '../payload.ts';
import { refusalOf } from '../refusals.ts';
import { type Element, xmlDocument } from '../xml.ts';
import { childrenOf, type Parsed, parseXml, textOf } from '../xml-parse.ts';

const mostKeys = 1000;
/** A thousand keys of 1,024 bytes, each of which XML may write in six. */
const maxBody = 8 * 1024 * 1024;

export const deleteObject: BucketAction = async (exchange) => {
  await demand(exchange, ofVersion(exchange, 'DeleteObject', 'DeleteObjectVersion'));
  refuseOffsets(exchange.headers);
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
  const { world, visitor, bucket } = exchange;
  // Who may not write at all is refused before anything is read.
  if (!world.may(visitor, 'write', bucket)) throw new S3Error('AccessDenied');
  const payload = exchange.payload();
  if (payload.md5 === undefined && payload.checksum === undefined && payload.sha256 === undefined) {
    throw invalidRequest('Missing required header for this request: Content-MD5 OR x-amz-checksum-*');
  }
  const document = parseXml(await readAll(payload, maxBody), 'Delete');
  const requests = childrenOf(document, 'Object').map(requestOf);
  if (requests.length === 0 || requests.length > mostKeys) throw new S3Error('MalformedXML');
  const verdicts = await Promise.all(
    requests.map(({ key, versionId }) =>
      mayDo(exchange, versionId === undefined ? 'DeleteObject' : 'DeleteObjectVersion', { key, versionId }),
    ),
  );
  const outcomes = await world.store.deleteMany(
    bucket,
    requests.filter((_, index) => verdicts[index]),
  );
  const done = outcomes.values();
  const elements = requests.map((request, index) =>
    verdicts[index] ? elementOf(done.next().value!) : errorElement(request, new S3Error('AccessDenied')),
  );
  const quiet = textOf(document, 'Quiet')?.trim().toLowerCase() === 'true';
  return {
    status: 200,
    xml: xmlDocument(
      'DeleteResult',
      elements.filter(([name]) => !quiet || name === 'Error'),
    ),
  };
};

const requestOf = (element: Parsed): DeleteRequest => {
  const [key, ifMatch] = [textOf(element, 'Key'), textOf(element, 'ETag')];
  if (!key) throw new S3Error('MalformedXML');
  return { key, versionId: textOf(element, 'VersionId') || undefined, ifMatch: ifMatch && unquoted(ifMatch) };
};

const named = ({ key, versionId }: DeleteRequest): Element[] => [
  ['Key', key],
  ['VersionId', versionId],
];

const errorElement = (request: DeleteRequest, { code, message }: S3Error): Element => [
  'Error',
  [...named(request), ['Code', code], ['Message', message]],
];

const elementOf = (outcome: DeleteOutcome): Element =>
  'deleted' in outcome
    ? ['Deleted', [...named(outcome), ...markerElements(outcome.deleted)]]
    : errorElement(outcome, refusalOf(outcome.refusal, outcome.key));

const markerElements = ({ deleteMarker, versionId }: Deleted): Element[] =>
  deleteMarker
    ? [
        ['DeleteMarker', true],
        ['DeleteMarkerVersionId', versionId],
      ]
    : [];
