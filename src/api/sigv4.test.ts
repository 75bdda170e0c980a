import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import * as aws4 from 'aws4';
import { describe, expect, test } from 'vitest';
import { presign, type SignOptions, sign, signatureOf } from '../../test/sign.ts';
import { rootOf } from '../iam/principal.ts';
import { type Credential, createVerifier, type RawRequest } from './sigv4.ts';

const moment = Date.UTC(2015, 7, 30, 12, 36);
const stamp = '20150830T123600Z';
const scope = '20150830/us-east-1/lightsail/aws4_request';
const url = 'http://lateen.test:4780/';

const permanent: Credential = {
  accessKeyId: 'AKIATEST',
  secret: 'sesame/+key',
  account: '1',
  arn: 'arn:1',
  principal: rootOf('1'),
};
const temporary: Credential = {
  ...permanent,
  accessKeyId: 'ASIATEST',
  sessionToken: 'to/ken+with=signs',
  expiresAt: moment + 3600_000,
};
const known = new Map([permanent, temporary].map((credential) => [credential.accessKeyId, credential]));

const verifierAt = (now: number, find: (id: string) => Credential | undefined = (id) => known.get(id)) =>
  createVerifier({ regions: new Set(['us-east-1', 'eu-west-1']), now: () => now, findCredential: find });
const verify = verifierAt(moment);

const bytes = (text: string): string => Buffer.from(text).toString('latin1');
const raw = (method: string, target: string, headers: readonly string[], body = ''): RawRequest => ({
  method,
  target: bytes(target),
  rawHeaders: headers.map(bytes),
  body: Buffer.from(body),
});
const listOf = (headers: Record<string, string>): string[] => Object.entries(headers).flat();
const targetOf = (link: string): string => link.slice(new URL(link).origin.length);
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

const mismatch =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';
const badToken = {
  code: 'UnrecognizedClientException',
  message: 'The security token included in the request is invalid.',
};

const key = { accessKeyId: permanent.accessKeyId, secret: permanent.secret };
const base: SignOptions = {
  url,
  headers: { 'content-type': 'application/x-amz-json-1.1' },
  body: '{}',
  date: moment,
  ...key,
};
const signedRequest = (options: Partial<SignOptions> = {}): RawRequest => {
  const all = { ...base, ...options };
  return raw(all.method ?? 'POST', '/', listOf(sign(all)), String(all.body));
};
const presignedRequest = (options: Partial<SignOptions> & { expires?: number } = {}, alter = (t: string) => t) => {
  const all = { ...base, ...options };
  const link = presign(all);
  return raw(
    'POST',
    alter(targetOf(link)),
    ['Host', new URL(url).host, ...listOf(all.headers ?? {})],
    String(all.body),
  );
};

