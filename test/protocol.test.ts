/**
 * The public protocol cases of Smithy, run against the validator and the serializer. They lie beside the checkout, not
 * in it: where they are missing, these tests are skipped, and validate.test.ts and serialize.test.ts stand alone.
 *
 * A case counts as mapped when Lightsail has a member of the kind it is about: its value is put there.
 */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { OperationName } from '../src/api/generated/operations.ts';
import type { ShapeName } from '../src/api/generated/shapes.ts';
import { serialize } from '../src/api/serialize.ts';
import { createValidator } from '../src/api/validate.ts';
import { ApiError } from '../src/errors.ts';

interface Case {
  readonly id: string;
  readonly kind: string;
  readonly target: string;
  readonly appliesTo?: 'client' | 'server';
  readonly body?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly request?: { readonly body?: string };
  readonly response?: { readonly code: number; readonly headers?: Readonly<Record<string, string>> };
  readonly testParameters?: Readonly<Record<string, readonly string[]>>;
}

const folder = resolve(import.meta.dirname, '../../shared/reference/protocol-cases');
const present = existsSync(folder);
const read = (file: string): readonly Case[] =>
  present ? JSON.parse(readFileSync(resolve(folder, file), 'utf8')) : [];

const tally = new Map<string, number>();
const count = (what: string): void => void tally.set(what, (tally.get(what) ?? 0) + 1);

if (!present) console.log('No protocol cases beside the checkout: their tests are skipped.');

afterAll(() => console.log([...tally].map(([what, number]) => `${number} ${what}`).join('\n')));

const validate = createValidator();

/** An operation and the text of a body for it. */
type Request = readonly [operation: OperationName, body: string];

const run = ([operation, body]: Request): unknown => {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new ApiError('SerializationException', '');
  }
  return validate(operation, value);
};

const outcome = (request: Request): string => {
  try {
    run(request);
    return 'taken';
  } catch (error) {
    if (error instanceof ApiError) return error.code;
    throw error;
  }
};

/** Bodies that are right but for `#`, where a value of the kind goes. */
const places = {
  boolean: ['GetBundles', '{"includeInactive":#}'],
  integer: ['CreateDisk', '{"diskName":"data","availabilityZone":"us-east-1a","sizeInGb":#}'],
  scale: ['UpdateContainerService', '{"serviceName":"web","scale":#}'],
  period: [
    'GetInstanceMetricData',
    '{"instanceName":"web","metricName":"NetworkIn","startTime":1,"endTime":2,"unit":"Bytes","statistics":[],"period":#}',
  ],
  long: ['UpdateDistribution', '{"distributionName":"cdn","cacheBehaviorSettings":{"defaultTTL":#}}'],
  double: [
    'PutAlarm',
    '{"alarmName":"a1","metricName":"NetworkIn","monitoredResourceName":"web","comparisonOperator":"GreaterThanThreshold","evaluationPeriods":1,"threshold":#}',
  ],
  timestamp: ['GetContainerLog', '{"serviceName":"web","containerName":"app","startTime":#}'],
  string: ['TagResource', '{"resourceName":"web","tags":[{"key":#}]}'],
  attribute: [
    'UpdateLoadBalancerAttribute',
    '{"loadBalancerName":"lb","attributeName":"HealthCheckPath","attributeValue":#}',
  ],
  bucket: ['GetBuckets', '{"bucketName":#}'],
  date: ['DeleteAutoSnapshot', '{"resourceName":"web","date":#}'],
  enum: ['GetInstanceAccessDetails', '{"instanceName":"web","protocol":#}'],
  email: [
    'SetupInstanceHttps',
    '{"instanceName":"web","emailAddress":#,"certificateProvider":"LetsEncrypt","domainNames":["a.example"]}',
  ],
  name: ['GetInstance', '{"instanceName":#}'],
  list: ['CreateInstances', '{"instanceNames":#,"availabilityZone":"us-east-1a","blueprintId":"b","bundleId":"b"}'],
  enums: ['GetContactMethods', '{"protocols":#}'],
  accounts: ['UpdateBucket', '{"bucketName":"logs","readonlyAccessAccounts":#}'],
  domains: [
    'SetupInstanceHttps',
    '{"instanceName":"web","emailAddress":"a@a.example","certificateProvider":"LetsEncrypt","domainNames":#}',
  ],
  instances: ['CreateCloudFormationStack', '{"instances":#}'],
  tags: ['TagResource', '{"resourceName":"web","tags":#}'],
  map: ['CreateDomainEntry', '{"domainName":"example.com","domainEntry":{"options":#}}'],
  lists: ['UpdateContainerService', '{"serviceName":"web","publicDomainNames":#}'],
  containers: ['CreateContainerServiceDeployment', '{"serviceName":"web","containers":#}'],
  ports: ['CreateContainerServiceDeployment', '{"serviceName":"web","containers":{"app":{"ports":#}}}'],
  structure: ['CreateDomainEntry', '{"domainName":"example.com","domainEntry":#}'],
} satisfies Record<string, Request>;

