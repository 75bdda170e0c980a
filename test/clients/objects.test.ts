import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect } from 'vitest';
import { type Ended, type Server, startServer, temporaryFolder } from '../lateen.ts';
import { newBucket, objectsUrl } from '../objects.ts';
import { run, settingsFor, testUnless, works } from './tools.ts';

const testWithAws = testUnless(works('aws', '--version') ? undefined : 'the AWS CLI, since no aws on the PATH works');
const testWithBoto3 = testUnless(
  works('python3', '-c', 'import boto3') ? undefined : 'boto3, since no python3 on the PATH has it',
);
const testWithRclone = testUnless(
  works('rclone', 'version') ? undefined : 'rclone, since there is none on the PATH: apt-get install rclone',
);
const testWithS3cmd = testUnless(
  works('s3cmd', '--version') ? undefined : 's3cmd, since there is none on the PATH: apt-get install s3cmd',
);

const MiB = 1024 * 1024;
const folder = temporaryFolder();
const at = (...names: string[]): string => join(folder, ...names);
let server: Server;

beforeAll(async () => {
  server = await startServer();
  await newBucket(server, 'photos');
  writeFileSync(at('big'), randomBytes(100 * MiB));
  mkdirSync(at('tree', 'sub dir'), { recursive: true });
  for (let i = 0; i < 20; i++) writeFileSync(at('tree', i % 2 ? 'sub dir' : '.', `file ${i} ü+&.txt`), `${i}`);
});

const good = async (ended: Promise<Ended>): Promise<string> => {
  const { code, stdout, stderr } = await ended;
  expect(code, `${stdout}${stderr}`).toBe(0);
  return stdout;
};

const hashOf = async (file: string): Promise<string> => {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
};

const aws = (...args: string[]): Promise<string> =>
  good(run('aws', args, { variables: { ...settingsFor(server), AWS_ENDPOINT_URL_S3: objectsUrl(server) } }));

