import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyJson, validInput } from '../../test/arbitrary.ts';
import { faults, type Place, placesIn } from '../../test/faulty-input.ts';
import { ApiError } from '../errors.ts';
import { type OperationName, operations } from './generated/operations.ts';
import { type ShapeName, type StringShape, shapes } from './generated/shapes.ts';
import { createValidator } from './validate.ts';

const validate = createValidator();
const names = Object.keys(operations) as OperationName[];

/** What a body is refused with, as `Code: message`; undefined when it is taken. */
const refusal = (operation: OperationName, value: unknown): string | undefined => {
  try {
    validate(operation, value);
    return undefined;
  } catch (error) {
    if (error instanceof ApiError) return `${error.code}: ${error.message}`;
    throw error;
  }
};

const alarm = {
  alarmName: 'a1',
  metricName: 'CPUUtilization',
  monitoredResourceName: 'web',
  comparisonOperator: 'GreaterThanThreshold',
  threshold: 1,
  evaluationPeriods: 1,
};
const truncating = 'class com.amazon.coral.value.json.numbers.TruncatingBigNumber';

describe('wrong types', () => {
  test.each<[OperationName, unknown, string]>([
    ['GetInstance', null, 'Null found where not expected'],
    ['GetInstance', [], 'Start of list found where not expected'],
    ['GetInstance', 'x', 'Expected null'],
    ['GetInstance', { instanceName: 1 }, `${truncating} can not be converted to an String`],
    ['GetInstance', { instanceName: true }, 'class java.lang.Boolean can not be converted to an String'],
    ['GetInstance', { instanceName: ['x'] }, 'Start of list found where not expected'],
    ['GetInstance', { instanceName: {} }, 'Start of structure or map found where not expected.'],
    ['CreateDisk', { sizeInGb: '8' }, 'class java.lang.String can not be converted to an Integer'],
    ['CreateDisk', { sizeInGb: 1.5 }, `${truncating} can not be converted to an Integer`],
    ['CreateDisk', { sizeInGb: 2 ** 31 }, `${truncating} can not be converted to an Integer`],
    ['CreateDisk', { sizeInGb: -(2 ** 31) - 1 }, `${truncating} can not be converted to an Integer`],
    [
      'CreateDistribution',
      { cacheBehaviorSettings: { defaultTTL: 2 ** 53 } },
      `${truncating} can not be converted to an Long`,
    ],
    ['GetBundles', { includeInactive: 'true' }, 'class java.lang.String can not be converted to an Boolean'],
    ['GetBundles', { includeInactive: 1 }, `${truncating} can not be converted to an Boolean`],
    ['PutAlarm', { ...alarm, threshold: '1' }, 'class java.lang.String can not be converted to an Double'],
    ['PutAlarm', { ...alarm, threshold: Infinity }, `${truncating} can not be converted to an Double`],
    ['GetContainerLog', { startTime: '2024-01-01' }, 'class java.lang.String can not be converted to an Timestamp'],
    ['GetContainerLog', { startTime: 'NaN' }, 'class java.lang.String can not be converted to an Timestamp'],
    ['GetContainerLog', { startTime: 1e13 }, `${truncating} can not be converted to an Timestamp`],
    ['CreateInstances', { instanceNames: 'x' }, 'Expected list or null'],
    ['CreateInstances', { instanceNames: {} }, 'Start of structure or map found where not expected.'],
    ['CreateInstances', { instanceNames: ['x', null] }, 'Null found where not expected'],
    ['CreateDomainEntry', { domainEntry: 5 }, 'Expected null'],
    ['CreateDomainEntry', { domainEntry: { options: 5 } }, 'Expected map or null'],
    ['CreateDomainEntry', { domainEntry: { options: [] } }, 'Start of list found where not expected'],
    ['CreateDomainEntry', { domainEntry: { options: { a: null } } }, 'Null found where not expected'],
  ])('%s %j', (operation, value, message) => {
    expect(refusal(operation, value)).toBe(`SerializationException: ${message}`);
  });

  test('come before constraints, whatever the order of the members', () => {
    expect(refusal('CreateBucket', { bucketName: 'X', bundleId: 1 })).toMatch(/^SerializationException/);
  });
});