test('a published signature of Signature Version 4 holds', async () => {
  const example = { ...permanent, accessKeyId: 'AKIDEXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
  const authorization =
    'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31';
  const headers = ['Host', 'example.amazonaws.com', 'X-Amz-Date', stamp, 'Authorization', authorization];
  const verified = await verifierAt(moment, () => example)(raw('GET', '/', headers), 'service');
  expect(verified).toEqual({ credential: example, region: 'us-east-1' });
});

/** A request as sent, and the canonical lines that its signer makes of it. */
interface Vector {
  readonly method?: string;
  readonly target?: string;
  readonly headers?: readonly string[];
  readonly body?: string;
  readonly path?: string;
  readonly query?: string;
  readonly signed?: Readonly<Record<string, string>>;
  readonly payload?: string;
}

const traps: Record<string, Vector> = {
  'nothing but host and date': {},
  'an empty target is the root': { target: '' },
  'a target in absolute form': { target: 'http://lateen.test:4780/?a=b', query: 'a=b' },
  'unescaped blanks in the path': { target: '/two words/', path: '/two%20words/' },
  'UTF-8 in the path': { target: '/ሴ', path: '/%E1%88%B4' },
  'escapes in lower case': { target: '/%e1%88%b4', path: '/%E1%88%B4' },
  'escapes that need not be': { target: '/%61%7e', path: '/a~' },
  'a lone percent sign': { target: '/100%', path: '/100%25' },
  'double slashes': { target: '//a///b//', path: '/a/b/' },
  'dot segments': { target: '/./a/../b/c/..', path: '/b' },
  'dots up to above the root': { target: '/a/../..', path: '/' },
  'a key without a value': { target: '/?b&a=', query: 'a=&b=' },
  'keys in byte order': { target: '/?b=1&a=1&B=1&a-=1', query: 'B=1&a=1&a-=1&b=1' },
  'values in byte order': { target: '/?k=b&k=a&k=A', query: 'k=A&k=a&k=b' },
  'duplicates stay': { target: '/?k=1&k=1', query: 'k=1&k=1' },
  'an equal sign in a value': { target: '/?k=a=b', query: 'k=a%3Db' },
  'plus signed as a blank': { target: '/?k=a+b', query: 'k=a%20b' },
  'plus signed as itself': { target: '/?k=a+b', query: 'k=a%2Bb' },
  'UTF-8 in the query': { target: '/?ü=ñ&x=a/b', query: '%C3%BC=%C3%B1&x=a%2Fb' },
  'blanks around and within a value': {
    headers: ['My-Header', ' a  b\t c ', 'Quoted', '"x   y"'],
    signed: { 'my-header': 'a b c', quoted: '"x y"' },
  },
  'folded lines': { headers: ['My-Header', 'a\r\n  b\r\n\tc'], signed: { 'my-header': 'a b c' } },
  'headers of one name in order of arrival': {
    headers: ['My-Header', 'z', 'my-header', 'a', 'MY-HEADER', 'm'],
    signed: { 'my-header': 'z,a,m' },
  },
  'a value that ends in the byte A0': { headers: ['My-Header', 'voilà'], signed: { 'my-header': 'voilà' } },
  'an empty header': { headers: ['My-Header', ''], signed: { 'my-header': '' } },
  'content type with its charset': {
    method: 'POST',
    headers: ['Content-Type', 'application/x-amz-json-1.1; charset=utf-8'],
    signed: { 'content-type': 'application/x-amz-json-1.1; charset=utf-8' },
    body: '{}',
  },
  'headers that are not signed': { headers: ['User-Agent', 'any', 'X-Amzn-Trace-Id', 'Root=1', 'Connection', 'close'] },
  'a body that is hashed as it is': { method: 'POST', body: '{ "name": "ñ" }\n' },
  'the hash of the body declared': {
    method: 'POST',
    body: '{}',
    headers: ['X-Amz-Content-Sha256', hashOf('{}')],
    signed: { 'x-amz-content-sha256': hashOf('{}') },
  },
  'UNSIGNED-PAYLOAD': {
    method: 'POST',
    body: '{}',
    headers: ['X-Amz-Content-Sha256', 'UNSIGNED-PAYLOAD'],
    signed: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
    payload: 'UNSIGNED-PAYLOAD',
  },
};

const canonicalOf = (vector: Vector, query: string, signed: Record<string, string>): string => {
  const names = Object.keys(signed).sort();
  const lines = names.map((name) => `${name}:${signed[name]}\n`).join('');
  const payload = vector.payload ?? hashOf(vector.body ?? '');
  return [vector.method ?? 'GET', vector.path ?? '/', query, lines, names.join(';'), payload].join('\n');
};

describe.each(Object.entries(traps))('canonical request: %s', (_, vector) => {
  const { method = 'GET', target = '/', headers = [], body = '' } = vector;

  const inHeader = (secret: string): RawRequest => {
    const signed = { host: 'lateen.test:4780', 'x-amz-date': stamp, ...vector.signed };
    const signature = signatureOf(canonicalOf(vector, vector.query ?? '', signed), secret, stamp, scope);
    const names = Object.keys(signed).sort().join(';');
    const authorization = `AWS4-HMAC-SHA256 Credential=AKIATEST/${scope},SignedHeaders=${names},Signature=${signature}`;
    const own = ['Host', 'lateen.test:4780', 'X-Amz-Date', stamp, 'Authorization', authorization];
    return raw(method, target, [...own, ...headers], body);
  };

  const inQuery = (secret: string): RawRequest => {
    const signed = { host: 'lateen.test:4780', ...vector.signed };
    const names = encodeURIComponent(Object.keys(signed).sort().join(';'));
    const credential = encodeURIComponent(`AKIATEST/${scope}`);
    const auth = `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${credential}&X-Amz-Date=${stamp}&X-Amz-Expires=60&X-Amz-SignedHeaders=${names}`;
    const parts = [...auth.split('&'), ...(vector.query ?? '').split('&')].filter((part) => part !== '');
    const byKeyAndValue = (a: string, b: string): number => {
      const [x, y] = [a.split('='), b.split('=')] as [string[], string[]];
      return x[0] !== y[0] ? (x[0]! < y[0]! ? -1 : 1) : x[1]! < y[1]! ? -1 : 1;
    };
    const query = parts.sort(byKeyAndValue).join('&');
    const signature = signatureOf(canonicalOf(vector, query, signed), secret, stamp, scope);
    const link = `${target}${target.includes('?') ? '&' : '?'}${auth}&X-Amz-Signature=${signature}`;
    return raw(method, link, ['Host', 'lateen.test:4780', ...headers], body);
  };

  test.each([
    ['header', inHeader],
    ['query', inQuery],
  ])('F8 signed in the %s', async (_form, requestSignedWith) => {
    const { credential } = await verify(requestSignedWith(permanent.secret), 'lightsail');
    expect(credential).toBe(permanent);
    const forged = verify(requestSignedWith('another secret'), 'lightsail');
    await expect(forged).rejects.toMatchObject({ code: 'InvalidSignatureException', message: mismatch });
  });
});

describe('signers of clients', () => {
  class Sha256 {
    readonly #hash: Hash | Hmac;
    constructor(secret?: string | Uint8Array) {
      this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret);
    }
    update(data: string | Uint8Array): void {
      this.#hash.update(data);
    }
    async digest(): Promise<Uint8Array> {
      return this.#hash.digest();
    }
  }

  const headers = { 'Content-Type': 'application/x-amz-json-1.1', 'X-Amz-Target': 'Lightsail_20161128.GetRegions' };

  test.each([permanent, temporary])('smithy, in header and query: $accessKeyId', async (credential) => {
    const signer = new SignatureV4({
      service: 'lightsail',
      region: 'eu-west-1',
      sha256: Sha256 as never,
      credentials: {
        accessKeyId: credential.accessKeyId,
        secretAccessKey: credential.secret,
        ...(credential.sessionToken === undefined ? {} : { sessionToken: credential.sessionToken }),
      },
    });
    const request = {
      method: 'POST',
      protocol: 'http:',
      hostname: 'lateen.test',
      port: 4780,
      path: '/',
      query: {},
      headers: { host: 'lateen.test:4780', ...headers },
      body: '{"includeAvailabilityZones":true}',
    };
    const signingDate = new Date(moment);
    const signed = await signer.sign(request, { signingDate });
    const sent = raw('POST', '/', listOf(signed.headers), request.body);
    expect(await verify(sent, 'lightsail')).toEqual({ credential, region: 'eu-west-1' });

    const link = await signer.presign(request, {
      signingDate,
      expiresIn: 60,
      unhoistableHeaders: new Set(['x-amz-target']),
      signableHeaders: new Set(['host', 'content-type', 'x-amz-target']),
    });
    const query = Object.entries(link.query ?? {})
      .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
      .join('&');
    const presigned = raw('POST', `/?${query}`, listOf(link.headers), request.body);
    expect(await verify(presigned, 'lightsail')).toEqual({ credential, region: 'eu-west-1' });
  });

  test.each([
    [permanent, false],
    [permanent, true],
    [temporary, false],
    [temporary, true],
  ])('aws4: %o, in the query: %s', async (credential, signQuery) => {
    const body = '{}';
    const signed = aws4.sign(
      {
        host: 'lateen.test:4780',
        path: signQuery ? `/?X-Amz-Date=${stamp}` : '/',
        method: 'POST',
        service: 'lightsail',
        region: 'us-east-1',
        headers: signQuery ? headers : { ...headers, 'X-Amz-Date': stamp },
        body,
        signQuery,
      },
      {
        accessKeyId: credential.accessKeyId,
        secretAccessKey: credential.secret,
        ...(credential.sessionToken === undefined ? {} : { sessionToken: credential.sessionToken }),
      },
    );
    const list = listOf(signed.headers as Record<string, string>).map(String);
    expect(await verify(raw('POST', signed.path!, list, body), 'lightsail')).toMatchObject({ credential });
  });
});