testWithAws('aws s3: a file of 100 MiB in parts, there and back', async () => {
  await aws('s3', 'cp', '--no-progress', at('big'), 's3://photos/aws/big');
  expect(JSON.parse(await aws('s3api', 'head-object', '--bucket', 'photos', '--key', 'aws/big'))).toMatchObject({
    ContentLength: 100 * MiB,
    ETag: expect.stringMatching(/-13"$/),
  });
  await aws('s3', 'cp', '--no-progress', 's3://photos/aws/big', at('back'));
  expect(await hashOf(at('back'))).toBe(await hashOf(at('big')));
  await aws('s3', 'cp', '--no-progress', 's3://photos/aws/big', 's3://photos/aws/copy');
  expect(await aws('s3', 'ls', 's3://photos/aws/')).toMatch(/104857600 big\n.*104857600 copy/);
});

testWithAws('aws s3: sync both ways, presign, mv, rm', async () => {
  expect((await aws('s3', 'sync', '--no-progress', at('tree'), 's3://photos/tree')).match(/upload/g)).toHaveLength(20);
  expect(await aws('s3', 'sync', '--no-progress', at('tree'), 's3://photos/tree')).toBe('');
  await aws('s3', 'sync', '--no-progress', 's3://photos/tree', at('copy'));
  expect(readFileSync(at('copy', 'sub dir', 'file 1 ü+&.txt'), 'utf8')).toBe('1');
  const url = (await aws('s3', 'presign', 's3://photos/tree/file 0 ü+&.txt', '--expires-in', '60')).trim();
  expect(await (await fetch(url)).text()).toBe('0');
  await aws('s3', 'mv', '--no-progress', 's3://photos/tree/file 0 ü+&.txt', 's3://photos/tree/moved');
  await aws('s3', 'rm', '--recursive', 's3://photos/tree');
  expect(
    await aws(
      's3api',
      'list-objects-v2',
      '--bucket',
      'photos',
      '--prefix',
      'tree',
      '--query',
      'length(Contents || `[]`)',
    ),
  ).toBe('0\n');
});

testWithAws('aws s3api: what a bucket says of itself, pages, tags, and a Region that the client is told', async () => {
  await newBucket(server, 'elsewhere', {}, 'eu-west-1');
  for (let i = 0; i < 5; i++)
    await aws('s3api', 'put-object', '--bucket', 'elsewhere', '--key', `k${i}`, '--body', at('tree', 'file 0 ü+&.txt'));
  expect(
    await aws(
      's3api',
      'list-objects-v2',
      '--bucket',
      'elsewhere',
      '--page-size',
      '2',
      '--query',
      'Contents[].Key',
      '--output',
      'text',
    ),
  ).toContain('k0\tk1');
  await aws(
    's3api',
    'put-object-tagging',
    '--bucket',
    'elsewhere',
    '--key',
    'k0',
    '--tagging',
    'TagSet=[{Key=a,Value=b}]',
  );
  expect(
    await aws('s3api', 'get-object-tagging', '--bucket', 'elsewhere', '--key', 'k0', '--query', 'TagSet[0].Value'),
  ).toBe('"b"\n');
  expect(await aws('s3api', 'get-bucket-location', '--bucket', 'elsewhere', '--output', 'text')).toBe('eu-west-1\n');
  expect(await aws('s3api', 'list-buckets', '--query', 'Buckets[].Name')).toContain('elsewhere');
});

const boto3 = `
import boto3, filecmp, os, sys, urllib.request
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError
endpoint, big, back = sys.argv[1:]
for style in ('path', 'auto'):
    s3 = boto3.client('s3', endpoint_url=endpoint, config=Config(s3={'addressing_style': style}))
    s3.upload_file(big, 'photos', 'boto/big', Config=TransferConfig(multipart_threshold=8 << 20, multipart_chunksize=16 << 20))
    s3.download_file('photos', 'boto/big', back)
    assert filecmp.cmp(big, back, shallow=False)
s3.put_object(Bucket='photos', Key='boto/a', Body=b'hello', Metadata={'k': 'v'})
assert s3.get_object(Bucket='photos', Key='boto/a')['Metadata'] == {'k': 'v'}
for version in ('s3v4', 's3'):
    signer = boto3.client('s3', endpoint_url=endpoint, config=Config(signature_version=version))
    url = signer.generate_presigned_url('get_object', Params={'Bucket': 'photos', 'Key': 'boto/a', 'ResponseContentType': 'text/x-a'}, ExpiresIn=60)
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == b'hello' and answer.headers['content-type'] == 'text/x-a'
    post = signer.generate_presigned_post('photos', 'boto/form-' + version, Fields={'acl': 'private'}, Conditions=[{'acl': 'private'}, ['content-length-range', 1, 10]])
    boundary = 'xyz'
    body = b''.join(b'--xyz\\r\\nContent-Disposition: form-data; name="%s"\\r\\n\\r\\n%s\\r\\n' % (k.encode(), v.encode()) for k, v in post['fields'].items())
    body += b'--xyz\\r\\nContent-Disposition: form-data; name="file"; filename="f"\\r\\n\\r\\nposted\\r\\n--xyz--\\r\\n'
    request = urllib.request.Request(post['url'], body, {'Content-Type': 'multipart/form-data; boundary=xyz'})
    assert urllib.request.urlopen(request).status == 204
    assert s3.get_object(Bucket='photos', Key='boto/form-' + version)['Body'].read() == b'posted'
try:
    s3.get_object(Bucket='photos', Key='none')
    raise SystemExit('no error')
except s3.exceptions.NoSuchKey:
    pass
s3.delete_objects(Bucket='photos', Delete={'Objects': [{'Key': o['Key']} for o in s3.list_objects_v2(Bucket='photos', Prefix='boto/')['Contents']]})
assert s3.list_objects_v2(Bucket='photos', Prefix='boto/')['KeyCount'] == 0
`;

testWithBoto3(
  'boto3: transfers in parts, presigned addresses and forms of both signatures, errors as exceptions',
  async () => {
    await good(
      run('python3', ['-c', boto3, objectsUrl(server), at('big'), at('boto')], { variables: settingsFor(server) }),
    );
  },
);

testWithRclone('rclone: copy, check, sync, a file of 100 MiB', async () => {
  const variables = {
    RCLONE_CONFIG: at('none'),
    RCLONE_CONFIG_L_TYPE: 's3',
    RCLONE_CONFIG_L_PROVIDER: 'Other',
    RCLONE_CONFIG_L_ENDPOINT: objectsUrl(server),
    RCLONE_CONFIG_L_REGION: 'us-east-1',
    RCLONE_CONFIG_L_ACCESS_KEY_ID: server.accessKeyId,
    RCLONE_CONFIG_L_SECRET_ACCESS_KEY: server.secret,
    RCLONE_S3_NO_CHECK_BUCKET: 'true',
  };
  const rclone = (...args: string[]) => good(run('rclone', args, { variables }));
  await rclone('sync', at('tree'), 'l:photos/rclone');
  await rclone('check', at('tree'), 'l:photos/rclone');
  expect((await rclone('lsf', '-R', '--files-only', 'l:photos/rclone')).trim().split('\n')).toHaveLength(20);
  await rclone('copyto', '--s3-upload-cutoff', '20M', '--s3-chunk-size', '10M', at('big'), 'l:photos/rclone/big');
  await rclone('copyto', 'l:photos/rclone/big', at('rclone'));
  expect(await hashOf(at('rclone'))).toBe(await hashOf(at('big')));
  await rclone('moveto', 'l:photos/rclone/big', 'l:photos/rclone/moved');
  expect(await rclone('lsd', 'l:')).toContain('photos');
  await rclone('purge', 'l:photos/rclone');
  expect(await rclone('lsf', 'l:photos/rclone').catch(() => '')).toBe('');
});

testWithS3cmd('s3cmd: put, get, sync, info, del, a file of 100 MiB', async () => {
  const { host } = new URL(objectsUrl(server));
  const common = [
    ...[
      '--config',
      '/dev/null',
      '--no-ssl',
      '--no-progress',
      '--access_key',
      server.accessKeyId,
      '--secret_key',
      server.secret,
    ],
    ...['--host', host, '--host-bucket', host, '--region', 'us-east-1'],
  ];
  const s3cmd = (...args: string[]) => good(run('s3cmd', [...common, ...args]));
  await s3cmd('put', at('big'), 's3://photos/s3cmd/big');
  await s3cmd('get', '--force', 's3://photos/s3cmd/big', at('s3cmd'));
  expect(await hashOf(at('s3cmd'))).toBe(await hashOf(at('big')));
  await s3cmd('sync', `${at('tree')}/`, 's3://photos/s3cmd/tree/');
  expect((await s3cmd('ls', '--recursive', 's3://photos/s3cmd/tree/')).trim().split('\n')).toHaveLength(20);
  expect(await s3cmd('info', 's3://photos/s3cmd/big')).toContain('File size: 104857600');
  await s3cmd('cp', 's3://photos/s3cmd/big', 's3://photos/s3cmd/copy');
  await s3cmd('del', '--recursive', '--force', 's3://photos/s3cmd/');
  expect(await s3cmd('ls', 's3://photos/s3cmd/')).toBe('');
  expect(await s3cmd('ls')).toContain('s3://photos');
});
