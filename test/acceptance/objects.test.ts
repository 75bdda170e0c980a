import { createHash, randomBytes } from 'node:crypto';
import { Upload } from '@aws-sdk/lib-storage';
import { describe, expect, test } from 'vitest';
import { startServer } from '../lateen.ts';
import { codeOf, newBucket, objectsUrl, type Style, s3 } from '../objects.ts';

const server = await startServer();
const Bucket = await newBucket(server, 'photos');
const versioned = await newBucket(server, 'archive', { enableObjectVersioning: true });
const client = s3(server);
const refused = (code: string) => expect.toSatisfy((error) => codeOf(error) === code, code);

describe.each<Style>(['path', 'virtual'])('in the style %s', (style) => {
  const api = s3(server, { style });

  test('an object goes in and comes out with all that it has', async () => {
    const Key = `${style}/größe 1+1=2.txt`;
    const put = await api.putObject({
      ...{ Bucket, Key, Body: 'hello', ContentType: 'text/plain', CacheControl: 'no-store', Metadata: { team: 'web' } },
      ...{
        ContentDisposition: 'attachment',
        ContentEncoding: 'identity',
        ContentLanguage: 'en',
        Tagging: 'a=1&b=x%20y',
      },
    });
    expect(put.ETag).toBe('"5d41402abc4b2a76b9719d911017c592"');
    expect(put.ChecksumCRC32).toBe('NhCmhg==');
    const got = await api.getObject({ Bucket, Key, ChecksumMode: 'ENABLED' });
    expect(await got.Body!.transformToString()).toBe('hello');
    expect(got).toMatchObject({
      ...{
        ContentType: 'text/plain',
        CacheControl: 'no-store',
        ContentLength: 5,
        Metadata: { team: 'web' },
        TagCount: 2,
      },
      ...{ ETag: put.ETag, ChecksumCRC32: 'NhCmhg==', ContentEncoding: 'identity', AcceptRanges: 'bytes' },
    });
    expect(await api.headObject({ Bucket, Key })).toMatchObject({ ContentLength: 5, LastModified: got.LastModified });
    await api.deleteObject({ Bucket, Key });
    await expect(api.getObject({ Bucket, Key })).rejects.toEqual(refused('NoSuchKey'));
    await expect(api.headObject({ Bucket, Key })).rejects.toMatchObject({ $metadata: { httpStatusCode: 404 } });
  });

  test('the bucket itself', async () => {
    expect(await api.headBucket({ Bucket })).toMatchObject({ BucketRegion: 'us-east-1' });
    expect((await api.getBucketLocation({ Bucket })).LocationConstraint ?? '').toBe('');
    expect((await api.getBucketVersioning({ Bucket })).Status).toBeUndefined();
    expect((await api.getBucketVersioning({ Bucket: versioned })).Status).toBe('Enabled');
    await expect(api.headBucket({ Bucket: 'nobody' })).rejects.toMatchObject({ $metadata: { httpStatusCode: 404 } });
    await expect(api.listObjectsV2({ Bucket: 'nobody' })).rejects.toEqual(refused('NoSuchBucket'));
  });

  test('an upload of many parts by lib-storage, and parts of what it made', async () => {
    const Key = `${style}/film`;
    const Body = randomBytes(12 * 1024 * 1024);
    const done = await new Upload({ client: api, params: { Bucket, Key, Body }, partSize: 5 * 1024 * 1024 }).done();
    expect(done.ETag).toMatch(/-3"$/);
    expect(done.Location).toContain(`${style}/film`);
    const got = await api.getObject({ Bucket, Key });
    expect(Buffer.compare(Buffer.from(await got.Body!.transformToByteArray()), Body)).toBe(0);
    const part = await api.getObject({ Bucket, Key, PartNumber: 2 });
    expect(part).toMatchObject({
      PartsCount: 3,
      ContentLength: 5 * 1024 * 1024,
      ContentRange: `bytes 5242880-10485759/${Body.length}`,
    });
    expect(sha(await part.Body!.transformToByteArray())).toBe(sha(Body.subarray(5242880, 10485760)));
    await expect(api.getObject({ Bucket, Key, PartNumber: 4 })).rejects.toEqual(refused('InvalidPartNumber'));
  });
});

const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

test('the account sees its buckets, by name and Region', async () => {
  await newBucket(server, 'europe', {}, 'eu-west-1');
  const { Buckets, Owner } = await client.listBuckets({});
  expect(Buckets!.map(({ Name, BucketRegion }) => [Name, BucketRegion])).toEqual([
    ['archive', 'us-east-1'],
    ['europe', 'eu-west-1'],
    ['photos', 'us-east-1'],
  ]);
  expect(Owner!.ID).toMatch(/^[0-9a-f]{64}$/);
  expect((await client.listBuckets({ MaxBuckets: 1, Prefix: 'p' })).Buckets).toHaveLength(1);
  await expect(client.putObject({ Bucket: 'europe', Key: 'a', Body: 'x' })).rejects.toMatchObject({
    Code: 'AuthorizationHeaderMalformed',
    Region: 'eu-west-1',
  });
  expect((await client.getBucketLocation({ Bucket: 'europe' })).LocationConstraint).toBe('eu-west-1');
});

test('ranges, conditions and what a request may say of its answer', async () => {
  const Key = 'ranges';
  const { ETag } = await client.putObject({ Bucket, Key, Body: '0123456789' });
  const get = async (more: object) => {
    const got = await client.getObject({ Bucket, Key, ...more });
    return [got.$metadata.httpStatusCode, await got.Body!.transformToString(), got.ContentRange];
  };
  expect(await get({ Range: 'bytes=2-4' })).toEqual([206, '234', 'bytes 2-4/10']);
  expect(await get({ Range: 'bytes=-3' })).toEqual([206, '789', 'bytes 7-9/10']);
  expect(await get({ Range: 'bytes=8-' })).toEqual([206, '89', 'bytes 8-9/10']);
  expect(await get({ Range: 'bytes=5-100' })).toEqual([206, '56789', 'bytes 5-9/10']);
  expect(await get({ Range: 'bytes=0-1,4-5' })).toEqual([200, '0123456789', undefined]);
  expect(await get({ Range: 'lines=1-2' })).toEqual([200, '0123456789', undefined]);
  await expect(get({ Range: 'bytes=10-' })).rejects.toEqual(refused('InvalidRange'));
  expect(await get({ IfMatch: ETag })).toEqual([200, '0123456789', undefined]);
  await expect(get({ IfMatch: '"other"' })).rejects.toEqual(refused('PreconditionFailed'));
  await expect(get({ IfNoneMatch: ETag })).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
  await expect(get({ IfModifiedSince: new Date(Date.now() + 10_000) })).rejects.toMatchObject({
    $metadata: { httpStatusCode: 304 },
  });
  await expect(get({ IfUnmodifiedSince: new Date(0) })).rejects.toEqual(refused('PreconditionFailed'));
  const asked = await client.getObject({
    Bucket,
    Key,
    ResponseContentType: 'text/html',
    ResponseContentDisposition: 'attachment; filename="ü.txt"',
  });
  expect(asked).toMatchObject({ ContentType: 'text/html' });
  const created = { Bucket, Key: 'once', Body: 'a', IfNoneMatch: '*' };
  await client.putObject(created);
  await expect(client.putObject(created)).rejects.toEqual(refused('PreconditionFailed'));
  await expect(client.putObject({ Bucket, Key, Body: 'b', IfMatch: '"other"' })).rejects.toEqual(
    refused('PreconditionFailed'),
  );
  await client.putObject({ Bucket, Key, Body: '', IfMatch: ETag });
  await expect(get({ Range: 'bytes=0-' })).rejects.toEqual(refused('InvalidRange'));
});

test('checksums of all kinds are verified and given back', async () => {
  const Body = 'checked';
  for (const algorithm of ['CRC32', 'CRC32C', 'SHA1', 'SHA256'] as const) {
    const Key = `sum-${algorithm}`;
    const put = await client.putObject({ Bucket, Key, Body, ChecksumAlgorithm: algorithm });
    const name = `Checksum${algorithm}` as const;
    expect(put[name]).toBeTruthy();
    expect(await client.headObject({ Bucket, Key, ChecksumMode: 'ENABLED' })).toMatchObject({
      [name]: put[name],
      ChecksumType: 'FULL_OBJECT',
    });
  }
  await expect(
    client.putObject({ Bucket, Key: 'bad', Body, ChecksumSHA256: createHash('sha256').update('x').digest('base64') }),
  ).rejects.toEqual(refused('BadDigest'));
  await expect(
    client.putObject({ Bucket, Key: 'bad', Body, ContentMD5: createHash('md5').update('x').digest('base64') }),
  ).rejects.toEqual(refused('BadDigest'));
  await expect(client.putObject({ Bucket, Key: 'bad', Body, ContentMD5: 'no' })).rejects.toEqual(
    refused('InvalidDigest'),
  );
  await expect(client.headObject({ Bucket, Key: 'bad' })).rejects.toMatchObject({ $metadata: { httpStatusCode: 404 } });
});

test('listings: prefixes, delimiters, pages, encodings', async () => {
  const Bucket = await newBucket(server, 'listed');
  const keys = ['a/1', 'a/2', 'b', 'c d+e', 'c/ü', 'd\u0001', 'z'];
  for (const Key of keys) await client.putObject({ Bucket, Key, Body: Key });
  const all = await client.listObjectsV2({ Bucket, EncodingType: 'url' });
  expect(all.Contents!.map(({ Key }) => decodeURIComponent(Key!))).toEqual(keys);
  expect(all).toMatchObject({ KeyCount: 7, IsTruncated: false, MaxKeys: 1000 });
  const folders = await client.listObjectsV2({ Bucket, Delimiter: '/', FetchOwner: true });
  expect(folders.CommonPrefixes!.map(({ Prefix }) => Prefix)).toEqual(['a/', 'c/']);
  expect(folders.Contents!.map(({ Key }) => Key)).toEqual(['b', 'c d+e', 'd\u0001', 'z']);
  expect(folders.Contents![0]).toMatchObject({ Size: 1, StorageClass: 'STANDARD', Owner: { ID: expect.any(String) } });
  const paged: string[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await client.listObjectsV2({ Bucket, MaxKeys: 2, ContinuationToken, Delimiter: '/' });
    paged.push(
      ...(page.Contents ?? []).map(({ Key }) => Key!),
      ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix!),
    );
    expect(page.KeyCount).toBeLessThanOrEqual(2);
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken);
  expect(paged.sort()).toEqual(['a/', 'b', 'c d+e', 'c/', 'd\u0001', 'z']);
  expect((await client.listObjectsV2({ Bucket, StartAfter: 'b', MaxKeys: 1 })).Contents).toMatchObject([
    { Key: 'c d+e' },
  ]);
  expect((await client.listObjectsV2({ Bucket, Prefix: 'a/' })).KeyCount).toBe(2);
  const old = await client.listObjects({ Bucket, Marker: 'a/2', MaxKeys: 1, Delimiter: '/' });
  expect(old).toMatchObject({ IsTruncated: true, NextMarker: 'b', Contents: [{ Key: 'b' }] });
  expect((await client.listObjectsV2({ Bucket, MaxKeys: 0 })).KeyCount).toBe(0);
  await expect(client.listObjectsV2({ Bucket, ContinuationToken: '?' })).rejects.toEqual(refused('InvalidArgument'));
  await expect(client.listObjectsV2({ Bucket, MaxKeys: -1 })).rejects.toEqual(refused('InvalidArgument'));
});

