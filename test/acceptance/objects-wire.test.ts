import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { apiOf } from '../call.ts';
import { newAccount } from '../instances.ts';
import { startServer } from '../lateen.ts';
import { newBucket, objectsUrl, plainRequest, presigned, s3, signedRequest } from '../objects.ts';
import { amzDate, rawRequest, sha256 } from '../sign.ts';

const server = await startServer();
await newBucket(server, 'raw');
const client = s3(server);
const port = Number(new URL(objectsUrl(server)).port);
const hour = 3_600_000;

const put = (key: string, body: string, more: object = {}) =>
  signedRequest(server, 'PUT', `/raw/${key}`, { body, ...more });

test('every refusal has a code, a message and the id of its request', async () => {
  const reply = await plainRequest(server, 'GET', '/nobody/<key>');
  expect(reply.status).toBe(404);
  expect(reply.headers).toMatchObject({
    'content-type': 'application/xml',
    'x-amz-request-id': expect.stringMatching(/^[0-9A-F]{16}$/),
    'x-amz-id-2': expect.any(String),
  });
  expect(reply.text).toMatch(
    new RegExp(
      `^<\\?xml version="1.0" encoding="UTF-8"\\?>\\n<Error><Code>NoSuchBucket</Code><Message>[^<]+</Message><BucketName>nobody</BucketName><Resource>/nobody/&lt;key&gt;</Resource><RequestId>${reply.headers['x-amz-request-id']}</RequestId><HostId>[^<]+</HostId></Error>$`,
    ),
  );
  expect(await plainRequest(server, 'HEAD', '/nobody')).toMatchObject({ status: 404, text: '' });
  expect(await plainRequest(server, 'GET', '/')).toMatchObject({ status: 403, code: 'AccessDenied' });
  expect(await plainRequest(server, 'PATCH', '/raw/a')).toMatchObject({ status: 405, code: 'MethodNotAllowed' });
});

test('signatures in the header: what is missing, wrong, late or of another service', async () => {
  const code = async (more: object, path = '/raw/a') => (await signedRequest(server, 'GET', path, more)).code;
  await put('a', 'x');
  expect(await code({})).toBeUndefined();
  expect(await code({ secret: 'wrong' })).toBe('SignatureDoesNotMatch');
  expect(await code({ accessKeyId: 'AKIAAAAAAAAAAAAAAAAA' })).toBe('InvalidAccessKeyId');
  expect(await code({ date: Date.now() - 16 * 60_000 })).toBe('RequestTimeTooSkewed');
  expect(await code({ date: Date.now() + 16 * 60_000 })).toBe('RequestTimeTooSkewed');
  expect(await code({ service: 'lightsail' })).toBe('AuthorizationHeaderMalformed');
  expect(await code({ region: 'eu-west-1' })).toBe('AuthorizationHeaderMalformed');
  expect(await code({ region: 'moon-1' })).toBe('AuthorizationHeaderMalformed');
  expect(await code({ sessionToken: 'none' })).toBe('InvalidToken');
  expect(await code({ payload: 'nonsense' })).toBeUndefined();
  const header = (authorization: string) => plainRequest(server, 'GET', '/raw/a', { headers: { authorization } });
  expect((await header('AWS AKIA:sig')).code).toBe('InvalidRequest');
  expect((await header('AWS4-HMAC-SHA256 nonsense')).code).toBe('AuthorizationHeaderMalformed');
  expect((await header('Bearer x')).code).toBe('InvalidRequest');
});

test('temporary keys come with their token', async () => {
  const { stdout } = await server.cli('keys', 'create', '--minutes', '60', '--json');
  const { accessKeyId, secretAccessKey: secret, sessionToken } = JSON.parse(stdout) as Record<string, string>;
  const options = { accessKeyId: accessKeyId!, secret: secret! };
  expect(await signedRequest(server, 'GET', '/raw/a', { ...options, sessionToken: sessionToken! })).toMatchObject({
    status: 200,
  });
  expect(await signedRequest(server, 'GET', '/raw/a', options)).toMatchObject({ code: 'InvalidToken' });
});