const authorize = (authorization: string, more: readonly string[] = ['X-Amz-Date', stamp]): RawRequest =>
  raw('POST', '/', ['Host', 'lateen.test:4780', ...more, 'Authorization', authorization], '{}');
const good = `Credential=AKIATEST/${scope}, SignedHeaders=host;x-amz-date, Signature=0`;

/** Each line is refused for its own reason though every later one applies as well: that is the order of the checks. */
const refusals: [why: string, request: RawRequest, code: string, message: string][] = [
  [
    'header and query at once',
    raw('POST', '/?X-Amz-Algorithm', ['Authorization', 'Bearer x']),
    'InvalidSignatureException',
    "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
  ],
  ['no authentication', raw('POST', '/', []), 'MissingAuthenticationTokenException', 'Missing Authentication Token'],
  [
    'another kind of authentication',
    authorize('Basic dTpw'),
    'MissingAuthenticationTokenException',
    'Missing Authentication Token',
  ],
  [
    'no algorithm in the query, though all else',
    raw('POST', `/?X-Amz-Credential=a&X-Amz-Signature=b&X-Amz-SignedHeaders=c&X-Amz-Date=d`, []),
    'MissingAuthenticationTokenException',
    'Missing Authentication Token',
  ],
  [
    'F13 an item without an equal sign, as a blank in a pasted key id makes it',
    authorize('AWS4-X Credential=AKIA TEST/a, Signature=b', []),
    'IncompleteSignatureException',
    "'TEST/a' not a valid key=value pair (missing equal-sign) in Authorization header: 'AWS4-X Credential=AKIA TEST/a, Signature=b'.",
  ],
  [
    'F13 nothing in the header',
    authorize('AWS4-X', []),
    'IncompleteSignatureException',
    "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-X",
  ],
  [
    'F13 an empty parameter',
    authorize('AWS4-X Credential=a, SignedHeaders=b, Signature='),
    'IncompleteSignatureException',
    "Authorization header requires 'Signature' parameter. Authorization=AWS4-X Credential=a, SignedHeaders=b, Signature=",
  ],
  [
    'F13 nothing in the query',
    raw('POST', '/?X-Amz-Algorithm', []),
    'IncompleteSignatureException',
    "AWS query-string parameters must include 'X-Amz-Algorithm'. AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters must include 'X-Amz-Signature'. AWS query-string parameters must include 'X-Amz-SignedHeaders'. AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-string parameters.",
  ],
  [
    'F13 no date in the query',
    raw('POST', '/?X-Amz-Algorithm=a&X-Amz-Credential=b&X-Amz-Signature=c&X-Amz-SignedHeaders=d', [
      'X-Amz-Date',
      stamp,
    ]),
    'IncompleteSignatureException',
    "AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-string parameters.",
  ],
  [
    'no date at all',
    authorize('AWS4-X Credential=a, SignedHeaders=b, Signature=c', ['X-Amz-Date', '2015-08-30T12:36:00Z']),
    'IncompleteSignatureException',
    "Date must be in ISO-8601 'basic format'. Got '2015-08-30T12:36:00Z'. See http://en.wikipedia.org/wiki/ISO_8601",
  ],
  [
    'a month that is none',
    authorize('AWS4-X Credential=a, SignedHeaders=b, Signature=c', ['X-Amz-Date', '20151330T123600Z']),
    'IncompleteSignatureException',
    "Date must be in ISO-8601 'basic format'. Got '20151330T123600Z'. See http://en.wikipedia.org/wiki/ISO_8601",
  ],
  [
    'too old',
    authorize('AWS4-X Credential=a, SignedHeaders=b, Signature=c', ['X-Amz-Date', '20150830T122059Z']),
    'InvalidSignatureException',
    'Signature expired: 20150830T122059Z is now earlier than 20150830T122100Z (20150830T123600Z - 15 min.)',
  ],
  [
    'from the future',
    authorize('AWS4-X Credential=a, SignedHeaders=b, Signature=c', ['X-Amz-Date', '20150830T125101Z']),
    'InvalidSignatureException',
    'Signature not yet current: 20150830T125101Z is still later than 20150830T125100Z (20150830T123600Z + 15 min.)',
  ],
  [
    'host not signed',
    authorize('AWS4-X Credential=a, SignedHeaders=b;hosts, Signature=c'),
    'InvalidSignatureException',
    "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
  ],
  [
    'an algorithm that is not ours',
    authorize('AWS4-HMAC-SHA512 Credential=a, SignedHeaders=host, Signature=c'),
    'IncompleteSignatureException',
    "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA512' (only AWS4-HMAC-SHA256 for now). ",
  ],
  [
    'a credential of too few parts',
    authorize('AWS4-HMAC-SHA256 Credential=a/b/c/d, SignedHeaders=host, Signature=c'),
    'IncompleteSignatureException',
    "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'a/b/c/d'",
  ],
  [
    'everything wrong with the scope',
    authorize('AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=c'),
    'InvalidSignatureException',
    "Credential should be scoped to a valid region, not 'c'. Credential should be scoped to correct service: 'lightsail'. Credential should be scoped with a valid terminator: 'aws4_request', not 'e'. Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: 'b' != '20150830', from '20150830T123600Z'.",
  ],
  [
    'the day of the scope is not that of the date',
    authorize(`AWS4-HMAC-SHA256 ${good.replace('20150830', '20150829')}`),
    'InvalidSignatureException',
    "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20150829' != '20150830', from '20150830T123600Z'.",
  ],
  [
    'an unknown key',
    authorize(`AWS4-HMAC-SHA256 ${good.replace('AKIATEST', 'AKIA')}`),
    badToken.code,
    badToken.message,
  ],
  ['a wrong signature', authorize(`AWS4-HMAC-SHA256 ${good}`), 'InvalidSignatureException', mismatch],
  [
    'a wrong signature without the token that is due',
    authorize(`AWS4-HMAC-SHA256 ${good.replace('AKIATEST', 'ASIATEST')}`),
    'InvalidSignatureException',
    mismatch,
  ],
];