describe('constraints', () => {
  const bucketPattern = '^[a-z0-9][a-z0-9-]{1,52}[a-z0-9]$';
  const container = '^[a-z0-9]{1,2}|[a-z0-9][a-z0-9-]+[a-z0-9]$';
  const attribute = { loadBalancerName: 'lb', attributeName: 'HealthCheckPath' };
  const ports = (fromPort: number) => ({ instanceName: 'web', portInfo: { fromPort } });

  test.each<[OperationName, unknown, ...string[]]>([
    ['GetInstance', {}, "Value null at 'instanceName'", 'Member must not be null'],
    ['GetInstance', { instanceName: null }, "Value null at 'instanceName'", 'Member must not be null'],
    [
      'UpdateLoadBalancerAttribute',
      { ...attribute, attributeValue: '' },
      "Value '' at 'attributeValue'",
      'Member must have length greater than or equal to 1',
    ],
    [
      'UpdateLoadBalancerAttribute',
      { ...attribute, attributeValue: 'x'.repeat(257) },
      `Value '${'x'.repeat(256)}...' at 'attributeValue'`,
      'Member must have length less than or equal to 256',
    ],
    [
      'OpenInstancePublicPorts',
      ports(65536),
      "Value '65536' at 'portInfo.fromPort'",
      'Member must have value less than or equal to 65535',
    ],
    [
      'OpenInstancePublicPorts',
      ports(-2),
      "Value '-2' at 'portInfo.fromPort'",
      'Member must have value greater than or equal to -1',
    ],
    [
      'GetBuckets',
      { bucketName: 'Logs' },
      "Value 'Logs' at 'bucketName'",
      `Member must satisfy regular expression pattern: ${bucketPattern}`,
    ],
    [
      'GetContainerServices',
      { serviceName: 'a_b' },
      "Value 'a_b' at 'serviceName'",
      `Member must satisfy regular expression pattern: ${container}`,
    ],
    [
      'GetInstanceAccessDetails',
      { instanceName: 'web', protocol: 'telnet' },
      "Value 'telnet' at 'protocol'",
      'Member must satisfy enum value set: [ssh, rdp]',
    ],
    [
      'GetContactMethods',
      { protocols: ['Email', 'Fax'] },
      "Value 'Fax' at 'protocols.2.member'",
      'Member must satisfy enum value set: [Email, SMS]',
    ],
    [
      'CreateInstances',
      {
        instanceNames: ['w1'],
        availabilityZone: 'us-east-1a',
        blueprintId: 'b',
        bundleId: 'b',
        addOns: [{ addOnType: 'AutoSnapshot' }, {}],
      },
      "Value null at 'addOns.2.member.addOnType'",
      'Member must not be null',
    ],
    [
      'UpdateBucket',
      { bucketName: 'logs', readonlyAccessAccounts: Array(11).fill('1') },
      "Value '[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, ...]' at 'readonlyAccessAccounts'",
      'Member must have length less than or equal to 10',
    ],
    [
      'UpdateBucket',
      { bucketName: 'logs', cors: { rules: Array(21).fill({ allowedMethods: ['GET'], allowedOrigins: ['*'] }) } },
      "Value '[****, ****, ****, ****, ****, ****, ****, ****, ****, ****, ...]' at 'cors.rules'",
      'Member must have length less than or equal to 20',
    ],
    [
      'CreateContainerServiceDeployment',
      { serviceName: 'web', containers: { Web: {} } },
      "Value 'Web' at 'containers.key'",
      `Member must satisfy regular expression pattern: ${container}`,
    ],
    [
      'CreateContainerServiceDeployment',
      { serviceName: 'web', containers: { web: { ports: { 80: 'FTP' } } } },
      "Value 'FTP' at 'containers.web.member.ports.80.member'",
      'Member must satisfy enum value set: [HTTP, HTTPS, TCP, UDP]',
    ],
    [
      'SetupInstanceHttps',
      { instanceName: 'web', emailAddress: 'nobody', domainNames: ['a.example'], certificateProvider: 'LetsEncrypt' },
      "Value '****' at 'emailAddress'",
      `Member must satisfy regular expression pattern: ${(shapes.EmailAddress as StringShape).pattern}`,
    ],
  ])('%s %j', (operation, value, where, constraint) => {
    const violation = `${where} failed to satisfy constraint: ${constraint}`;
    expect(refusal(operation, value)).toBe(`ValidationException: 1 validation error detected: ${violation}`);
  });

  test('all are told at once, joined by a semicolon', () => {
    const missing = (name: string) => `Value null at '${name}' failed to satisfy constraint: Member must not be null`;
    expect(refusal('CreateDisk', {})).toBe(
      `ValidationException: 3 validation errors detected: ${['diskName', 'availabilityZone', 'sizeInGb'].map(missing).join('; ')}`,
    );
  });

  test('ten at most are shown, so that an error stays small', () => {
    const text = refusal('GetContactMethods', { protocols: Array(100_000).fill('x'.repeat(1000)) })!;
    expect(text).toContain('100000 validation errors detected');
    expect(text.match(/failed to satisfy/g)).toHaveLength(10);
    expect(text.length).toBeLessThan(5000);
  });

  test('length counts code points', () => {
    const attributeValue = (characters: number) => ({ ...attribute, attributeValue: '\u{1f44d}'.repeat(characters) });
    expect(refusal('UpdateLoadBalancerAttribute', attributeValue(256))).toBeUndefined();
    expect(refusal('UpdateLoadBalancerAttribute', attributeValue(257))).toMatch(/^ValidationException/);
  });
});

