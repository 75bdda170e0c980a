import { expect, test } from 'vitest';
import { route } from './routes.ts';
import { bucketOfHost, readTarget } from './target.ts';

test.each([
  ['photos.s3.us-east-1.localhost:4781', 'photos'],
  ['photos.s3.localhost', 'photos'],
  ['PHOTOS.localhost:4781', 'photos'],
  ['photos.s3.us-east-1.lateen.internal', 'photos'],
  ['photos.s3-eu-west-1.example.com', 'photos'],
  ['photos.127.0.0.1.nip.io:80', 'photos'],
  ['s3.us-east-1.localhost', undefined],
  ['s3.localhost:4781', undefined],
  ['localhost:4781', undefined],
  ['127.0.0.1:4781', undefined],
  ['[::1]:4781', undefined],
  ['objects.example.com', undefined],
  ['', undefined],
])('the host %s names the bucket %s', (host, bucket) => {
  expect(bucketOfHost(host)).toBe(bucket);
});

test.each([
  ['photos.objects.example.com:443', 'photos'],
  ['Photos.Objects.Example.com', 'photos'],
  ['objects.example.com', undefined],
  ['example.com', undefined],
  ['notobjects.example.com', undefined],
  ['photos.s3.us-east-1.localhost', 'photos'],
])('where objects are told to be at another host: %s is %s', (host, bucket) => {
  expect(bucketOfHost(host, 'objects.example.com')).toBe(bucket);
});

test('keys are what stands behind the bucket, decoded once', () => {
  expect(readTarget('/photos/a%2Fb//c%20+d?versionId=1', '127.0.0.1')).toMatchObject({
    bucket: 'photos',
    key: 'a/b//c +d',
  });
  expect(readTarget('/../x', 'photos.localhost')).toMatchObject({ bucket: 'photos', key: '../x' });
  expect(readTarget('/photos/', 'localhost')).toMatchObject({ bucket: 'photos', key: undefined });
  expect(readTarget('/', 'localhost')).toMatchObject({ bucket: undefined, key: undefined });
  expect(readTarget('http://localhost/photos/a?x=a+b&x=c', 'localhost').params.get('x')).toBe('a b');
  expect(() => readTarget('/photos/%e4', 'localhost')).toThrow('parse the specified URI');
});

const routed = (method: string, path: string, copies = false) => route(method, readTarget(path, 'localhost'), copies);

test.each([
  ['GET', '/', 'ListBuckets'],
  ['GET', '/b', 'ListObjects'],
  ['GET', '/b?list-type=2', 'ListObjectsV2'],
  ['GET', '/b?list-type=3', 'ListObjects'],
  ['GET', '/b?policy', 'Forbidden'],
  ['PUT', '/b', 'Forbidden'],
  ['DELETE', '/b', 'Forbidden'],
  ['POST', '/b?delete', 'DeleteObjects'],
  ['POST', '/b', 'PostObject'],
  ['PUT', '/b/k', 'PutObject'],
  ['PUT', '/b/k?retention', 'Forbidden'],
  ['GET', '/b/k?attributes', 'Forbidden'],
  ['PUT', '/b/k?partNumber=1&uploadId=u', 'UploadPart'],
  ['DELETE', '/b/k?uploadId=u', 'AbortMultipartUpload'],
  ['OPTIONS', '/b/k?policy', 'Preflight'],
  ['POST', '/', 'Unknown'],
  ['PATCH', '/b/k', 'Unknown'],
])('%s %s is %s', (method, path, action) => {
  expect(routed(method, path)).toBe(action);
});

test('a source makes a copy of a put', () => {
  expect(routed('PUT', '/b/k', true)).toBe('CopyObject');
  expect(routed('PUT', '/b/k?partNumber=1&uploadId=u', true)).toBe('UploadPartCopy');
});
