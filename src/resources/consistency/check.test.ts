import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WindableClock } from '../../clock.ts';
import { randomIds } from '../../ids.ts';
import { migrate } from '../../store/migrate.ts';
import { allocateAddress, type Pool } from '../../store/records/addresses.ts';
import { insertOperation } from '../../store/records/operations.ts';
import { insertResource, type ResourceRow } from '../../store/records/resources.ts';
import { insertTask } from '../../store/records/tasks.ts';
import { openSqlite } from '../../store/sqlite/store.ts';
import type { Store } from '../../store/store.ts';
import { testPostgres } from '../../store/testing.ts';
import { checkState } from './check.ts';

const folder = mkdtempSync(join(tmpdir(), 'lateen-check-'));
afterAll(() => rmSync(folder, { recursive: true }));
const sqlite = {
  name: 'SQLite',
  open: async () => openSqlite(join(folder, 'lateen.db')),
  remove: async () => {},
};

const scope = { account: '111111111111', region: 'us-east-1' };
const pool: Pool = { name: 'public', first: 3_405_803_776, size: 4 };
const row = (kind: ResourceRow['kind'], name: string, body: object): ResourceRow => ({
  ...{ id: randomIds.uuid(), ...scope, kind, name, state: 'available', createdAt: 0 },
  ...{ body: JSON.stringify({ name, ...body }), inner: '{}' },
});

describe.each([sqlite, testPostgres()])('on $name', ({ open, remove }) => {
  let store: Store;
  beforeAll(async () => {
    store = await open();
    await migrate(store);
  });
  afterAll(async () => {
    await store.close();
    await remove();
  });
  const check = () => checkState(store, new WindableClock(0));

  test('the whole of a long state is walked, and each thing that dangles is told', async () => {
    expect(await check()).toEqual({ rows: 0, findings: [], count: 0 });
    await store.write('test', async (tx) => {
      for (let i = 0; i < 1_200; i++)
        await insertResource(
          tx,
          row('Disk', `disk-${i}`, { isAttached: true, attachedTo: 'nobody', path: '/dev/xvdf' }),
        );
      await insertResource(tx, row('StaticIp', 'address', { isAttached: false, ipAddress: '203.0.113.9' }));
      await allocateAddress(tx, randomIds, pool, randomIds.uuid());
      await tx.run("update usage set used = 7 where kind = 'StaticIp'");
      const open = { id: randomIds.uuid(), ...scope, resourceName: 'disk-0', body: '{"isTerminal":false}' };
      const ending = { ...open, id: randomIds.uuid() };
      for (const operation of [open, ending]) await insertOperation(tx, operation);
      const task = { kind: 'Work', ...scope, resource: randomIds.uuid(), input: '{}', runAt: 0 };
      await insertTask(tx, { ...task, operations: JSON.stringify([ending.id]) });
    });
    const { rows, findings, count } = await check();
    expect(rows).toBe(1_204);
    expect(count).toBe(1_204);
    expect(findings).toHaveLength(1_000);
    expect(findings[0]).toEqual({
      ...{ ...scope, problem: 'goes on, and no task ends it' },
      subject: expect.stringMatching(/^operation .* of disk-0$/),
    });

    await store.write('test', (tx) => tx.run("delete from resource where kind = 'Disk'"));
    const { findings: left } = await check();
    expect(left.map(({ subject, problem }) => `${subject.replace(/[0-9a-f-]{36}/, 'id')} ${problem}`)).toEqual([
      'operation id of disk-0 goes on, and no task ends it',
      'StaticIp address shows the address 203.0.113.9, which is not its own',
      'address of id belongs to a resource that is not there',
      'quota of Disk counts 1200, and there are 0',
      'quota of StaticIp counts 7, and there are 1',
    ]);
  });
});