describe('resource names', () => {
  const advice = 'Resource names must be at least 2 characters long and contain only alphanumerics, -, _, and .';

  test.each(['', 'a', 'custom gitlab', '-web', 'web-', 'web.', 'wéb', 'web\n', 'x'.repeat(256)])(
    '%j is none',
    (name) => {
      const shown = name.length > 255 ? name : `${name} is not`;
      const text = refusal('GetInstance', { instanceName: name });
      expect(text).toMatch(/^InvalidInputException: /);
      expect(text).toContain(shown);
      expect(text?.endsWith(advice)).toBe(true);
    },
  );

  test.each(['ab', 'example.com', 'a-b_c.d', '_a', 'x'.repeat(255)])('%j is one', (name) => {
    expect(validate('GetInstance', { instanceName: name })).toEqual({ instanceName: name });
  });

  test('are told only when nothing else is wrong', () => {
    expect(refusal('CreateDisk', { diskName: '!', availabilityZone: 'z' })).toMatch(/^ValidationException: 1 /);
    expect(refusal('CreateDisk', { diskName: '!', availabilityZone: 'z', sizeInGb: 8 })).toMatch(/^InvalidInput/);
  });

  test('are shown shortened when they are long', () => {
    expect(refusal('GetInstance', { instanceName: '!'.repeat(1e6) })!.length).toBeLessThan(500);
  });
});

describe('the copy', () => {
  test('has no nulls and no members that the model lacks', () => {
    const input = { instanceName: 'web', colour: 'red', includeHealthStatus: null };
    expect(validate('GetInstance', input)).toEqual({ instanceName: 'web' });
    expect(Object.keys(validate('GetInstance', input))).toEqual(['instanceName']);
  });

  test('has numbers for the three strings that stand for numbers', () => {
    const threshold = (text: unknown) => validate('PutAlarm', { ...alarm, threshold: text }).threshold;
    expect(threshold('NaN')).toBeNaN();
    expect(threshold('Infinity')).toBe(Infinity);
    expect(threshold('-Infinity')).toBe(-Infinity);
  });

  test('cannot be given another prototype', () => {
    const body = JSON.parse('{"__proto__": {"instanceName": "web"}, "constructor": 1}');
    expect(refusal('GetInstance', body)).toMatch(/^ValidationException: 1 .*instanceName/);
    const entry = JSON.parse('{"domainName": "a.b", "domainEntry": {"options": {"__proto__": "x", "toString": "y"}}}');
    const options = validate('CreateDomainEntry', entry).domainEntry.options!;
    expect(Object.getPrototypeOf(options)).toBe(Object.prototype);
    expect(Object.entries(options)).toEqual([
      ['__proto__', 'x'],
      ['toString', 'y'],
    ]);
  });
});