test.each(refusals)('refused: %s', async (_, request, code, message) => {
  await expect(verify(request, 'lightsail')).rejects.toMatchObject({ code, message, status: 400 });
});

test.each([
  ['no blank after the commas', /, /g, ','],
  ['many blanks', /, /g, ' ,  '],
  ['blanks alone', /, /g, ' '],
])('Authorization with %s', async (_, find, put) => {
  const { authorization, ...rest } = sign(base);
  const request = raw('POST', '/', listOf({ ...rest, authorization: authorization!.replace(find, put) }), '{}');
  expect((await verify(request, 'lightsail')).credential).toBe(permanent);
});

test('Authorization with its parts in another order', async () => {
  const { authorization, ...rest } = sign(base);
  const [algorithm, ...parts] = authorization!.split(/,? /);
  const turned = `${algorithm} ${parts.reverse().join(', ')}`;
  expect((await verify(raw('POST', '/', listOf({ ...rest, authorization: turned }), '{}'), 'lightsail')).region).toBe(
    'us-east-1',
  );
});

test('F9 X-Amz-Date wins over Date', async () => {
  const request = signedRequest();
  const stale = { ...request, rawHeaders: ['Date', 'Sat, 01 Jan 2000 00:00:00 GMT', ...request.rawHeaders] };
  expect((await verify(stale, 'lightsail')).credential).toBe(permanent);
});

