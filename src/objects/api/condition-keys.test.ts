import { expect, test } from 'vitest';
import { factsOfS3, type Inquiry } from './condition-keys.ts';

const bucket = { name: 'photos', account: '111111111111', region: 'us-east-1' } as Inquiry['bucket'];
const signed = { by: 'QueryString', version: 'SigV4', signedAt: 1_000 } as Inquiry['signed'];
const about = (
  more: Partial<Inquiry> & { readonly sent?: Record<string, string>; readonly query?: Record<string, string> },
) =>
  factsOfS3({
    ...{ bucket, signed, permission: 'PutObject', now: () => 3_500 },
    circumstances: { remoteAddress: '192.0.2.1', secure: true, tlsVersion: '1.3' },
    headers: new Map(Object.entries(more.sent ?? {})),
    params: new Map(Object.entries(more.query ?? {})),
    ...more,
  });

const tags = [{ key: 'Team', value: 'blue' }];

test.each<[string, Parameters<typeof about>[0], readonly string[] | undefined]>([
  ['s3:prefix', { permission: 'ListBucket', query: { prefix: 'a/' } }, ['a/']],
  ['s3:prefix', { permission: 'ListBucketVersions', query: { prefix: '' } }, ['']],
  ['s3:prefix', { permission: 'ListBucket' }, undefined],
  ['s3:prefix', { query: { prefix: 'a/' } }, undefined],
  ['s3:delimiter', { permission: 'ListBucket', query: { delimiter: '/' } }, ['/']],
  ['s3:delimiter', { permission: 'ListBucket' }, undefined],
  ['s3:max-keys', { permission: 'ListBucket', query: { 'max-keys': '7' } }, ['7']],
  ['s3:versionid', { permission: 'GetObjectVersion', query: { versionId: 'v' } }, ['v']],
  ['s3:versionid', { permission: 'DeleteObjectVersion', versionId: 'w', query: { versionId: 'v' } }, ['w']],
  ['s3:versionid', { permission: 'GetObject' }, undefined],
  ['s3:x-amz-acl', { sent: { 'x-amz-acl': 'public-read' } }, ['public-read']],
  ['s3:x-amz-acl', {}, undefined],
  ['s3:x-amz-grant-read', { sent: { 'x-amz-grant-read': 'id=1' } }, ['id=1']],
  ['s3:x-amz-copy-source', { sent: { 'x-amz-copy-source': '/photos/a%20b?versionId=v' } }, ['photos/a b']],
  ['s3:x-amz-copy-source', { sent: { 'x-amz-copy-source': 'photos/%C3%BC' } }, ['photos/ü']],
  ['s3:x-amz-storage-class', { sent: { 'x-amz-storage-class': 'STANDARD' } }, ['STANDARD']],
  ['s3:x-amz-content-sha256', { sent: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } }, ['UNSIGNED-PAYLOAD']],
  ['s3:if-none-match', { sent: { 'if-none-match': '*' } }, ['*']],
  ['s3:existingobjecttag/team', { existingTags: tags }, ['blue']],
  ['s3:existingobjecttag/other', { existingTags: tags }, undefined],
  ['s3:existingobjecttag/team', {}, undefined],
  ['s3:requestobjecttag/team', { requestTags: tags }, ['blue']],
  ['s3:requestobjecttagkeys', { requestTags: tags }, ['Team']],
  ['s3:requestobjecttagkeys', {}, undefined],
  ['s3:authtype', {}, ['REST-QUERY-STRING']],
  ['s3:signatureversion', {}, ['AWS4-HMAC-SHA256']],
  ['s3:signatureage', {}, ['2500']],
  ['s3:signatureage', { signed: undefined }, undefined],
  ['s3:tlsversion', {}, ['1.3']],
  ['s3:resourceaccount', {}, ['111111111111']],
  ['aws:useragent', { sent: { 'user-agent': 'curl' } }, ['curl']],
  ['s3:locationconstraint', {}, undefined],
  ['s3:constructor', {}, undefined],
  ['constructor', {}, undefined],
])('%s of %j', (key, request, values) => {
  expect(about(request)(key)).toEqual(values);
});