test('the payload is what was signed, or it is not kept', async () => {
  expect(await put('sum', 'hello', { payload: sha256('hello') })).toMatchObject({ status: 200 });
  expect(await put('sum2', 'hello', { payload: sha256('other') })).toMatchObject({ code: 'XAmzContentSHA256Mismatch' });
  expect(await put('sum2', 'hello', { payload: 'nonsense' })).toMatchObject({ code: 'InvalidArgument' });
  expect(await put('free', 'hello', { payload: 'UNSIGNED-PAYLOAD' })).toMatchObject({ status: 200 });
  expect(await signedRequest(server, 'HEAD', '/raw/sum2')).toMatchObject({ status: 404 });
});

test('presigned addresses: for what they say, and as long as they say', async () => {
  await put('signed', 'hello');
  const get = (path: string, headers = {}) => plainRequest(server, 'GET', path, { headers });
  const path = presigned(server, 'GET', '/raw/signed');
  expect(await get(path)).toMatchObject({ status: 200, text: 'hello' });
  expect(await get(path.replace('/signed', '/other'))).toMatchObject({ code: 'SignatureDoesNotMatch' });
  expect(await get(`${path}&versionId=1`)).toMatchObject({ code: 'SignatureDoesNotMatch' });
  expect(await get(path, { 'x-amz-acl': 'public-read' })).toMatchObject({ code: 'AccessDenied' });
  expect(await plainRequest(server, 'DELETE', path)).toMatchObject({ code: 'SignatureDoesNotMatch' });
  expect(await get(presigned(server, 'GET', '/raw/signed', 60, { date: Date.now() - 2 * hour }))).toMatchObject({
    status: 403,
    text: expect.stringContaining('Request has expired'),
  });
  expect(await get(presigned(server, 'GET', '/raw/signed', 604_801))).toMatchObject({
    code: 'AuthorizationQueryParametersError',
  });
  expect(await get(presigned(server, 'GET', '/raw/signed', -1))).toMatchObject({
    code: 'AuthorizationQueryParametersError',
  });
  expect(await get(presigned(server, 'GET', '/raw/signed', 60, { region: 'eu-west-1' }))).toMatchObject({
    code: 'AuthorizationQueryParametersError',
  });
  const meta = presigned(server, 'PUT', '/raw/hoisted?x-amz-meta-team=web');
  expect(await plainRequest(server, 'PUT', meta, { body: 'up' })).toMatchObject({ status: 200 });
  expect(await client.headObject({ Bucket: 'raw', Key: 'hoisted' })).toMatchObject({ Metadata: { team: 'web' } });
});

test('addresses that tools presign in the old way', async () => {
  await put('old', 'hello');
  const sign = (expires: number, resource = '/raw/old', method = 'GET') => {
    const text = `${method}\n\n\n${expires}\n${resource}`;
    const signature = createHmac('sha1', server.secret).update(text).digest('base64');
    return `/raw/old?AWSAccessKeyId=${server.accessKeyId}&Expires=${expires}&Signature=${encodeURIComponent(signature)}`;
  };
  const soon = Math.floor(Date.now() / 1000) + 60;
  expect(await plainRequest(server, 'GET', sign(soon))).toMatchObject({ status: 200, text: 'hello' });
  expect(await plainRequest(server, 'GET', sign(soon, '/raw/other'))).toMatchObject({ code: 'SignatureDoesNotMatch' });
  expect(await plainRequest(server, 'GET', `${sign(soon)}&versionId=null`)).toMatchObject({
    code: 'SignatureDoesNotMatch',
  });
  expect(await plainRequest(server, 'GET', sign(soon - 120))).toMatchObject({ status: 403 });
});