test.each(['Sun, 30 Aug 2015 12:36:00 GMT', stamp])(
  'F9 without X-Amz-Date the Date header counts: %s',
  async (date) => {
    const canonical = `POST\n/\n\ndate:${date}\nhost:h\n\ndate;host\n${hashOf('{}')}`;
    const signature = signatureOf(canonical, permanent.secret, stamp, scope);
    const authorization = `AWS4-HMAC-SHA256 Credential=AKIATEST/${scope}, SignedHeaders=date;host, Signature=${signature}`;
    const request = raw('POST', '/', ['Host', 'h', 'Date', date, 'Authorization', authorization], '{}');
    expect((await verify(request, 'lightsail')).credential).toBe(permanent);
  },
);

test.each([
  ['15 minutes behind', 900_999, true],
  ['15 minutes and a second behind', 901_000, false],
  ['15 minutes ahead', -900_000, true],
  ['15 minutes and a second ahead', -901_000, false],
])('F11 a signature %s', async (_, offset, accepted) => {
  for (const request of [signedRequest(), presignedRequest()]) {
    const verdict = verifierAt(moment + offset)(request, 'lightsail');
    if (accepted) expect((await verdict).credential).toBe(permanent);
    else await expect(verdict).rejects.toMatchObject({ code: 'InvalidSignatureException' });
  }
});

