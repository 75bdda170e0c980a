import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { validInput } from '../../test/arbitrary.ts';
import { parametersOf, queryOf, type Style } from '../../test/query.ts';
import { ApiError, type ErrorCode, invalidInput } from '../errors.ts';
import { rootOf } from '../iam/principal.ts';
import type { Call, Door, Outcome } from './front.ts';
import { type OperationName, operations } from './generated/operations.ts';
import { createQueryFront } from './query.ts';
import { readQueryInput } from './query-input.ts';
import { queryText, readQueryCall } from './query-pairs.ts';
import { NotReadable, readLiteral, readShorthand } from './query-text.ts';
import { createValidator } from './validate.ts';

const names = Object.keys(operations) as OperationName[];
const validate = createValidator();

const bodyless = { method: 'GET', rawHeaders: [] as string[], body: Buffer.alloc(0) };
const parametersIn = (query: string) => readQueryCall({ ...bodyless, target: `/?${query}` }).parameters;

/** What an operation is given for a query. */
const inputOf = (operation: OperationName, query: string): unknown =>
  readQueryInput(operations[operation].input, parametersIn(query));

/** What the reader does to an input on purpose: optional texts that are empty are left out. */
const withoutEmpty = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? 0 : value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== '')
      .map(([key, item]) => [key, withoutEmpty(item)]),
  );
};

describe.each<Style>(['member', 'flat', 'brackets', 'json', 'python'])('inputs written in the style %s', (style) => {
  test.each(names)('%s', (operation) => {
    const { input } = operations[operation];
    const property = fc.property(validInput(operation), (given) => {
      const query = queryOf(parametersOf(input, given, style));
      const read = validate(operation, inputOf(operation, query));
      expect(withoutEmpty(read)).toEqual(withoutEmpty(validate(operation, given)));
    });
    fc.assert(property, { numRuns: 4 });
  });
});

const port = { fromPort: 80, toPort: 80, protocol: 'tcp' };
const open = (portInfo: object) => ({ instanceName: 'web', portInfo });