/** A body in signed chunks, as the signature of its head seeds them. */
const signedChunks = (seed: string, chunks: readonly string[], stamp: string, trailer?: string): string => {
  const scope = `${stamp.slice(0, 8)}/us-east-1/s3/aws4_request`;
  const key = scope
    .split('/')
    .reduce<string | Buffer>((from, part) => createHmac('sha256', from).update(part).digest(), `AWS4${server.secret}`);
  const sign = (kind: string, ...rest: string[]) =>
    createHmac('sha256', key)
      .update([kind, stamp, scope, previous, ...rest].join('\n'))
      .digest('hex');
  let previous = seed;
  let body = '';
  for (const chunk of [...chunks, '']) {
    previous = sign('AWS4-HMAC-SHA256-PAYLOAD', sha256(''), sha256(chunk));
    body += `${chunk.length.toString(16)};chunk-signature=${previous}\r\n${chunk}${chunk === '' ? '' : '\r\n'}`;
  }
  if (trailer === undefined) return `${body}\r\n`;
  return `${body}${trailer}\r\nx-amz-trailer-signature:${sign('AWS4-HMAC-SHA256-TRAILER', sha256(`${trailer}\n`))}\r\n\r\n`;
};

const streamed = async (
  key: string,
  chunks: readonly string[],
  {
    trailer,
    spoil = (body: string) => body,
    length,
  }: { trailer?: string; spoil?: (body: string) => string; length?: number } = {},
) => {
  const date = Date.now();
  const payload = `STREAMING-AWS4-HMAC-SHA256-PAYLOAD${trailer === undefined ? '' : '-TRAILER'}`;
  const headers: Record<string, string> = {
    'content-encoding': 'aws-chunked',
    'x-amz-decoded-content-length': String(length ?? chunks.join('').length),
    ...(trailer !== undefined && { 'x-amz-trailer': trailer.split(':')[0]! }),
  };
  const { sign } = await import('../sign.ts');
  const url = `${objectsUrl(server)}/raw/${key}`;
  const { accessKeyId, secret } = server;
  const signed = sign({
    method: 'PUT',
    url,
    accessKeyId,
    secret,
    service: 's3',
    date,
    payload,
    headers: { ...headers, 'x-amz-content-sha256': payload },
  });
  const body = signedChunks(/Signature=(\w+)/.exec(signed.authorization!)![1]!, chunks, amzDate(date), trailer);
  return plainRequest(server, 'PUT', `/raw/${key}`, { headers: signed, body: spoil(body) });
};

test('bodies in signed chunks, with and without a trailer', async () => {
  const chunks = ['a'.repeat(8192), 'b'.repeat(8192), 'end'];
  const whole = chunks.join('');
  expect(await streamed('chunks', chunks)).toMatchObject({ status: 200 });
  const got = await client.getObject({ Bucket: 'raw', Key: 'chunks' });
  expect(await got.Body!.transformToString()).toBe(whole);
  expect(got.ContentEncoding).toBeUndefined();
  const sum = createHash('sha1').update(whole).digest('base64');
  expect(await streamed('trailed', chunks, { trailer: `x-amz-checksum-sha1:${sum}` })).toMatchObject({
    status: 200,
    headers: { 'x-amz-checksum-sha1': sum },
  });
  const code = async (more: Parameters<typeof streamed>[2], of = chunks) => (await streamed('spoiled', of, more)).code;
  expect(await code({ spoil: (body) => body.replace('bbb', 'bcb') })).toBe('SignatureDoesNotMatch');
  expect(await code({ spoil: (body) => body.replace(/signature=\w/, 'signature=g') })).toBe('IncompleteBody');
  expect(await code({ spoil: (body) => body.slice(0, 9000) })).toBe('IncompleteBody');
  expect(await code({ spoil: (body) => body.slice(0, body.lastIndexOf('0;chunk')) })).toBe('IncompleteBody');
  expect(await code({ length: 5 })).toBe('IncompleteBody');
  expect(await code({}, ['short', 'short'])).toBe('InvalidChunkSizeError');
  const other = createHash('sha1').update('x').digest('base64');
  expect(await code({ trailer: `x-amz-checksum-sha1:${other}` })).toBe('BadDigest');
  expect(await code({ trailer: `x-amz-checksum-sha1:${sum}`, spoil: (body) => body.replace(sum, other) })).toBe(
    'SignatureDoesNotMatch',
  );
  expect(await signedRequest(server, 'HEAD', '/raw/spoiled')).toMatchObject({ status: 404 });
});

