import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/lateen.ts';
import { migrate } from '../migrate.ts';
import { openSqlite } from '../sqlite/store.ts';
import type { Tx, Value } from '../store.ts';
import { shownVersions } from './objects.ts';

test.each([
  ['from a name on', { name: 'a', behind: false }, undefined],
  ['behind a name, up to the end of a prefix', { name: 'a', behind: true }, 'b'],
])('a page of objects is read from the index of those that are shown, %s', async (_, from, end) => {
  const store = openSqlite(join(temporaryFolder(), 'lateen.db'));
  await migrate(store);
  const asked: [sql: string, params: Value[]][] = [];
  const listening = {
    all: async (sql: string, ...params: Value[]) => asked.push([sql, params]) && [],
  } as unknown as Tx;
  await shownVersions(listening, 'bucket', { from, end, limit: 1 });
  const [sql, params] = asked[0]!;
  const plan = await store.read((tx) => tx.all<{ detail: string }>(`explain query plan ${sql}`, ...params));
  await store.close();
  expect(plan.map(({ detail }) => detail)).toEqual([
    expect.stringContaining('USING COVERING INDEX object_version_shown (bucket=? AND name>'),
  ]);
});