/** Queries and the inputs that they are. */
const readings: [why: string, operation: OperationName, query: string, input: object][] = [
  [
    'AWS Query',
    'OpenInstancePublicPorts',
    'instanceName=web&portInfo.fromPort=80&portInfo.toPort=80&portInfo.protocol=tcp',
    open(port),
  ],
  [
    'JSON text',
    'OpenInstancePublicPorts',
    'instanceName=web&portInfo={"fromPort":80,"toPort":80,"protocol":"tcp"}',
    open(port),
  ],
  [
    'JSON text with texts for numbers',
    'OpenInstancePublicPorts',
    'instanceName=web&portInfo={"fromPort":"80","toPort":"80","protocol":"tcp"}',
    open(port),
  ],
  [
    'a dictionary of Python',
    'OpenInstancePublicPorts',
    "instanceName=web&portInfo={'fromPort': 80, 'toPort': 80, 'protocol': 'tcp'}",
    open(port),
  ],
  ['shorthand', 'OpenInstancePublicPorts', 'instanceName=web&portInfo=fromPort=80,toPort=80,protocol=tcp', open(port)],
  [
    'shorthand with a list',
    'OpenInstancePublicPorts',
    'instanceName=web&portInfo=fromPort=80,cidrs=[10.0.0.0/8,192.0.2.1/32],toPort=80',
    open({ fromPort: 80, toPort: 80, cidrs: ['10.0.0.0/8', '192.0.2.1/32'] }),
  ],
  [
    'shorthand with a list without brackets',
    'OpenInstancePublicPorts',
    'instanceName=web&portInfo=cidrs=10.0.0.0/8,192.0.2.1/32,fromPort=80',
    open({ fromPort: 80, cidrs: ['10.0.0.0/8', '192.0.2.1/32'] }),
  ],
  [
    'shorthand with a list of one',
    'OpenInstancePublicPorts',
    'instanceName=web&portInfo=cidrs=10.0.0.0/8',
    open({ cidrs: ['10.0.0.0/8'] }),
  ],
  [
    'a JSON list',
    'GetInstanceMetricData',
    'instanceName=web&metricName=NetworkIn&period=60&startTime=1&endTime=2&unit=Bytes&statistics=["Average","Sum"]',
    {
      instanceName: 'web',
      metricName: 'NetworkIn',
      period: 60,
      startTime: 1,
      endTime: 2,
      unit: 'Bytes',
      statistics: ['Average', 'Sum'],
    },
  ],
  [
    'times in ISO 8601',
    'GetInstanceMetricData',
    'instanceName=web&metricName=NetworkIn&period=60&startTime=2026-11-21T10:00:00Z&endTime=2026-11-21T12:00:00.5%2B01:00&unit=Bytes&statistics=Sum',
    {
      instanceName: 'web',
      metricName: 'NetworkIn',
      period: 60,
      startTime: 1795255200,
      endTime: 1795258800.5,
      unit: 'Bytes',
      statistics: ['Sum'],
    },
  ],
  [
    'a time without a zone, a day, and seconds',
    'GetContainerLog',
    'serviceName=web&containerName=app&startTime=2026-11-21T10:00&endTime=2026-11-22',
    { serviceName: 'web', containerName: 'app', startTime: 1795255200, endTime: 1795305600 },
  ],
  [
    'a time as mail has it',
    'GetContainerLog',
    'serviceName=web&containerName=app&startTime=Sat, 21 Nov 2026 10:00:00 GMT&endTime=1.795305600E9',
    { serviceName: 'web', containerName: 'app', startTime: 1795255200, endTime: 1795305600 },
  ],
  ['commas', 'StopInstance', 'instanceName=web&force=True', { instanceName: 'web', force: true }],
  [
    'commas',
    'DetachInstancesFromLoadBalancer',
    'loadBalancerName=lb&instanceNames=a1, b1',
    { loadBalancerName: 'lb', instanceNames: ['a1', 'b1'] },
  ],
  [
    'one name for a list',
    'DetachInstancesFromLoadBalancer',
    'loadBalancerName=lb&instanceNames=a1',
    { loadBalancerName: 'lb', instanceNames: ['a1'] },
  ],
  [
    'repeated keys',
    'DetachInstancesFromLoadBalancer',
    'instanceNames=b1&loadBalancerName=lb&instanceNames=a1',
    { loadBalancerName: 'lb', instanceNames: ['b1', 'a1'] },
  ],
  [
    'an empty list',
    'DetachInstancesFromLoadBalancer',
    'loadBalancerName=lb&instanceNames=',
    { loadBalancerName: 'lb', instanceNames: [] },
  ],
  [
    'empty brackets',
    'DetachInstancesFromLoadBalancer',
    'loadBalancerName=lb&instanceNames[]=b1&instanceNames[]=a1',
    { loadBalancerName: 'lb', instanceNames: ['b1', 'a1'] },
  ],
  [
    'numbered brackets',
    'DetachInstancesFromLoadBalancer',
    'loadBalancerName=lb&instanceNames[1]=b1&instanceNames[0]=a1',
    { loadBalancerName: 'lb', instanceNames: ['a1', 'b1'] },
  ],
  [
    'the order of the indices',
    'DetachInstancesFromLoadBalancer',
    'loadBalancerName=lb&instanceNames.member.10=c1&instanceNames.member.2=b1&instanceNames.member.1=a1',
    { loadBalancerName: 'lb', instanceNames: ['a1', 'b1', 'c1'] },
  ],
  [
    'structures in a list',
    'TagResource',
    'resourceName=web&tags.member.2.key=b&tags.member.1.key=a&tags.member.1.value=x y',
    { resourceName: 'web', tags: [{ key: 'a', value: 'x y' }, { key: 'b' }] },
  ],
  [
    'repeated structures',
    'TagResource',
    "resourceName=web&tags={'key': 'a', 'value': 'it\\'s'}&tags={'key': 'b'}",
    { resourceName: 'web', tags: [{ key: 'a', value: "it's" }, { key: 'b' }] },
  ],
  [
    'one structure for a list',
    'TagResource',
    'resourceName=web&tags=key=a,value=b',
    { resourceName: 'web', tags: [{ key: 'a', value: 'b' }] },
  ],
  [
    'a map',
    'CreateDomainEntry',
    'domainName=a.example&domainEntry.name=b.a.example&domainEntry.options.entry.1.key=k&domainEntry.options.entry.1.value=v',
    { domainName: 'a.example', domainEntry: { name: 'b.a.example', options: { k: 'v' } } },
  ],
  [
    'a map by its keys',
    'CreateDomainEntry',
    'domainName=a.example&domainEntry.options.k=v',
    { domainName: 'a.example', domainEntry: { options: { k: 'v' } } },
  ],
  ['what the published description takes for input', 'IsVpcPeered', 'isPeered=', {}],
  [
    'what the published description takes for input',
    'DownloadDefaultKeyPair',
    'publicKeyBase64=a&privateKeyBase64=b',
    {},
  ],
  ['what is empty and may be left out', 'GetInstances', 'pageToken=', {}],
  [
    'a plus for a blank',
    'CreateContactMethod',
    'contactEndpoint=a+b%2Bc&protocol=Email',
    { contactEndpoint: 'a b+c', protocol: 'Email' },
  ],
  [
    'what belongs to the protocol',
    'GetInstances',
    'Version=2016-11-28&X-Amz-Date=a&AWSAccessKeyId=b&Signature=c&SignatureVersion=d&SignatureMethod=e&Timestamp=f&SecurityToken=g&Expires=h&x-amz-anything=i',
    {},
  ],
];