/** Of the nine digits `123456789`: the check values of the catalogue of CRCs, and what node:crypto says. */
const sums = {
  crc32: 'y/Q5Jg==',
  crc32c: '4waSgw==',
  crc64nvme: 'rosUhgp5mIg=',
  sha1: createHash('sha1').update('123456789').digest('base64'),
  sha256: createHash('sha256').update('123456789').digest('base64'),
};

test.each(Object.entries(sums))('the checksum %s, right and wrong, as a header and as a trailer', async (name, sum) => {
  const body = '123456789';
  const header = `x-amz-checksum-${name}`;
  const wrong = Buffer.from(sum, 'base64').reverse().toString('base64');
  const kept = async (key: string) =>
    (await signedRequest(server, 'GET', `/raw/${key}`, { headers: { 'x-amz-checksum-mode': 'ENABLED' } })).headers[
      header
    ];
  const refused = async (key: string, reply: Promise<{ code: string | undefined }>, code: string) => {
    expect((await reply).code).toBe(code);
    expect((await signedRequest(server, 'HEAD', `/raw/${key}`)).status).toBe(404);
  };
  const withHeader = (key: string, value: string) => put(key, body, { headers: { [header]: value } });
  expect(await withHeader(`${name}-h`, sum)).toMatchObject({
    status: 200,
    headers: { [header]: sum, 'x-amz-checksum-type': 'FULL_OBJECT' },
  });
  expect(await kept(`${name}-h`)).toBe(sum);
  await refused(`${name}-x`, withHeader(`${name}-x`, wrong), 'BadDigest');
  await refused(`${name}-x`, withHeader(`${name}-x`, 'AAAA'), 'InvalidRequest');
  await refused(`${name}-x`, withHeader(`${name}-x`, `${sum}AA`), 'InvalidRequest');

  const unsigned = (key: string, trailer: string, announced = header) =>
    signedRequest(server, 'PUT', `/raw/${key}`, {
      payload: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      headers: { 'content-encoding': 'aws-chunked', 'x-amz-decoded-content-length': '9', 'x-amz-trailer': announced },
      body: `5\r\n12345\r\n4\r\n6789\r\n0\r\n${trailer}\r\n\r\n`,
    });
  expect(await unsigned(`${name}-t`, `${header}:${sum}`)).toMatchObject({ status: 200, headers: { [header]: sum } });
  expect(await kept(`${name}-t`)).toBe(sum);
  await refused(`${name}-x`, unsigned(`${name}-x`, `${header}:${wrong}`), 'BadDigest');
  await refused(
    `${name}-x`,
    unsigned(`${name}-x`, `${header}:${sum}`, 'x-amz-checksum-other'),
    'MalformedTrailerError',
  );
  expect(await streamed(`${name}-s`, [body], { trailer: `${header}:${sum}` })).toMatchObject({ status: 200 });
  await refused(`${name}-x`, streamed(`${name}-x`, [body], { trailer: `${header}:${wrong}` }), 'BadDigest');

  // Of a part it is compared as well, and told again.
  const { UploadId } = await client.createMultipartUpload({ Bucket: 'raw', Key: `${name}-p` });
  const part = (value: string) =>
    signedRequest(server, 'PUT', `/raw/${name}-p?partNumber=1&uploadId=${UploadId}`, {
      body,
      headers: { [header]: value },
    });
  expect(await part(sum)).toMatchObject({ status: 200, headers: { [header]: sum } });
  expect(await part(wrong)).toMatchObject({ code: 'BadDigest' });

  const asked = await put(`${name}-a`, body, { headers: { 'x-amz-sdk-checksum-algorithm': name.toUpperCase() } });
  expect(asked).toMatchObject({ status: 200, headers: { [header]: sum } });
});