type Place = keyof typeof places;

const at = (place: Place, value: string): Request => {
  const [operation, body] = places[place];
  return [operation, body.replace('#', () => value)];
};

/** The request for a value, given as text; undefined when the value is no fault in Lightsail. */
type Mapping = (value: string) => Request | undefined;

const to =
  (place: Place): Mapping =>
  (value) =>
    at(place, value);

const stringify = (value: unknown): string => JSON.stringify(value);

/** Lightsail's integers have 32 bits, so what overflows only a smaller kind is right. */
const overflow: Mapping = (value) => (Math.abs(Number(value)) < 2 ** 31 ? undefined : at('integer', value));

/** Lightsail's bounds are other ones: what is too short or too long there is made so here. */
const stringLength: Mapping = (value) => {
  const given = JSON.parse(value) as string;
  return [...given].length <= 3
    ? at('bucket', stringify([...given].slice(0, 2).join('')))
    : at('attribute', stringify(given.repeat(60)));
};
const listLength: Mapping = (value) => {
  const given = JSON.parse(value) as unknown[];
  return given.length <= 3 ? at('domains', '[]') : at('accounts', stringify([...given, ...given]));
};
const range: Mapping = (value) => (Number(value) < 5 ? at('period', value) : at('scale', `${value}0`));

/** Lightsail takes seconds alone, so a date in any form is as wrong as it is there. */
const dateText: Mapping = (value) => (value.startsWith('"') ? at('timestamp', value) : undefined);

/** `ABC` is no name of a container, the lower-case keys are. */
const mapKey: Mapping = (value) => {
  const [key] = Object.keys(JSON.parse(value) as object) as [string];
  return key === 'ABC' ? at('containers', stringify({ [key]: {} })) : undefined;
};

/** By target and member; the targets that override constraints of others are like those. */
const malformed: Readonly<Record<string, Mapping>> = {
  'MalformedBoolean.booleanInBody': to('boolean'),
  'MalformedByte.byteInBody': to('integer'),
  'MalformedShort.shortInBody': to('integer'),
  'MalformedInteger.integerInBody': to('integer'),
  'MalformedLong.longInBody': to('long'),
  'MalformedFloat.floatInBody': to('double'),
  'MalformedDouble.doubleInBody': to('double'),
  'MalformedTimestampBodyDefault.timestamp': to('timestamp'),
  'MalformedTimestampBodyDateTime.timestamp': dateText,
  'MalformedTimestampBodyHttpDate.timestamp': dateText,
  'MalformedList.bodyList': to('list'),
  'MalformedMap.bodyMap': to('map'),
  'MalformedEnum.string': to('enum'),
  'MalformedEnum.list': to('enums'),
  'MalformedEnum.map': to('ports'),
  'MalformedLength.string': stringLength,
  'MalformedLength.minString': stringLength,
  'MalformedLength.maxString': stringLength,
  'MalformedLength.list': listLength,
  'MalformedPattern.string': to('date'),
  'MalformedPattern.evilString': to('date'),
  'MalformedPattern.list': to('domains'),
  'MalformedPattern.map': mapKey,
  'MalformedRange.byte': range,
  'MalformedRange.minByte': range,
  'MalformedRange.maxByte': range,
  'MalformedRange.short': range,
  'MalformedRange.minShort': range,
  'MalformedRange.maxShort': range,
  'MalformedRange.integer': range,
  'MalformedRange.minInteger': range,
  'MalformedRange.maxInteger': range,
  'MalformedRequired.string': to('name'),
  'MalformedUniqueItems.structureListWithNoKey': to('instances'),
  'SensitiveValidation.string': to('email'),
};