test.each(readings)('%s: %s %s', (_, operation, query, input) => {
  expect(inputOf(operation, query)).toEqual(input);
});

/** Queries and how they are refused. */
const refused: [operation: OperationName, query: string, code: ErrorCode, message: string][] = [
  ['GetInstance', '', 'MissingParameter', 'The request must contain the parameter instanceName.'],
  [
    'TagResource',
    'resourceName=web&tags.member.1.key=a&tags.member.2=x',
    'InvalidParameterValue',
    'The value of tags.2 is',
  ],
  [
    'OpenInstancePublicPorts',
    'instanceName=web&portInfo.fromPort=eighty',
    'InvalidParameterValue',
    'The value of portInfo.fromPort is not a whole number.',
  ],
  [
    'OpenInstancePublicPorts',
    'instanceName=web&portInfo={"fromPort":"1.5"}',
    'InvalidParameterValue',
    'The value of portInfo.fromPort is not a whole number.',
  ],
  [
    'OpenInstancePublicPorts',
    'instanceName=web&portInfo={"fromPort":80',
    'InvalidParameterValue',
    'The value of portInfo is neither JSON',
  ],
  [
    'OpenInstancePublicPorts',
    'instanceName=web&portInfo=tcp',
    'InvalidParameterValue',
    'The value of portInfo is neither JSON',
  ],
  [
    'OpenInstancePublicPorts',
    'instanceName=web&portInfo=a=1&portInfo.fromPort=80',
    'InvalidQueryParameter',
    'The parameters of portInfo do not go together.',
  ],
  [
    'OpenInstancePublicPorts',
    'instanceName=web&portInfo=a=1&portInfo=b=2',
    'InvalidQueryParameter',
    'The parameters of portInfo do not go together.',
  ],
  [
    'StopInstance',
    'instanceName=web&force=perhaps',
    'InvalidParameterValue',
    'The value of force is neither true nor false.',
  ],
  [
    'StopInstance',
    'instanceName=web&instanceName=web',
    'InvalidQueryParameter',
    'The parameters of instanceName do not go together.',
  ],
  ['StopInstance', 'instanceName.a=web', 'InvalidQueryParameter', 'The parameters of instanceName do not go together.'],
  [
    'GetContainerLog',
    'serviceName=web&containerName=app&startTime=yesterday',
    'InvalidParameterValue',
    'The value of startTime is not a time',
  ],
  [
    'GetContainerLog',
    'serviceName=web&containerName=app&startTime=2026-13-41',
    'InvalidParameterValue',
    'The value of startTime is not a time',
  ],
  [
    'TagResource',
    'resourceName=web&tags.member.0.key=a',
    'InvalidQueryParameter',
    'The parameters of tags do not go together.',
  ],
  [
    'TagResource',
    'resourceName=web&tags.member.x.key=a',
    'InvalidQueryParameter',
    'The parameters of tags do not go together.',
  ],
  [
    'TagResource',
    'resourceName=web&tags.1.key=a&tags.member.1.key=a',
    'InvalidQueryParameter',
    'The parameters of tags do not go together.',
  ],
  [
    'CreateDomainEntry',
    'domainName=a&domainEntry.options.entry.1.key=k',
    'InvalidQueryParameter',
    'The parameters of domainEntry.options.1 do not go together.',
  ],
  ['GetInstances', '.a=1', 'InvalidQueryParameter', '.a is not the name of a parameter.'],
  ['GetInstances', 'a..b=1', 'InvalidQueryParameter', 'a..b is not the name of a parameter.'],
  ['GetInstances', 'a[=1', 'InvalidQueryParameter', 'a[ is not the name of a parameter.'],
  ['GetInstances', 'a[][b]=1', 'InvalidQueryParameter', 'a[][b] is not the name of a parameter.'],
  ['GetInstances', `${'a.'.repeat(40)}a=1`, 'InvalidQueryParameter', 'is not the name of a parameter.'],
  ['GetInstances', 'a&'.repeat(2001), 'InvalidQueryParameter', 'The query has more than 2000 parameters.'],
  ['GetInstances', 'a=%zz', 'MalformedQueryString', 'The query string contains a syntax error'],
  ['GetInstances', 'a=%ff', 'MalformedQueryString', 'The query string contains a syntax error'],
  ['GetInstances', '%e1%88=b', 'MalformedQueryString', 'The query string contains a syntax error'],
];