test('many deletes in one request, some of which cannot be', async () => {
  const Objects = Array.from({ length: 30 }, (_, i) => ({ Key: `many/${i} & <${i}>` }));
  for (const { Key } of Objects) await client.putObject({ Bucket, Key, Body: 'x' });
  const { Deleted, Errors } = await client.deleteObjects({
    Bucket,
    Delete: { Objects: [...Objects, { Key: 'not there' }] },
  });
  expect(Errors).toBeUndefined();
  expect(Deleted!.map(({ Key }) => Key)).toEqual([...Objects.map(({ Key }) => Key), 'not there']);
  expect((await client.listObjectsV2({ Bucket, Prefix: 'many/' })).KeyCount).toBe(0);
  expect((await client.deleteObjects({ Bucket, Delete: { Objects, Quiet: true } })).Deleted).toBeUndefined();
});

test('copies, of versions too, with other metadata and tags', async () => {
  await client.putObject({
    Bucket,
    Key: 'copy/from',
    Body: 'one',
    Metadata: { a: '1' },
    Tagging: 'k=v',
    ContentType: 'text/plain',
  });
  const CopySource = `${Bucket}/copy/from`;
  expect((await client.copyObject({ Bucket, Key: 'copy/ü', CopySource })).CopyObjectResult?.ETag).toBeTruthy();
  expect(await client.headObject({ Bucket, Key: 'copy/ü' })).toMatchObject({
    Metadata: { a: '1' },
    ContentType: 'text/plain',
    TagCount: 1,
  });
  await client.copyObject({
    ...{ Bucket, Key: 'copy/to', CopySource, MetadataDirective: 'REPLACE', Metadata: { b: '2' } },
    ...{ TaggingDirective: 'REPLACE', Tagging: 'x=y&z=1', ContentType: 'text/html' },
  });
  expect(await client.headObject({ Bucket, Key: 'copy/to' })).toMatchObject({
    Metadata: { b: '2' },
    ContentType: 'text/html',
    TagCount: 2,
  });
  await expect(client.copyObject({ Bucket, Key: 'copy/from', CopySource })).rejects.toEqual(refused('InvalidRequest'));
  await client.copyObject({ Bucket, Key: 'copy/from', CopySource, MetadataDirective: 'REPLACE', Metadata: { c: '3' } });
  expect(await client.headObject({ Bucket, Key: 'copy/from' })).toMatchObject({ Metadata: { c: '3' } });
  await expect(client.copyObject({ Bucket, Key: 'no', CopySource, CopySourceIfMatch: '"other"' })).rejects.toEqual(
    refused('PreconditionFailed'),
  );
  await expect(client.copyObject({ Bucket, Key: 'no', CopySource: `${Bucket}/nothing` })).rejects.toEqual(
    refused('NoSuchKey'),
  );
  await expect(client.copyObject({ Bucket, Key: 'no', CopySource: 'nobody/nothing' })).rejects.toEqual(
    refused('NoSuchBucket'),
  );

  const first = await client.putObject({ Bucket: versioned, Key: 'doc', Body: 'first' });
  await client.putObject({ Bucket: versioned, Key: 'doc', Body: 'second' });
  const back = await client.copyObject({
    Bucket: versioned,
    Key: 'doc',
    CopySource: `${versioned}/doc?versionId=${first.VersionId}`,
  });
  expect(back).toMatchObject({ CopySourceVersionId: first.VersionId, VersionId: expect.any(String) });
  expect(await (await client.getObject({ Bucket: versioned, Key: 'doc' })).Body!.transformToString()).toBe('first');
});