/** Cases that share a member with others and are about something else. */
const byId: Readonly<Record<string, Mapping>> = {
  RestJsonBodyByteUnderflowOverflow: overflow,
  RestJsonBodyShortUnderflowOverflow: overflow,
  RestJsonMalformedEnumMapKey: () => undefined,
  RestJsonMalformedLengthListValue: to('domains'),
  RestJsonMalformedPatternMapValue: () => undefined,
  RestJsonMalformedPatternMapValueOverride: () => undefined,
};

/** Cases about the whole body, and the operation that it is sent to. */
const wholeBody: Readonly<Record<string, OperationName>> = {
  RestJsonInvalidJsonBody: 'CreateDisk',
  RestJsonTechnicallyValidJsonBody: 'CreateDisk',
  RestJsonMalformedRequiredBodyUnset: 'GetInstance',
};

/** The bodies that a case stands for. */
const bodiesOf = ({ request, testParameters = {} }: Case): string[] => {
  const rows = Object.values(testParameters)[0]?.length ?? 1;
  return Array.from({ length: rows }, (_, row) =>
    (request?.body ?? '').replace(/\$(\w+):([LS])/g, (_match, name: string, form: string) => {
      const value = testParameters[name]![row]!;
      return form === 'S' ? stringify(value) : value;
    }),
  );
};

const oneMember = /^\s*\{\s*"(\w+)"\s*:\s*([\s\S]*?)\s*\}\s*$/;

const requestsOf = (malformedCase: Case): Request[] => {
  const { id, target } = malformedCase;
  const operation = wholeBody[id];
  return bodiesOf(malformedCase).flatMap((body) => {
    if (operation) return [[operation, body] as const];
    const [, member, value] = oneMember.exec(body) ?? [];
    const mapping = byId[id] ?? malformed[`${target.replace('Override', '')}.${member}`];
    const request = value === undefined ? undefined : mapping?.(value);
    return request ? [request] : [];
  });
};

describe.skipIf(!present)('malformed requests', () => {
  const cases = read('smithy_malformed_cases.json').filter(({ kind }) => kind === 'httpMalformedRequestTests');
  for (const malformedCase of cases) {
    const { id, response } = malformedCase;
    const elsewhere = !malformedCase.request?.body || response?.code !== 400 || /(Path|Query|Header)/.test(id);
    const requests = elsewhere ? [] : requestsOf(malformedCase);
    if (requests.length === 0) {
      count(
        `malformed cases not mapped: ${elsewhere ? 'not about the body' : 'no such kind or constraint in Lightsail'}`,
      );
      continue;
    }
    count('malformed cases mapped');
    test(id, () => {
      const expected = response?.headers?.['x-amzn-errortype'];
      for (const request of requests) {
        count('malformed requests sent for them');
        expect(outcome(request), request[1]).toBe(expected);
      }
    });
  }

  test('an error never shows what is sensitive', () => {
    const [request] = cases.filter(({ target }) => target === 'SensitiveValidation').flatMap(requestsOf);
    expect(() => run(request!)).toThrow("Value '****' at 'emailAddress'");
  });
});

/** Where the members of the ordinary cases go, in requests and in answers, and how the members in them are called. */
const members: Readonly<
  Record<string, { place?: Place; answer: readonly [ShapeName, string]; names?: Readonly<Record<string, string>> }>
