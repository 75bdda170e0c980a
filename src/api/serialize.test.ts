import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ShapeName, shapes } from './generated/shapes.ts';
import { Raw, raw, serialize } from './serialize.ts';

describe('structures', () => {
  test('members stand in alphabetical order', () => {
    expect(serialize('Tag', { value: 'b', key: 'a' })).toBe('{"key":"a","value":"b"}');
  });

  test('undefined, null and unknown members are left out', () => {
    expect(serialize('Tag', { key: undefined, value: null, colour: 'red' })).toBe('{}');
  });

  test('lists and maps keep their order, empty ones stay', () => {
    const containers = { web: { command: ['b', 'a'], environment: {} }, app: { command: [] } };
    expect(serialize('ContainerServiceDeployment', { containers })).toBe(
      '{"containers":{"web":{"command":["b","a"],"environment":{}},"app":{"command":[]}}}',
    );
  });

  test('a structure may hold itself', () => {
    const children = [{ subdomainName: 'b', children: [{ subdomainName: 'c' }] }];
    expect(serialize('Subdomain', { subdomainName: 'a', children })).toBe(
      '{"children":[{"children":[{"subdomainName":"c"}],"subdomainName":"b"}],"subdomainName":"a"}',
    );
  });

  test('a list can be written by itself', () => {
    expect(serialize('StringList', ['a', 'b'])).toBe('["a","b"]');
  });

  test('a whole answer looks as the service writes it', () => {
    const instance = {
      tags: [],
      name: 'web',
      createdAt: 1590771192.493,
      hardware: { ramSizeInGb: 1, cpuCount: 2, disks: [{ isSystemDisk: true, sizeInGb: 40, iops: 120 }] },
      networking: { ports: [{ fromPort: 22, toPort: 22, cidrs: ['0.0.0.0/0'], cidrListAliases: [] }] },
      isStaticIp: false,
      state: { name: 'running', code: 16 },
      addOns: undefined,
    };
    expect(serialize('GetInstancesResult', { instances: [instance] })).toBe(
      '{"instances":[{"createdAt":1.590771192493E9,' +
        '"hardware":{"cpuCount":2,"disks":[{"iops":120,"isSystemDisk":true,"sizeInGb":40}],"ramSizeInGb":1.0},' +
        '"isStaticIp":false,"name":"web",' +
        '"networking":{"ports":[{"cidrListAliases":[],"cidrs":["0.0.0.0/0"],"fromPort":22,"toPort":22}]},' +
        '"state":{"code":16,"name":"running"},"tags":[]}]}',
    );
  });
});

describe('numbers', () => {
  test.each([
    [1590771192.493, '1.590771192493E9'],
    [1602859922, '1.602859922E9'],
    [1000000000, '1.0E9'],
    [10000000, '1.0E7'],
    [9999999, '9999999.0'],
    [0.25, '0.25'],
    [0, '0.0'],
    [-1602859922, '-1.602859922E9'],
  ])('the time %d is %s', (time, text) => {
    expect(serialize('Disk', { createdAt: time })).toBe(`{"createdAt":${text}}`);
  });

  test.each([
    [1, '1.0'],
    [0.5, '0.5'],
    [-3.25, '-3.25'],
    [0.001, '0.001'],
    [0.00025, '2.5E-4'],
    [1e-7, '1.0E-7'],
    [123456789, '1.23456789E8'],
    [1e21, '1.0E21'],
    [Number.MAX_VALUE, '1.7976931348623157E308'],
    [Number.NaN, '"NaN"'],
    [Number.POSITIVE_INFINITY, '"Infinity"'],
    [Number.NEGATIVE_INFINITY, '"-Infinity"'],
  ])('the double %d is %s', (number, text) => {
    expect(serialize('MetricDatapoint', { average: number })).toBe(`{"average":${text}}`);
  });

  test('any double is read back as it was', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        // JSON text has one zero for both.
        expect(JSON.parse(serialize('MetricDatapoint', { sum: number })).sum + 0).toBe(number + 0);
      }),
    );
  });

  test('integers stay plain', () => {
    expect(serialize('Disk', { sizeInGb: 80, iops: -0 })).toBe('{"iops":0,"sizeInGb":80}');
  });
});

test('any string is written as JSON.stringify writes it', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.integer({ max: 0xffff }).map((unit) => String.fromCharCode(Math.abs(unit))) }),
  );
  fc.assert(
    fc.property(text, (key) => {
      expect(serialize('Tag', { key })).toBe(`{"key":${JSON.stringify(key)}}`);
    }),
    { numRuns: 1000 },
  );
  expect(serialize('Container', { environment: { 'a"b': '\n' } })).toBe('{"environment":{"a\\"b":"\\n"}}');
});

describe('raw text', () => {
  test('goes out as it is, wherever it stands', () => {
    expect(serialize('Tag', raw('{"b":1}'))).toBe('{"b":1}');
    expect(serialize('GetInstancesResult', { instances: raw('[1, 2]') })).toBe('{"instances":[1, 2]}');
    expect(serialize('GetInstancesResult', { instances: [raw('{}'), { name: 'a' }] })).toBe(
      '{"instances":[{},{"name":"a"}]}',
    );
    expect(serialize('Container', { environment: { a: raw('"x"') }, image: raw('"y"') })).toBe(
      '{"environment":{"a":"x"},"image":"y"}',
    );
  });

  test('is told by its class, not by its look', () => {
    expect(raw('1')).toBeInstanceOf(Raw);
    expect(serialize('Tag', { key: 'a', text: 'b' })).toBe('{"key":"a"}');
  });
});

test('every shape can be written', () => {
  const sample = (name: ShapeName, depth: number): unknown => {
    const shape = shapes[name];
    if (shape.kind === 'list') return depth > 8 ? [] : [sample(shape.member, depth + 1)];
    if (shape.kind === 'map') return { key: sample(shape.value, depth + 1) };
    if (shape.kind === 'string') return 'text';
    if (shape.kind === 'boolean') return true;
    if (shape.kind !== 'structure') return 7;
    return Object.fromEntries(Object.entries(shape.members).map(([key, target]) => [key, sample(target, depth + 1)]));
  };
  for (const name of Object.keys(shapes) as ShapeName[])
    expect(JSON.parse(serialize(name, sample(name, 0)))).toEqual(sample(name, 0));
});