test('versions: a history, delete markers, and what is left without them', async () => {
  const Key = 'history';
  const one = await client.putObject({ Bucket: versioned, Key, Body: '1' });
  const two = await client.putObject({ Bucket: versioned, Key, Body: '22' });
  const gone = await client.deleteObject({ Bucket: versioned, Key });
  expect(gone).toMatchObject({ DeleteMarker: true, VersionId: expect.any(String) });
  await expect(client.getObject({ Bucket: versioned, Key })).rejects.toEqual(refused('NoSuchKey'));
  await expect(client.getObject({ Bucket: versioned, Key, VersionId: gone.VersionId })).rejects.toEqual(
    refused('MethodNotAllowed'),
  );
  await expect(client.getObject({ Bucket: versioned, Key, VersionId: 'none' })).rejects.toEqual(
    refused('InvalidArgument'),
  );
  expect(
    await (await client.getObject({ Bucket: versioned, Key, VersionId: one.VersionId })).Body!.transformToString(),
  ).toBe('1');
  const listed = await client.listObjectVersions({ Bucket: versioned, Prefix: Key });
  expect(listed.Versions).toMatchObject([
    { Key, VersionId: two.VersionId, IsLatest: false, Size: 2 },
    { Key, VersionId: one.VersionId, IsLatest: false, Size: 1 },
  ]);
  expect(listed.DeleteMarkers).toMatchObject([{ Key, VersionId: gone.VersionId, IsLatest: true }]);
  const page = await client.listObjectVersions({ Bucket: versioned, Prefix: Key, MaxKeys: 2 });
  expect(page).toMatchObject({ IsTruncated: true, NextKeyMarker: Key, NextVersionIdMarker: two.VersionId });
  const rest = await client.listObjectVersions({
    Bucket: versioned,
    Prefix: Key,
    KeyMarker: Key,
    VersionIdMarker: two.VersionId,
  });
  expect(rest.Versions).toMatchObject([{ VersionId: one.VersionId }]);
  await client.deleteObject({ Bucket: versioned, Key, VersionId: gone.VersionId });
  expect(await client.headObject({ Bucket: versioned, Key })).toMatchObject({ VersionId: two.VersionId });
});

