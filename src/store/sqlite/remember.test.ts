import { expect, test } from 'vitest';
import type { Tx, Value } from '../store.ts';
import { remembering } from './remember.ts';

/** A database of which only the number of questions is of interest. */
const counting = () => {
  const asked: string[] = [];
  const ask = async (sql: string, params: Value[]): Promise<unknown[]> => {
    asked.push(`${sql} ${params.join(' ')}`);
    if (sql === 'broken') throw new Error('no such table');
    return [{ place: asked.length }];
  };
  const tx: Tx = {
    all: async <R>(sql: string, ...params: Value[]) => (await ask(sql, params)) as R[],
    get: async <R>(sql: string, ...params: Value[]) => (await ask(sql, params))[0] as R,
    run: async (sql, ...params) => (await ask(sql, params)).length,
  };
  return { asked, tx };
};

test('the same question is asked once, until something is written', async () => {
  const { asked, tx } = counting();
  const reader = remembering(tx);
  expect(await reader.get('one', 'a', 1)).toEqual({ place: 1 });
  expect(await reader.get('one', 'a', 1)).toEqual({ place: 1 });
  reader.forget();
  expect(await reader.get('one', 'a', 1)).toEqual({ place: 2 });
  await reader.run('change');
  expect(await reader.get('one', 'a', 1)).toEqual({ place: 4 });
  expect(asked).toEqual(['one a 1', 'one a 1', 'change ', 'one a 1']);
});

test('questions that differ in anything are different', async () => {
  const { asked, tx } = counting();
  const reader = remembering(tx);
  await reader.get('one', 'a', 'b');
  await reader.get('one', 'a,b');
  await reader.get('one', 'a","b');
  await reader.get('one', 1);
  await reader.get('one', '1');
  await reader.all('one', 1);
  expect(asked).toHaveLength(6);
});

test('a question that failed is asked again', async () => {
  const { asked, tx } = counting();
  const reader = remembering(tx);
  await expect(reader.all('broken')).rejects.toThrow('no such table');
  await expect(reader.all('broken')).rejects.toThrow('no such table');
  expect(asked).toHaveLength(2);
});

test('only the latest answers are kept', async () => {
  const { asked, tx } = counting();
  const reader = remembering(tx);
  for (let i = 0; i < 1000; i++) await reader.get('one', i);
  await reader.get('one', 999);
  expect(asked).toHaveLength(1000);
  await reader.get('one', 0);
  expect(asked).toHaveLength(1001);
});