test('keys are bytes: dots, slashes, signs, a thousand of them', async () => {
  const keys = [
    '../../etc/passwd',
    '..',
    '.',
    'a//b',
    '/lead',
    'trail/',
    'a%2Fb',
    'a b+c&d=e?f#g',
    'ü\u{1d11e}',
    '"quotes\'<>',
    '\\back',
    '\t',
    'x'.repeat(1024),
    'ß'.repeat(512),
  ];
  for (const key of keys) {
    const path = `/raw/${encodeURIComponent(key).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)}`;
    expect(await signedRequest(server, 'PUT', path, { body: key }), key).toMatchObject({ status: 200 });
    expect(await signedRequest(server, 'GET', path), key).toMatchObject({ status: 200, text: key });
  }
  expect(await put('x'.repeat(1025), '')).toMatchObject({ code: 'KeyTooLongError' });
  expect(await put(encodeURIComponent('ß'.repeat(513)), '')).toMatchObject({ code: 'KeyTooLongError' });
  expect(await put('%ff%fe', '')).toMatchObject({ status: 400, code: 'InvalidURI' });
  expect(await plainRequest(server, 'GET', '/raw/%zz')).toMatchObject({ status: 400, code: 'InvalidURI' });
});

const form = async (
  fields: Readonly<Record<string, string>>,
  conditions: readonly unknown[],
  {
    file = 'file body',
    signer = server,
    expires = hour,
  }: { file?: string; signer?: Pick<typeof server, 'accessKeyId' | 'secret'>; expires?: number } = {},
) => {
  const now = Date.now();
  const stamp = amzDate(now);
  const scope = `${stamp.slice(0, 8)}/us-east-1/s3/aws4_request`;
  const own = {
    'x-amz-algorithm': 'AWS4-HMAC-SHA256',
    'x-amz-credential': `${signer.accessKeyId}/${scope}`,
    'x-amz-date': stamp,
  };
  const all = [...conditions, ...Object.entries(own).map(([name, value]) => ({ [name]: value }))];
  const policy = Buffer.from(
    JSON.stringify({ expiration: new Date(now + expires).toISOString(), conditions: all }),
  ).toString('base64');
  const key = scope
    .split('/')
    .reduce<string | Buffer>((from, part) => createHmac('sha256', from).update(part).digest(), `AWS4${signer.secret}`);
  const data = new FormData();
  const signature = createHmac('sha256', key).update(policy).digest('hex');
  for (const [name, value] of Object.entries({ ...fields, ...own, policy, 'x-amz-signature': signature }))
    data.append(name, value);
  data.append('file', new Blob([file], { type: 'text/x-test' }), 'C:\\fakepath\\my file.txt');
  const answer = await fetch(`${objectsUrl(server)}/raw`, { method: 'POST', body: data, redirect: 'manual' });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
};

