import { describe, expect, test } from 'vitest';
import { createCatalogue } from '../../catalogue.ts';
import { applyStatusOf, parametersOf, readParameters, withParameters } from './parameters.ts';

const catalogue = createCatalogue();
const read = (parameterName: string, parameterValue?: string, applyMethod?: string, engine = 'mysql') =>
  readParameters(catalogue, engine, [{ parameterName, parameterValue, applyMethod }]);

test.each([
  ['max_connections', '{DBInstanceClassMemory/12582880}'],
  ['max_connections', '100000'],
  ['innodb_page_size', undefined],
  ['long_query_time', '0.5'],
  ['sql_mode', 'ANSI,NO_ZERO_DATE'],
  ['init_connect', 'SET NAMES utf8mb4'],
  ['max_connections', '1e3'],
  ['innodb_autoinc_lock_mode', '3'],
  ['sql_mode', 'ANSI,SLOPPY'],
])('%s may be %s, if it is modified and allowed', (name, value) => {
  const fine = value !== undefined && !['1e3', '3', 'ANSI,SLOPPY'].includes(value);
  if (fine) expect(read(name, value)[name]?.parameterValue).toBe(value);
  else expect(() => read(name, value)).toThrow(/not valid|cannot be modified/);
});

test('ranges that begin below zero', () => {
  expect(read('log_temp_files', '-1', undefined, 'postgres').log_temp_files?.parameterValue).toBe('-1');
  expect(() => read('log_temp_files', '-2', undefined, 'postgres')).toThrow(/not valid/);
});

test('one parameter is set once, and at least one is', () => {
  expect(() => readParameters(catalogue, 'mysql', [])).toThrow(/At least one/);
  const twice = { parameterName: 'wait_timeout', parameterValue: '60' };
  expect(() => readParameters(catalogue, 'mysql', [twice, twice])).toThrow(/more than once/);
});

describe('what waits for a start', () => {
  const none = { parameters: {}, waiting: [] };

  test('a static parameter', () => {
    const set = withParameters(none, read('innodb_purge_threads', '2'));
    expect(set.waiting).toEqual(['innodb_purge_threads']);
    expect(applyStatusOf(set)).toBe('pending-reboot');
  });

  test('a dynamic one only when asked to, and no more when set at once', () => {
    const waiting = withParameters(none, read('wait_timeout', '60', 'pending-reboot'));
    expect(waiting.waiting).toEqual(['wait_timeout']);
    const set = withParameters(waiting, read('wait_timeout', '70'));
    expect(set).toEqual({
      parameters: { wait_timeout: { parameterValue: '70', applyMethod: 'immediate' } },
      waiting: [],
    });
    expect(applyStatusOf(set)).toBe('in-sync');
  });
});

test.each(['mysql', 'postgres'])('the defaults of %s are valid, and each parameter can be described', (engine) => {
  for (const parameter of parametersOf(catalogue, engine, {})) {
    const { parameterName = '', parameterValue, isModifiable, description } = parameter;
    expect(description, parameterName).toMatch(/^[A-Z]/);
    if (!isModifiable || parameterValue === undefined) continue;
    if (!parameterValue.includes('{'))
      expect(() => read(parameterName, parameterValue, undefined, engine)).not.toThrow();
  }
});