describe('hostile bodies', () => {
  const deep = (depth: number) => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`);

  test('deep nesting', () => {
    expect(validate('GetInstance', { instanceName: 'web', colour: deep(50_000) })).toEqual({ instanceName: 'web' });
    expect(refusal('GetInstance', { instanceName: deep(50_000) })).toMatch(/^SerializationException/);
  });

  test('long lists', () => {
    const instanceNames = Array(300_000).fill('w1');
    const input = { instanceNames, availabilityZone: 'z', blueprintId: 'b', bundleId: 'b' };
    expect(validate('CreateInstances', input).instanceNames).toHaveLength(300_000);
  });

  // A pattern that backtracks badly would take minutes here, and so run into the time limit.
  const patterned = new Map<ShapeName, [OperationName, Place]>();
  for (const operation of names)
    for (const place of placesIn(operation)) {
      const shape = shapes[place.name];
      if (shape.kind === 'string' && shape.pattern) patterned.set(place.name, [operation, place]);
    }
  test.each([...patterned.keys()])('long strings for %s', (name) => {
    const [operation, { put }] = patterned.get(name)!;
    for (const unit of ['a', ' ', 'a.', '-', '0', ':', 'a@', 'arn:aws', 'é', '\n'])
      for (const end of ['', '!', '\n', '@', '.']) {
        const code = refusal(operation, put(unit.repeat(100_000 / unit.length) + end))?.split(':')[0];
        expect([undefined, 'ValidationException', 'InvalidInputException']).toContain(code);
      }
  });

  test('the pattern that is rewritten for that takes what it took', () => {
    const published = new RegExp((shapes.NonEmptyString as StringShape).pattern!);
    const unit = fc.constantFrom('a', ' ', '\t', '\n', '\r', '\u2028', '\u00a0', '\u0085');
    fc.assert(
      fc.property(fc.string({ unit }), (operationId) => {
        expect(refusal('GetOperation', { operationId }) === undefined).toBe(published.test(operationId));
      }),
      { numRuns: 1000 },
    );
  });

  test('a line break at the end of a long value', () => {
    expect(refusal('GetOperation', { operationId: `${'a'.repeat(100_000)}\n` })).toMatch(/^ValidationException/);
    expect(refusal('GetOperation', { operationId: ' '.repeat(100_000) })).toMatch(/^ValidationException/);
    expect(refusal('GetOperation', { operationId: `${' '.repeat(100_000)}a` })).toBeUndefined();
  });
});

describe('every operation', () => {
  test('there are 167', () => {
    expect(names).toHaveLength(167);
  });

  test.each(names)('%s tells each fault in its input', (operation) => {
    const places = placesIn(operation);
    expect(refusal(operation, places[0]!.value)).toBeUndefined();
    for (const place of places)
      for (const [bad, code] of faults(place)) {
        expect(refusal(operation, bad)?.split(':')[0], JSON.stringify(bad)).toBe(code);
      }
  });

  test.each(names)('%s takes every valid input as it is', (operation) => {
    fc.assert(
      fc.property(validInput(operation), (value) => {
        expect(validate(operation, value)).toStrictEqual(value);
      }),
      { numRuns: 20 },
    );
  });

  test('any JSON is taken or refused by an ApiError', () => {
    const place = fc.constantFrom(...names).chain((operation) => {
      const input = shapes[operations[operation].input];
      const members = input.kind === 'structure' ? Object.keys(input.members) : [];
      const some = fc.record(Object.fromEntries(members.map((member) => [member, anyJson])), { requiredKeys: [] });
      return fc.tuple(fc.constant(operation), fc.oneof(some, anyJson));
    });
    const codes = ['SerializationException', 'ValidationException', 'InvalidInputException', undefined];
    fc.assert(
      fc.property(place, ([operation, value]) => codes.includes(refusal(operation, value)?.split(':')[0])),
      { numRuns: 3000 },
    );
  });
});