test('forms of browsers, within the policy that was signed for them', async () => {
  const conditions = [
    { bucket: 'raw' },
    ['starts-with', '$key', 'up/'],
    ['content-length-range', 1, 100],
    ['starts-with', '$x-amz-meta-by', ''],
    { success_action_status: '201' },
  ];
  // biome-ignore lint/suspicious/noTemplateCurlyInString: so the form says it
  const fields = { key: 'up/${filename}', 'x-amz-meta-by': 'form', success_action_status: '201' };
  const made = await form(fields, conditions);
  expect(made.status, made.text).toBe(201);
  expect(made.text).toContain('<Key>up/my file.txt</Key>');
  const got = await client.getObject({ Bucket: 'raw', Key: 'up/my file.txt' });
  expect(await got.Body!.transformToString()).toBe('file body');
  expect(got).toMatchObject({ ContentType: 'text/x-test', Metadata: { by: 'form' } });
  const denied = async (...args: Parameters<typeof form>) => (await form(...args)).text;
  expect(await denied({ ...fields, key: 'down/x' }, conditions)).toContain('Policy Condition failed');
  expect(await denied({ ...fields, acl: 'private' }, conditions)).toContain('Extra input fields: acl');
  expect(await denied(fields, [...conditions, { bucket: 'other' }])).toContain('Policy Condition failed');
  expect(await denied(fields, conditions, { expires: -1000 })).toContain('Policy expired');
  expect(await denied(fields, conditions, { file: 'x'.repeat(101) })).toContain('EntityTooLarge');
  expect(await denied(fields, conditions, { file: '' })).toContain('EntityTooSmall');
  expect(await denied(fields, conditions, { signer: { ...server, secret: 'wrong' } })).toContain(
    'SignatureDoesNotMatch',
  );
  expect(await denied(fields, conditions, { signer: await newAccount(server, 'strangers') })).toContain('AccessDenied');
  const redirected = await form({ key: 'up/r', success_action_redirect: 'https://example.com/done?x=1' }, [
    ['starts-with', '$key', ''],
    ['starts-with', '$success_action_redirect', ''],
  ]);
  expect(redirected.status).toBe(303);
  expect(redirected.headers.get('location')).toMatch(
    /^https:\/\/example\.com\/done\?x=1&bucket=raw&key=up%2Fr&etag=%22/,
  );
  const data = new FormData();
  data.append('key', 'anonymous');
  data.append('file', new Blob(['x']), 'x');
  expect((await fetch(`${objectsUrl(server)}/raw`, { method: 'POST', body: data })).status).toBe(403);
});

test('a client that waits for leave to send is told first when it may not', async () => {
  const head =
    'PUT /raw/waits HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 5000000\r\nexpect: 100-continue\r\nconnection: close\r\n\r\n';
  const answer = await rawRequest(port, head);
  expect(answer).toMatch(/^HTTP\/1\.1 403 /);
  expect(answer).not.toContain('100 Continue');
});