test('F11 a presigned request ends with its X-Amz-Expires', async () => {
  const request = presignedRequest({ expires: 90 });
  expect((await verifierAt(moment + 90_000)(request, 'lightsail')).credential).toBe(permanent);
  await expect(verifierAt(moment + 91_000)(request, 'lightsail')).rejects.toMatchObject({
    code: 'InvalidSignatureException',
    message: 'Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T123731Z - 90 sec.)',
  });
  const week = presignedRequest({ expires: 604_800 });
  expect((await verifierAt(moment + 604_800_000)(week, 'lightsail')).credential).toBe(permanent);
});

test.each([0, 604_801, -1, 1.5, Number.NaN])('X-Amz-Expires of %s is refused', async (expires) => {
  await expect(verify(presignedRequest({ expires }), 'lightsail')).rejects.toMatchObject({
    code: 'IncompleteSignatureException',
    message: `X-Amz-Expires must be a whole number of seconds from 1 to 604800. Got '${expires}'.`,
  });
});

test('a signature holds for one method, path, query, body and header only', async () => {
  const request = signedRequest();
  const altered: Partial<RawRequest>[] = [
    { method: 'PUT' },
    { target: '/other' },
    { target: '/?a=b' },
    { body: Buffer.from('{ }') },
    { rawHeaders: request.rawHeaders.map((text) => text.replace('x-amz-json', 'X-amz-json')) },
    { rawHeaders: [...request.rawHeaders, 'Host', 'again'] },
    { rawHeaders: [...request.rawHeaders, 'X-Amz-Content-Sha256', 'UNSIGNED-PAYLOAD'] },
    { rawHeaders: [...request.rawHeaders, 'X-Amz-Content-Sha256', hashOf('other')] },
  ];
  for (const change of altered) {
    await expect(verify({ ...request, ...change }, 'lightsail')).rejects.toMatchObject({ message: mismatch });
  }
  await expect(verify(request, 'sts')).rejects.toMatchObject({
    message: "Credential should be scoped to correct service: 'sts'. ",
  });
});

test('a declared hash must be that of the body, though it is signed', async () => {
  const request = signedRequest({ headers: { 'x-amz-content-sha256': hashOf('other') } });
  await expect(verify(request, 'lightsail')).rejects.toMatchObject({ message: mismatch });
});

test('the operation must be signed', async () => {
  const request = signedRequest();
  const loose = { ...request, rawHeaders: [...request.rawHeaders, 'X-Amz-Target', 'Lightsail_20161128.DeleteDisk'] };
  await expect(verify(loose, 'lightsail')).rejects.toMatchObject({
    code: 'InvalidSignatureException',
    message: "'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization.",
  });
});