test.each(refused)('F20 refused: %s %s', (operation, query, code, message) => {
  expect(() => inputOf(operation, query)).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(message) }),
  );
});

test('names of objects of JavaScript are names like any other', () => {
  const query =
    'domainName=a&domainEntry.options.__proto__=x&domainEntry.options.constructor=y&__proto__.polluted=1&constructor.prototype.polluted=1';
  const { domainEntry } = inputOf('CreateDomainEntry', query) as { domainEntry: { options: object } };
  expect(Object.entries(domainEntry.options)).toEqual([
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ]);
  const literal = readLiteral('{"__proto__": {"polluted": 1}}') as object;
  expect(Object.keys(literal)).toEqual(['__proto__']);
  expect(Object.keys(readShorthand('__proto__={polluted=1}'))).toEqual(['__proto__']);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

test('literals are those of JSON, and those of Python', () => {
  fc.assert(
    fc.property(fc.json({ depthSize: 'small', maxDepth: 8 }), (text) => {
      const expected: unknown = JSON.parse(text, (_, value) => (Object.is(value, -0) ? 0 : value));
      expect(JSON.parse(JSON.stringify(readLiteral(text)))).toEqual(expected);
    }),
  );
  expect(
    readLiteral(
      String.raw`{'a': ('b', "it's", 'it\'s', '\x41\u00e4\U0001f600'), 'c': None, 'd': [True, False, -1.5e3,],}`,
    ),
  ).toEqual({
    a: ['b', "it's", "it's", 'Aä😀'],
    c: null,
    d: [true, false, -1500],
  });
});

test.each([
  '',
  '{',
  '[',
  '[1',
  '{"a"}',
  '{"a":}',
  '{1:2}',
  '[1 2]',
  'x',
  "'",
  '"\\q"',
  "'\\Uffffffff'",
  '[1]]',
  '-',
  '{]',
  '['.repeat(18) + ']'.repeat(18),
])('no literal: %s', (text) => {
  expect(() => readLiteral(text)).toThrow(NotReadable);
});

test.each([
  'a',
  '=b',
  'a=b,',
  'a=b,c',
  'a={',
  'a=[',
  'a={b=c',
  'a=b]',
  'a=b}',
  `${'a={'.repeat(20)}b=c${'}'.repeat(20)}`,
])('no shorthand, or a list at its end: %s', (text) => {
  if (text === 'a=b,c') expect(readShorthand(text)).toEqual({ a: ['b', 'c'] });
  else expect(() => readShorthand(text)).toThrow(NotReadable);
});

test('long texts take a time that grows with their length', () => {
  const long = 300_000;
  const texts = ['[', '{"a":', "'", '"\\', 'a=', 'a=b,', 'a=[b,', ',', '{', '%', ' ', 'a=b,c,', '1', '-1e', '\\'];
  for (const part of texts) {
    const text = part.repeat(long / part.length);
    for (const read of [readLiteral, readShorthand]) {
      try {
        read(text);
      } catch (error) {
        expect(error).toBeInstanceOf(NotReadable);
      }
    }
  }
}, 20_000);

const credential = { accessKeyId: 'AKIATEST', secret: 's', account: '1', arn: 'arn:1', principal: rootOf('1') };

const frontOf = (invoke: (call: Call) => Promise<string>, unsigned = false) => {
  const door: Door = {
    service: 'lightsail',
    targetPrefix: 'Lightsail_20161128',
    has: (operation) => Object.hasOwn(operations, operation),
    invoke,
  };
  const front = createQueryFront(door, async () => {
    if (unsigned) throw new ApiError('MissingAuthenticationTokenException', 'Missing Authentication Token');
    return { credential, region: 'us-east-1' };
  });
  return (
    target: string,
    { method = 'GET', headers = [], body = '' }: { method?: string; headers?: string[]; body?: string } = {},
  ): Promise<Outcome | undefined> =>
    Promise.resolve(
      front({
        ...{ method, target, rawHeaders: ['Host', 'h', ...headers], body: Buffer.from(body) },
        ...{ requestId: 'r', remoteAddress: '127.0.0.1' },
      }),
    );
};

const called = frontOf(async ({ operation, payload }) => JSON.stringify([operation, payload]));
const form = ['Content-Type', 'application/x-www-form-urlencoded; charset=utf-8'];
const json = ['Content-Type', 'application/x-amz-json-1.1'];
const target = (name: string) => ['X-Amz-Target', name];
const page = ['GetInstances', { pageToken: 'x=y' }];

/** Requests that are queries, and the calls that they are. */
const routed: [why: string, target: string, more: Parameters<typeof called>[1], call: unknown][] = [
  ['an action', '/?Action=GetRegions', {}, ['GetRegions', {}]],
  ['the version of the API', '/?Version=2016-11-28&Action=GetRegions', {}, ['GetRegions', {}]],
  ['the doubled question mark', '/?Action=GetInstances?pageToken=x=y', {}, page],
  [
    'the doubled question mark with more behind it',
    '/?Action=GetInstanceState?instanceName=web&x=1',
    {},
    ['GetInstanceState', { instanceName: 'web' }],
  ],
  ['the doubled question mark without anything behind it', '/?Action=GetInstances?', {}, ['GetInstances', {}]],
  ['an escaped question mark in the value', '/?Action=GetInstances%3FpageToken%3Dx%3Dy', {}, page],
  ['an escaped path', '/%3FAction=GetInstances?pageToken=x=y', {}, page],
  ['an escaped path with an escaped equal sign', '/%3fAction%3dGetInstances?pageToken=x=y', {}, page],
  ['a base path', '/api/?Action=GetInstances&pageToken=x=y', {}, page],
  ['an address in absolute form', 'http://h/?Action=GetInstances&pageToken=x=y', {}, page],
  ['the target in a header', '/', { headers: target('Lightsail_20161128.GetRegions') }, ['GetRegions', {}]],
  [
    'the target before the action',
    '/?Action=GetInstances',
    { headers: target('Lightsail_20161128.GetRegions') },
    ['GetRegions', {}],
  ],
  ['a form', '/', { method: 'POST', headers: form, body: 'Action=GetInstances&pageToken=x%3Dy' }, page],
  ['a form beside a query', '/?Action=GetInstances', { method: 'POST', headers: form, body: 'pageToken=x%3Dy' }, page],
  ['a POST without a body', '/?Action=GetInstances&pageToken=x=y', { method: 'POST' }, page],
  [
    'what botocore presigns',
    '/?pageToken=x%3Dy&X-Amz-Algorithm=a&X-Amz-Signature=b',
    { method: 'POST', headers: [...json, ...target('Lightsail_20161128.GetInstances')] },
    page,
  ],
];

test.each(routed)('is a call: %s', async (_, where, more, call) => {
  const outcome = await called(where, more);
  expect(outcome).toMatchObject({ account: '1', region: 'us-east-1' });
  expect(outcome?.answer).toEqual({
    ...{ status: 200, type: 'application/json', headers: ['Cache-Control', 'no-store'] },
    body: JSON.stringify(call),
  });
});

test.each([
  ['a page', '/', {}],
  ['a page with a query', '/page?a=b', {}],
  ['AWS JSON', '/', { method: 'POST', headers: [...json, ...target('Lightsail_20161128.GetRegions')], body: '{}' }],
  ['AWS JSON without a body', '/', { method: 'POST', headers: [...json, ...target('Lightsail_20161128.GetRegions')] }],
  ['AWS JSON, presigned', '/?X-Amz-Algorithm=a', { method: 'POST', headers: json }],
  ['AWS JSON with a body and a query', '/?Action=GetRegions', { method: 'POST', headers: json, body: '{}' }],
  ['another method', '/?Action=GetRegions', { method: 'PUT' }],
  ['HEAD', '/?Action=GetRegions', { method: 'HEAD' }],
] as const)('is for another front: %s', async (_, where, more) => {
  expect(await called(where, more as never)).toBeUndefined();
});

const expectRefusal = (outcome: Outcome | undefined, status: number, error: string, body?: object): void => {
  expect(outcome?.answer).toMatchObject({
    status,
    error,
    type: 'application/json',
    headers: ['Cache-Control', 'no-store'],
  });
  expect(JSON.parse(outcome!.answer.body)).toMatchObject({ __type: error, ...body });
};

test.each([
  ['F20 bad escapes, before anything else', '/?Action=Get%zz', 404, 'MalformedQueryString'],
  ['no action', '/?pageToken=x', 400, 'MissingAction'],
  ['an action that is none', '/?Action=GetNothing', 400, 'InvalidAction'],
  ['an action of every object', '/?Action=constructor', 400, 'InvalidAction'],
  ['another version', '/?Action=GetRegions&Version=2011-06-15', 400, 'InvalidAction'],
  ['two actions', '/?Action=GetRegions&Action=DeleteDisk', 400, 'InvalidQueryParameter'],
  ['no signature, before the parameters', '/?Action=GetInstance', 403, 'MissingAuthenticationToken'],
] as const)('the order of refusals: %s', async (_, where, status, error) => {
  expectRefusal(await frontOf(async () => '{}', true)(where), status, error);
});

test('the words for an unknown operation', async () => {
  const outcome = await called('/?Action=GetNothing&Version=2010-01-01');
  expectRefusal(outcome, 400, 'InvalidAction', {
    message: 'Could not find operation GetNothing for version 2010-01-01',
  });
});

test.each([
  ['ExpiredTokenException', 403, 'ExpiredToken'],
  ['IncompleteSignatureException', 400, 'IncompleteSignature'],
  ['InvalidSignatureException', 403, 'SignatureDoesNotMatch'],
  ['MissingAuthenticationTokenException', 403, 'MissingAuthenticationToken'],
  ['SerializationException', 400, 'InvalidParameterValue'],
  ['UnrecognizedClientException', 403, 'InvalidClientTokenId'],
  ['AccessDeniedException', 400, 'AccessDeniedException'],
  ['NotFoundException', 400, 'NotFoundException'],
  ['ThrottlingException', 400, 'ThrottlingException'],
  ['ValidationException', 400, 'ValidationException'],
  ['ServiceException', 500, 'ServiceException'],
] as const)('%s is a %i %s', async (code, status, error) => {
  const front = frontOf(async () => {
    throw new ApiError(code, 'why');
  });
  expectRefusal(await front('/?Action=GetRegions'), status, error, { message: 'why' });
});

test('a signature that is out of its time is RequestExpired', async () => {
  const front = frontOf(async () => {
    throw new ApiError('InvalidSignatureException', 'late', { reason: 'expired' });
  });
  expectRefusal(await front('/?Action=GetRegions'), 400, 'RequestExpired', { message: 'late' });
});

test('errors of the API keep their members, and faults of ours tell nothing', async () => {
  const refusing = frontOf(async () => {
    throw invalidInput('Not so.', 'So.');
  });
  expectRefusal(await refusing('/?Action=GetRegions'), 400, 'InvalidInputException', {
    code: 'InvalidInputException',
    tip: 'So.',
  });
  const broken = await frontOf(async () => {
    throw new Error('a secret');
  })('/?Action=GetRegions');
  expectRefusal(broken, 500, 'InternalFailure');
  expect(broken?.answer.body).not.toContain('secret');
  expect(broken?.fault).toContain('a secret');
});

test('whatever a query says, it is a call or it is refused', async () => {
  const invoked: string[] = [];
  const front = frontOf(async ({ operation, payload }) => {
    invoked.push(operation);
    return JSON.stringify(validate(operation as OperationName, payload));
  });
  const part = fc.oneof(
    fc.constantFrom(
      '.',
      '[',
      ']',
      '=',
      '&',
      '?',
      '%',
      '%3F',
      '+',
      'member',
      'entry',
      'key',
      'value',
      '1',
      '0',
      '[]',
      '{',
      '}',
      "'",
      '"',
      ',',
      '__proto__',
    ),
    fc.constantFrom(
      'instanceName',
      'portInfo',
      'fromPort',
      'tags',
      'domainEntry',
      'options',
      'Action',
      'Version',
      'X-Amz-Target',
    ),
    fc.string({ unit: 'binary', maxLength: 8 }),
  );
  const text = fc.array(part, { maxLength: 30 }).map((parts) => Buffer.from(parts.join('')).toString('latin1'));
  const operation = fc.constantFrom(
    'OpenInstancePublicPorts&instanceName=web&portInfo',
    'TagResource&resourceName=web&tags=key=a&tags',
    'CreateDomainEntry&domainName=a.example&domainEntry',
    'GetBundles&includeInactive',
    'GetInstances&',
  );
  await fc.assert(
    fc.asyncProperty(operation, text, async (name, rest) => {
      const outcome = await front(`/?Action=${name}${rest.replace(/[\r\n ]/g, '')}`);
      expect([200, 400, 404]).toContain(outcome?.answer.status);
      expect(outcome?.fault).toBeUndefined();
    }),
    { numRuns: 3000 },
  );
  expect(invoked.length).toBeGreaterThan(0);
  expect(Object.keys(Object.prototype)).toEqual([]);
}, 30_000);

test('the query of any target can be found', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (given) => typeof queryText(given) === 'string'));
});
