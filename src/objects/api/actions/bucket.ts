import { ownerElements } from '../acl.ts';
import { factsOfS3 } from '../condition-keys.ts';
import { S3Error } from '../errors.ts';
import { type BucketAction, demand, type Exchange, type Reply, wholeOf, xmlReply } from '../exchange.ts';
import { type Element, xmlDocument } from '../xml.ts';

export const headBucket: BucketAction = async (exchange) => {
  await demand(exchange, 'ListBucket');
  return {
    status: 200,
    headers: { 'x-amz-bucket-region': exchange.bucket.region, 'x-amz-access-point-alias': 'false' },
  };
};

export const getBucketLocation: BucketAction = async (exchange) => {
  await demand(exchange, 'GetBucketLocation');
  const { region } = exchange.bucket;
  // The first Region of all is the empty one.
  return xmlReply(xmlDocument('LocationConstraint', region === 'us-east-1' ? '' : region));
};

export const getBucketVersioning: BucketAction = async (exchange) => {
  await demand(exchange, 'GetBucketVersioning');
  const { versioning } = exchange.bucket;
  return xmlReply(
    xmlDocument('VersioningConfiguration', [['Status', versioning === 'NeverEnabled' ? undefined : versioning]]),
  );
};

export const getBucketCors: BucketAction = async (exchange) => {
  await demand(exchange, 'GetBucketCORS');
  const { cors, name } = exchange.bucket;
  if (cors.length === 0) throw new S3Error('NoSuchCORSConfiguration', { details: { BucketName: name } });
  const all = (element: string, values: readonly string[] = []): Element[] => values.map((value) => [element, value]);
  return xmlReply(
    xmlDocument(
      'CORSConfiguration',
      cors.map((rule) => [
        'CORSRule',
        [
          ['ID', rule.id],
          ...all('AllowedMethod', rule.allowedMethods),
          ...all('AllowedOrigin', rule.allowedOrigins),
          ...all('AllowedHeader', rule.allowedHeaders),
          ...all('ExposeHeader', rule.exposeHeaders),
          ['MaxAgeSeconds', rule.maxAgeSeconds],
        ],
      ]),
    ),
  );
};

/** The buckets of the account whose key signed: the keys of buckets list none. */
export const listBuckets = async (exchange: Exchange): Promise<Reply> => {
  const { world, visitor, signed, params, circumstances } = exchange;
  if (visitor.kind !== 'account' || signed === undefined) throw new S3Error('AccessDenied');
  const own = factsOfS3({ ...exchange, bucket: undefined, permission: 'ListAllMyBuckets' });
  const verdict = await world.judge(signed, 's3:ListAllMyBuckets', '*', signed.region ?? '', circumstances, own);
  if (verdict !== 'allowed') throw new S3Error('AccessDenied');
  const limit = wholeOf(params, 'max-buckets', { least: 1, most: 10_000, otherwise: 10_000 });
  const [prefix, region, after] = [
    params.get('prefix') ?? '',
    params.get('bucket-region'),
    params.get('continuation-token') ?? '',
  ];
  const all = await world.bucketsOf(visitor.account);
  const found = all.filter(
    (bucket) =>
      bucket.name.startsWith(prefix) && bucket.name > after && (region === undefined || bucket.region === region),
  );
  const page = found.slice(0, limit);
  return xmlReply(
    xmlDocument('ListAllMyBucketsResult', [
      ['Owner', ownerElements(visitor.account)],
      [
        'Buckets',
        page.map((bucket) => [
          'Bucket',
          [
            ['Name', bucket.name],
            ['CreationDate', new Date(bucket.createdAt).toISOString()],
            ['BucketRegion', bucket.region],
          ],
        ]),
      ],
      ['ContinuationToken', found.length > limit ? page.at(-1)!.name : undefined],
      ['Prefix', prefix || undefined],
    ]),
  );
};