test('tags and ACLs of an object', async () => {
  const Key = 'tagged';
  await client.putObject({ Bucket, Key, Body: 'x' });
  await client.putObjectTagging({
    Bucket,
    Key,
    Tagging: {
      TagSet: [
        { Key: 'a', Value: 'ä b' },
        { Key: 'c', Value: '' },
      ],
    },
  });
  expect((await client.getObjectTagging({ Bucket, Key })).TagSet).toEqual([
    { Key: 'a', Value: 'ä b' },
    { Key: 'c', Value: '' },
  ]);
  await client.deleteObjectTagging({ Bucket, Key });
  expect((await client.getObjectTagging({ Bucket, Key })).TagSet).toEqual([]);
  const twice = {
    TagSet: [
      { Key: 'a', Value: '1' },
      { Key: 'a', Value: '2' },
    ],
  };
  await expect(client.putObjectTagging({ Bucket, Key, Tagging: twice })).rejects.toEqual(refused('InvalidTag'));
  await expect(client.putObject({ Bucket, Key, Body: 'x', Tagging: `${'k'.repeat(129)}=1` })).rejects.toEqual(
    refused('InvalidTag'),
  );
  await expect(client.putObjectAcl({ Bucket, Key, ACL: 'public-read' })).rejects.toEqual(refused('AccessDenied'));
  await client.putObjectAcl({ Bucket, Key, ACL: 'bucket-owner-full-control' });
  const { Grants, Owner } = await client.getObjectAcl({ Bucket, Key });
  expect(Grants).toMatchObject([{ Grantee: { ID: Owner!.ID, Type: 'CanonicalUser' }, Permission: 'FULL_CONTROL' }]);
  await client.putObjectAcl({ Bucket, Key, AccessControlPolicy: { Owner, Grants } });
});