test('what is no HTTP, or too much of it, is refused in the form of S3', async () => {
  for (const bytes of [
    'nonsense\r\n\r\n',
    'GET / HTTP/1.1\r\nbad header\r\n\r\n',
    `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
  ]) {
    expect(await rawRequest(port, bytes)).toMatch(
      /^HTTP\/1\.1 400 [\s\S]*<Code>(BadRequest|RequestHeaderSectionTooLarge)<\/Code><Message>[^<]+<\/Message>[\s\S]*<RequestId>/,
    );
  }
  expect(
    await plainRequest(server, 'PUT', '/raw/a', { headers: { 'transfer-encoding': 'chunked' }, body: 'x' }),
  ).toMatchObject({ code: 'AccessDenied' });
});

test('an upload that breaks off leaves nothing', async () => {
  const signed = presigned(server, 'PUT', '/raw/broken');
  await rawRequest(
    port,
    `PUT ${signed} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-length: 100\r\n\r\nhalf`,
    500,
  ).catch(() => {});
  expect(await signedRequest(server, 'HEAD', '/raw/broken')).toMatchObject({ status: 404 });
});

test('whatever is asked, nothing of it is a fault of the server', async () => {
  const word = fc.constantFrom(
    ...[
      'acl',
      'tagging',
      'uploads',
      'uploadId',
      'partNumber',
      'versionId',
      'delete',
      'versions',
      'location',
      'list-type',
      'prefix',
      'delimiter',
      'max-keys',
    ],
    ...[
      'encoding-type',
      'key-marker',
      'version-id-marker',
      'continuation-token',
      'response-content-type',
      'max-uploads',
      'max-parts',
      'policy',
      'cors',
      'x-id',
    ],
  );
  const value = fc.oneof(
    fc.constantFrom(
      '',
      '0',
      '1',
      '2',
      '-1',
      '10001',
      'null',
      'url',
      '%00',
      '%0d%0a',
      '%C3%BC',
      '+',
      '/',
      'x'.repeat(2000),
    ),
    fc.string({ maxLength: 8 }).map(encodeURIComponent),
  );
  const header = fc.constantFrom(
    ...[
      'range',
      'if-match',
      'if-none-match',
      'if-modified-since',
      'x-amz-acl',
      'x-amz-copy-source',
      'x-amz-copy-source-range',
      'x-amz-tagging',
      'content-md5',
      'content-type',
    ],
    ...[
      'x-amz-meta-a',
      'x-amz-storage-class',
      'x-amz-metadata-directive',
      'x-amz-checksum-crc32',
      'x-amz-checksum-algorithm',
      'x-amz-sdk-checksum-algorithm',
      'x-amz-grant-read',
    ],
    ...[
      'x-amz-mp-object-size',
      'x-amz-checksum-type',
      'x-amz-decoded-content-length',
      'x-amz-trailer',
      'cache-control',
      'expires',
      'origin',
      'content-encoding',
    ],
  );
  const text = fc.oneof(
    fc.constantFrom(
      '*',
      '"x"',
      'bytes=0-0',
      'bytes=5-1',
      'bytes=-0',
      'COPY',
      'REPLACE',
      'CRC32',
      'AAAAAA==',
      'raw/a',
      '/raw/%ff',
      'raw/a?versionId=',
      'public-read',
      'a=b&a=c',
      'aws-chunked',
    ),
    fc.string({ maxLength: 12, unit: 'grapheme-ascii' }).map((each) => each.replace(/[^\x20-\x7e]/g, '')),
    fc.constant('\u00e9\u00ff'),
  );
  const body = fc.oneof(
    fc.constant(''),
    fc.constantFrom(
      '<Delete/>',
      '<Delete><Object><Key>a</Key></Object></Delete>',
      '<Tagging><TagSet/></Tagging>',
      '<!DOCTYPE x [<!ENTITY a "b">]><Delete/>',
      '<CompleteMultipartUpload><Part/></CompleteMultipartUpload>',
      '<a>'.repeat(50),
    ),
    fc.string({ maxLength: 40 }),
  );
  const path = fc.oneof(
    fc.constantFrom('/raw', '/raw/', '/raw/a', '/', '//', '/raw/%00', '/raw/..%2f..', '/none/x', '/RAW/x'),
    fc.webPath().map((each) => `/raw/${each}`),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'OPTIONS'),
      path,
      fc.array(fc.tuple(word, value), { maxLength: 3 }),
      fc.array(fc.tuple(header, text), { maxLength: 3 }),
      body,
      fc.constantFrom(
        undefined,
        'UNSIGNED-PAYLOAD',
        'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
        'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
        'x',
      ),
      async (method, at, query, headers, content, payload) => {
        const target = `${at}${query.length > 0 ? '?' : ''}${query.map((pair) => pair.join('=')).join('&')}`;
        const more = {
          headers: Object.fromEntries(headers.map(([name, each]) => [name, each.trim()])),
          body: content,
          ...(payload && { payload }),
        };
        const reply = await signedRequest(server, method, target, more);
        expect(reply.status, reply.text).toBeLessThan(500);
        if (reply.status >= 400 && method !== 'HEAD')
          expect(reply.text).toMatch(/<Code>\w+<\/Code><Message>[^<]+<\/Message>[\s\S]*<RequestId>/);
      },
    ),
    { numRuns: 150 },
  );
  expect(await apiOf(server).ask('GetBuckets', {})).toMatchObject({ status: 200 });
  expect(server.stderr()).not.toContain('fault');
});
