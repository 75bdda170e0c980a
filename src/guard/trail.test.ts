import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rootOf } from '../iam/principal.ts';
import { randomIds } from '../ids.ts';
import { migrate } from '../store/migrate.ts';
import { openSqlite } from '../store/sqlite/store.ts';
import type { Store } from '../store/store.ts';
import { testPostgres } from '../store/testing.ts';
import { filterOf } from './filter.ts';
import type { AuditEvent } from './record.ts';
import { createTrail, type Trail } from './trail.ts';

const event = (operation: string, more: Partial<AuditEvent> = {}): AuditEvent => ({
  source: 'lightsail.amazonaws.com',
  operation,
  readOnly: false,
  caller: {
    account: '111111111111',
    arn: 'arn:aws:iam::111111111111:root',
    accessKeyId: 'AKIA1',
    principal: rootOf('111111111111'),
  },
  ...{
    region: 'us-east-1',
    remoteAddress: '192.0.2.7',
    userAgent: 'test',
    requestId: 'r',
    request: '{}',
    resources: [],
  },
  ...more,
});

const folder = mkdtempSync(join(tmpdir(), 'lateen-trail-'));
const sqlite = {
  name: 'SQLite',
  open: async () => openSqlite(join(folder, 'lateen.db')),
  remove: async () => rmSync(folder, { recursive: true }),
};
const everything = { matches: () => true };

describe.each([sqlite, testPostgres()])('the audit log on $name', (place) => {
  let store: Store;
  const clock = { ms: 1_000_000_000_000 };
  const open = (): Trail => createTrail({ store, ids: randomIds, now: () => clock.ms, retention: 3_600_000 });
  const namesOf = ({ records }: Awaited<ReturnType<Trail['read']>>) => records.map(({ eventName }) => eventName);

  beforeAll(async () => {
    store = await place.open();
    await migrate(store);
  }, 90_000);
  afterAll(async () => {
    await store.close();
    await place.remove();
  });

  test('is read in both ways, by time and from where it was left', async () => {
    const trail = open();
    for (const name of ['A', 'B', 'C', 'D']) {
      trail.add(event(name));
      clock.ms += 1000;
    }
    await trail.flush();
    expect(namesOf(await trail.read(everything))).toEqual(['A', 'B', 'C', 'D']);
    expect(namesOf(await trail.read({ ...everything, backwards: true }))).toEqual(['D', 'C', 'B', 'A']);
    const [since, until] = [clock.ms - 3000, clock.ms - 1000];
    expect(namesOf(await trail.read({ ...everything, since, until }))).toEqual(['B', 'C']);
    const { newest, end } = await trail.read({ ...everything, backwards: true, since, until });
    expect(end).toBe(true);
    expect(namesOf(await trail.read({ ...everything, place: newest }))).toEqual(['D']);
    const last = await trail.read(everything);
    trail.add(event('E'));
    await trail.flush();
    expect(namesOf(await trail.read({ ...everything, place: last.newest }))).toEqual(['E']);
  });

  test('what many note at the same time is one transaction', async () => {
    const trail = open();
    let writes = 0;
    const counting = createTrail({
      store: { ...store, write: (lock, body) => store.write(lock, body).finally(() => writes++) },
      ...{ ids: randomIds, now: () => clock.ms, retention: 3_600_000 },
    });
    await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        await Promise.resolve();
        counting.add(event(`many${i}`));
        await counting.flush();
      }),
    );
    expect(writes).toBeLessThanOrEqual(3);
    const { records } = await trail.read({ matches: filterOf({ operation: 'many*' }) });
    expect(records).toHaveLength(50);
  });

  test('what could not be kept is kept by the next flush', async () => {
    let broken = true;
    const trail = createTrail({
      store: {
        ...store,
        write: (lock, body) => (broken ? Promise.reject(new Error('disk')) : store.write(lock, body)),
      },
      ...{ ids: randomIds, now: () => clock.ms, retention: 3_600_000 },
    });
    trail.add(event('late'));
    await expect(trail.flush()).rejects.toThrow('disk');
    broken = false;
    await trail.flush();
    expect((await trail.read({ matches: filterOf({ operation: 'late' }) })).records).toHaveLength(1);
  });

  test('what is older than the retention goes', async () => {
    clock.ms += 3_600_001;
    const trail = open();
    trail.add(event('young'));
    await trail.flush();
    expect(namesOf(await trail.read(everything))).toEqual(['young']);
  });

  test('a long log is read in parts', async () => {
    const trail = open();
    for (let i = 0; i < 1200; i++) trail.add(event(`n${i}`));
    await trail.flush();
    let page = await trail.read({ matches: filterOf({ operation: 'n1199' }) });
    let found = page.records.length;
    for (; !page.end; found += page.records.length)
      page = await trail.read({ matches: filterOf({ operation: 'n1199' }), place: page.place });
    expect(found).toBe(1);
  });
});