> = {
  String: { place: 'string', answer: ['Tag', 'key'] },
  string: { place: 'string', answer: ['Tag', 'key'] },
  Value: { place: 'string', answer: ['Tag', 'key'] },
  JsonValue: { place: 'string', answer: ['Tag', 'key'] },
  Integer: { place: 'integer', answer: ['Disk', 'sizeInGb'] },
  Long: { place: 'long', answer: ['CacheSettings', 'defaultTTL'] },
  Float: { place: 'double', answer: ['Bundle', 'price'] },
  Double: { place: 'double', answer: ['MetricDatapoint', 'average'] },
  floatValue: { place: 'double', answer: ['Bundle', 'price'] },
  doubleValue: { place: 'double', answer: ['MetricDatapoint', 'average'] },
  Boolean: { place: 'boolean', answer: ['Disk', 'isAttached'] },
  Timestamp: { place: 'timestamp', answer: ['Disk', 'createdAt'] },
  UnixTimestamp: { place: 'timestamp', answer: ['Disk', 'createdAt'] },
  ListOfStrings: { place: 'list', answer: ['Container', 'command'] },
  ListOfMapsOfStrings: { answer: ['GetContainerAPIMetadataResult', 'metadata'] },
  ListOfStructs: { place: 'tags', answer: ['Disk', 'tags'], names: { Value: 'key' } },
  MapOfStrings: { place: 'map', answer: ['Container', 'environment'] },
  MapOfListsOfStrings: { place: 'lists', answer: ['ContainerService', 'publicDomainNames'] },
  MapOfStructs: {
    place: 'containers',
    answer: ['ContainerServiceDeployment', 'containers'],
    names: { Value: 'image' },
  },
  SimpleStruct: { place: 'structure', answer: ['Disk', 'location'], names: { Value: 'name' } },
  StructWithJsonName: { place: 'structure', answer: ['Disk', 'location'], names: { Value: 'name' } },
  EmptyStruct: { place: 'structure', answer: ['Disk', 'location'] },
  RecursiveList: { answer: ['Subdomain', 'children'], names: { RecursiveList: 'children', String: 'subdomainName' } },
};

const renamed = (value: unknown, names: Readonly<Record<string, string>> = {}): unknown => {
  if (Array.isArray(value)) return value.map((item) => renamed(item, names));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [names[key] ?? key, renamed(item, names)]));
};

const special = (value: unknown): unknown =>
  ['NaN', 'Infinity', '-Infinity'].includes(value as string) ? Number(value) : value;

describe.skipIf(!present)('ordinary cases', () => {
  for (const ordinary of read('smithy_awsJson1_1_cases.json')) {
    const { id, kind, appliesTo, body, params } = ordinary;
    const isRequest = kind === 'httpRequestTests';
    const what = isRequest ? 'requests' : 'answers';
    // A server reads the body of a request, and writes an answer from the parameters.
    const entries = Object.entries((isRequest ? body && JSON.parse(body) : params) ?? {});
    const fit = entries.length > 0 && entries.every(([name]) => members[name] && (!isRequest || members[name].place));
    if (appliesTo === 'client' || !fit) {
      const empty = entries.length === 0 ? 'nothing in the body' : 'no such kind in Lightsail';
      const why = appliesTo === 'client' ? 'for clients' : empty;
      count(`ordinary ${what} not mapped: ${why}`);
      continue;
    }
    count(`ordinary ${what} mapped`);
    test(`${what}: ${id}`, () => {
      for (const [name, given] of entries) {
        const { place, answer, names } = members[name]!;
        const value = renamed(given, names);
        if (isRequest) {
          const request = at(place!, stringify(value));
          const expected = JSON.parse(request[1], (_key, item) => (item === null ? undefined : special(item)));
          expect(run(request)).toEqual(expected);
        } else {
          const [shape, member] = answer;
          const expected = value === null ? {} : { [member]: value };
          expect(JSON.parse(serialize(shape, { [member]: special(value) }))).toEqual(expected);
        }
      }
    });
  }
});