test('the six of an upload in parts', async () => {
  const Key = 'parts/one';
  const { UploadId } = await client.createMultipartUpload({
    Bucket,
    Key,
    ContentType: 'text/plain',
    Metadata: { m: '1' },
    ChecksumAlgorithm: 'SHA256',
  });
  const big = randomBytes(5 * 1024 * 1024);
  const first = await client.uploadPart({
    Bucket,
    Key,
    UploadId,
    PartNumber: 1,
    Body: big,
    ChecksumAlgorithm: 'SHA256',
  });
  await client.putObject({ Bucket, Key: 'parts/source', Body: '0123456789' });
  const second = await client.uploadPartCopy({
    Bucket,
    Key,
    UploadId,
    PartNumber: 2,
    CopySource: `${Bucket}/parts/source`,
    CopySourceRange: 'bytes=3-5',
  });
  expect(await client.listParts({ Bucket, Key, UploadId })).toMatchObject({
    Parts: [
      { PartNumber: 1, Size: big.length, ETag: first.ETag },
      { PartNumber: 2, Size: 3 },
    ],
    IsTruncated: false,
    ChecksumAlgorithm: 'SHA256',
  });
  expect(await client.listParts({ Bucket, Key, UploadId, MaxParts: 1 })).toMatchObject({
    IsTruncated: true,
    NextPartNumberMarker: '1',
  });
  expect((await client.listMultipartUploads({ Bucket, Prefix: 'parts/' })).Uploads).toMatchObject([{ Key, UploadId }]);
  const Parts = [
    { PartNumber: 1, ETag: first.ETag, ChecksumSHA256: first.ChecksumSHA256 },
    { PartNumber: 2, ETag: second.CopyPartResult!.ETag, ChecksumSHA256: second.CopyPartResult!.ChecksumSHA256 },
  ];
  const complete = (MultipartUpload: { Parts: object[] }) =>
    client.completeMultipartUpload({ Bucket, Key, UploadId, MultipartUpload });
  await expect(complete({ Parts: [...Parts].reverse() })).rejects.toEqual(refused('InvalidPartOrder'));
  await expect(complete({ Parts: [{ PartNumber: 1, ETag: '"other"' }] })).rejects.toEqual(refused('InvalidPart'));
  await expect(complete({ Parts: [] })).rejects.toEqual(refused('MalformedXML'));
  const done = await complete({ Parts });
  expect(done).toMatchObject({
    Location: `${objectsUrl(server)}/${Bucket}/${Key}`,
    ETag: expect.stringMatching(/-2"$/),
    ChecksumType: 'COMPOSITE',
  });
  expect(await client.headObject({ Bucket, Key })).toMatchObject({
    ContentLength: big.length + 3,
    ContentType: 'text/plain',
    Metadata: { m: '1' },
  });

  const { UploadId: other } = await client.createMultipartUpload({ Bucket, Key: 'parts/two' });
  await client.abortMultipartUpload({ Bucket, Key: 'parts/two', UploadId: other });
  await expect(client.listParts({ Bucket, Key: 'parts/two', UploadId: other })).rejects.toEqual(
    refused('NoSuchUpload'),
  );
  await expect(client.uploadPart({ Bucket, Key, UploadId: 'none', PartNumber: 1, Body: 'x' })).rejects.toEqual(
    refused('NoSuchUpload'),
  );
  await expect(client.uploadPart({ Bucket, Key, UploadId: 'none', PartNumber: 10_001, Body: 'x' })).rejects.toEqual(
    refused('InvalidArgument'),
  );
});

test('what a bucket of Lightsail does not allow is denied', async () => {
  const denied = refused('AccessDenied');
  await expect(client.createBucket({ Bucket: 'made-by-s3' })).rejects.toEqual(denied);
  await expect(client.createBucket({ Bucket })).rejects.toEqual(denied);
  await expect(client.deleteBucket({ Bucket })).rejects.toEqual(denied);
  await expect(client.putBucketPolicy({ Bucket, Policy: '{}' })).rejects.toEqual(denied);
  await expect(client.getBucketAcl({ Bucket })).rejects.toEqual(denied);
  await expect(client.putBucketVersioning({ Bucket, VersioningConfiguration: { Status: 'Enabled' } })).rejects.toEqual(
    denied,
  );
  await expect(client.putObjectRetention({ Bucket, Key: 'ranges', Retention: { Mode: 'GOVERNANCE' } })).rejects.toEqual(
    denied,
  );
  await expect(client.putObject({ Bucket, Key: 'k', Body: 'x', ACL: 'public-read-write' })).rejects.toEqual(denied);
  await expect(client.putObject({ Bucket, Key: 'k', Body: 'x', StorageClass: 'GLACIER' })).rejects.toEqual(
    refused('InvalidStorageClass'),
  );
  await expect(client.putObject({ Bucket, Key: 'k', Body: 'x', ServerSideEncryption: 'aws:kms' })).rejects.toEqual(
    refused('InvalidRequest'),
  );
  await expect(client.listObjectsV2({ Bucket, ExpectedBucketOwner: '222222222222' })).rejects.toEqual(denied);
});