test('F10 temporary credentials need their token', async () => {
  const of = { accessKeyId: temporary.accessKeyId, secret: temporary.secret };
  const token = temporary.sessionToken!;
  const requests = (sessionToken?: string) => {
    const options = { ...of, ...(sessionToken === undefined ? {} : { sessionToken }) };
    return [signedRequest(options), presignedRequest(options)];
  };
  for (const request of requests(token)) expect((await verify(request, 'lightsail')).credential).toBe(temporary);
  for (const request of [...requests(), ...requests(''), ...requests('stolen'), ...requests(`${token}x`)]) {
    await expect(verify(request, 'lightsail')).rejects.toMatchObject(badToken);
  }
});

test('F10 a token added after signing counts', async () => {
  const of = { accessKeyId: temporary.accessKeyId, secret: temporary.secret };
  const token = temporary.sessionToken!;
  const inHeader = signedRequest(of);
  const inQuery = presignedRequest(of, (target) => `${target}&X-Amz-Security-Token=${encodeURIComponent(token)}`);
  const later = { ...inHeader, rawHeaders: [...inHeader.rawHeaders, 'X-Amz-Security-Token', token] };
  for (const request of [later, inQuery]) expect((await verify(request, 'lightsail')).credential).toBe(temporary);
});

test('F10 a token with a key for good is refused, an empty one counts as none', async () => {
  await expect(verify(signedRequest({ sessionToken: 'any' }), 'lightsail')).rejects.toMatchObject(badToken);
  expect((await verify(signedRequest({ sessionToken: '' }), 'lightsail')).credential).toBe(permanent);
});

test('temporary credentials end', async () => {
  const end = temporary.expiresAt!;
  const options = { ...key, accessKeyId: 'ASIATEST', sessionToken: temporary.sessionToken!, date: end };
  expect((await verifierAt(end - 1)(signedRequest(options), 'lightsail')).credential).toBe(temporary);
  await expect(verifierAt(end)(signedRequest(options), 'lightsail')).rejects.toMatchObject({
    code: 'ExpiredTokenException',
    message: 'The security token included in the request is expired',
  });
});

test('credentials may be looked up asynchronously', async () => {
  const findCredential = async (id: string) => known.get(id);
  const slow = createVerifier({ regions: new Set(['us-east-1']), now: () => moment, findCredential });
  expect((await slow(signedRequest(), 'lightsail')).credential).toBe(permanent);
  await expect(slow(signedRequest({ accessKeyId: 'no' }), 'lightsail')).rejects.toMatchObject(badToken);
});

test('a rotated secret is good at once and its predecessor is not', async () => {
  let current = permanent;
  const rotating = verifierAt(moment, () => current);
  expect((await rotating(signedRequest(), 'lightsail')).credential).toBe(permanent);
  current = { ...permanent, secret: 'rotated' };
  await expect(rotating(signedRequest(), 'lightsail')).rejects.toMatchObject({ message: mismatch });
  expect((await rotating(signedRequest({ secret: 'rotated' }), 'lightsail')).credential).toBe(current);
});

test('more keys than are kept in mind all work, in any order', async () => {
  const any = verifierAt(moment, (accessKeyId) => ({ ...permanent, accessKeyId, secret: `secret of ${accessKeyId}` }));
  for (const round of [1, 2]) {
    for (let i = 0; i < 1100; i += round) {
      const accessKeyId = `AKIA${i}`;
      const { credential } = await any(signedRequest({ accessKeyId, secret: `secret of ${accessKeyId}` }), 'lightsail');
      expect(credential.accessKeyId).toBe(accessKeyId);
    }
  }
});

test('no refusal holds the secret', async () => {
  for (const [, request] of refusals) {
    const error: unknown = await verify(request, 'lightsail').catch((reason: unknown) => reason);
    expect(`${JSON.stringify(error)} ${error}`).not.toContain(permanent.secret);
  }
});
