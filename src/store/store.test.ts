import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { randomIds } from '../ids.ts';
import { migrate } from './migrate.ts';
import { migrations } from './migrations/index.ts';
import {
  allocateAddress,
  parseAddress,
  passAddresses,
  releaseAddressesBut,
  releaseAddressesOf,
} from './records/addresses.ts';
import { getMeta, setMeta } from './records/meta.ts';
import {
  countUsed,
  deleteResource,
  findNamed,
  insertResource,
  pageOfNames,
  pageOfResources,
  type ResourceRow,
  updateResource,
} from './records/resources.ts';
import { countReservations, dropLabel, findLabel, takeLabel } from './records/subdomain-labels.ts';
import { openSqlite } from './sqlite/store.ts';
import type { Store } from './store.ts';
import { testPostgres } from './testing.ts';

const scope = { account: '111111111111', region: 'us-east-1' };

const row = (name: string, more: Partial<ResourceRow> = {}): ResourceRow => ({
  id: randomIds.uuid(),
  ...scope,
  kind: 'Instance',
  name,
  state: 'running',
  createdAt: 1_700_000_000_000,
  body: JSON.stringify({ name }),
  inner: '{}',
  ...more,
});

const namesOf = (text: string): string[] => (JSON.parse(`[${text}]`) as { name: string }[]).map(({ name }) => name);

interface Place {
  readonly name: string;
  open(): Promise<Store>;
  remove(): Promise<void>;
}

const sqlitePlace = (): Place => {
  const folder = mkdtempSync(join(tmpdir(), 'lateen-store-'));
  return {
    name: 'SQLite',
    open: async () => openSqlite(join(folder, 'lateen.db')),
    remove: async () => rmSync(folder, { recursive: true }),
  };
};

describe.each([sqlitePlace(), testPostgres()])('the store on $name', (place: Place) => {
  let store: Store;

  beforeAll(async () => {
    store = await place.open();
    await migrate(store);
  }, 30_000);

  afterAll(async () => {
    await store.close();
    await place.remove();
  });

  test('a write commits as a whole or not at all', async () => {
    const failing = store.write('a', async (tx) => {
      await setMeta(tx, 'half', 'done');
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await store.read((tx) => getMeta(tx, 'half'))).toBeUndefined();
    await store.write('a', (tx) => setMeta(tx, 'whole', 'done'));
    await store.durable();
    expect(await store.read((tx) => getMeta(tx, 'whole'))).toBe('done');
  });

  test('writes of one lock happen one after the other', async () => {
    await store.write('counter', (tx) => setMeta(tx, 'counter', '0'));
    const increment = () =>
      store.write('counter', async (tx) => {
        const value = Number(await getMeta(tx, 'counter'));
        await new Promise((resolve) => setImmediate(resolve));
        await setMeta(tx, 'counter', String(value + 1));
      });
    await Promise.all(Array.from({ length: 25 }, increment));
    expect(await store.read((tx) => getMeta(tx, 'counter'))).toBe('25');
  });

  test('a name is one resource of a scope, whatever its kind', async () => {
    expect(await store.write('a', (tx) => insertResource(tx, row('taken')))).toBe(true);
    expect(await store.write('a', (tx) => insertResource(tx, row('taken', { kind: 'KeyPair' })))).toBe(false);
    expect(await store.write('a', (tx) => insertResource(tx, row('taken', { region: 'eu-west-1' })))).toBe(true);
    expect(await store.write('b', (tx) => insertResource(tx, row('taken', { account: '222222222222' })))).toBe(true);
  });

  test('a resource is changed and deleted, and the use of the quota goes with it', async () => {
    const account = '333333333333';
    const made = row('changing', { account });
    await store.write(account, (tx) => insertResource(tx, made));
    await store.write(account, (tx) => updateResource(tx, { ...made, state: 'stopped', body: '{"changed":true}' }));
    const found = await store.read((tx) => findNamed(tx, { ...scope, account }, 'changing'));
    expect(found).toEqual({ ...made, state: 'stopped', body: '{"changed":true}' });
    expect(await store.read((tx) => countUsed(tx, account, 'Instance'))).toBe(1);
    await store.write(account, (tx) => deleteResource(tx, made));
    await store.write(account, (tx) => deleteResource(tx, made));
    expect(await store.read((tx) => findNamed(tx, { ...scope, account }, 'changing'))).toBeUndefined();
    expect(await store.read((tx) => countUsed(tx, account, 'Instance'))).toBe(0);
  });

  test('a page goes on where the last one ended, whatever was added or deleted between', async () => {
    const there = { account: '444444444444', region: 'us-east-1' };
    const rows = Array.from({ length: 7 }, (_, i) => row(`n${i}`, there));
    for (const one of rows) await store.write('p', (tx) => insertResource(tx, one));
    await store.write('p', (tx) => insertResource(tx, row('other', { ...there, kind: 'KeyPair' })));
    const first = await store.read((tx) => pageOfResources(tx, there, 'Instance', 0, 3));
    expect(namesOf(first.text)).toEqual(['n0', 'n1', 'n2']);
    expect(first.more).toBe(true);
    await store.write('p', (tx) => deleteResource(tx, rows[2]!));
    await store.write('p', (tx) => deleteResource(tx, rows[3]!));
    await store.write('p', (tx) => insertResource(tx, row('late', there)));
    const second = await store.read((tx) => pageOfResources(tx, there, 'Instance', first.last, 3));
    expect(namesOf(second.text)).toEqual(['n4', 'n5', 'n6']);
    const third = await store.read((tx) => pageOfResources(tx, there, 'Instance', second.last, 3));
    expect(namesOf(third.text)).toEqual(['late']);
    expect(third.more).toBe(false);
    const exact = await store.read((tx) => pageOfResources(tx, there, 'Instance', 0, 6));
    expect(exact.more).toBe(false);
    const none = await store.read((tx) => pageOfResources(tx, there, 'Disk', 0, 3));
    expect(none).toEqual({ text: '', last: 0, more: false });
    const names = await store.read((tx) => pageOfNames(tx, there, 0, 100));
    expect(names.names).toEqual(['n0', 'n1', 'n4', 'n5', 'n6', 'other', 'late']);
  });

  test('a pool gives every address once, and says when it has none left', async () => {
    const pool = { name: 'small', first: parseAddress('10.9.8.1'), size: 20 };
    const given = new Set<string>();
    for (let i = 0; i < 20; i++) {
      const address = await store.write('a', (tx) => allocateAddress(tx, randomIds, pool, i < 10 ? 'first' : 'second'));
      given.add(address ?? 'none');
    }
    expect(given.size).toBe(20);
    expect(given.has('none')).toBe(false);
    expect(await store.write('a', (tx) => allocateAddress(tx, randomIds, pool, 'third'))).toBeUndefined();
    await store.write('a', (tx) => releaseAddressesOf(tx, 'first'));
    expect(await store.write('a', (tx) => allocateAddress(tx, randomIds, pool, 'third'))).toMatch(/^10\.9\.8\.\d+$/);
  });

  test('a pool never gives the address that is excepted', async () => {
    const pool = { name: 'one', first: parseAddress('10.9.7.1'), size: 2 };
    const address = await store.write('a', (tx) => allocateAddress(tx, randomIds, pool, 'x', '10.9.7.1'));
    expect(address).toBe('10.9.7.2');
    expect(await store.write('a', (tx) => allocateAddress(tx, randomIds, pool, 'x', '10.9.7.1'))).toBeUndefined();
  });

  test('an owner keeps one address of a pool, and what is passed on is released with the heir', async () => {
    const pool = { name: 'kept', first: parseAddress('10.9.6.1'), size: 2 };
    const other = { name: 'aside', first: parseAddress('10.9.5.1'), size: 1 };
    const take = (from: typeof pool, owner: string) =>
      store.write('a', (tx) => allocateAddress(tx, randomIds, from, owner));
    const [old, kept] = [await take(pool, 'keeper'), await take(pool, 'keeper')];
    await take(other, 'keeper');
    await store.write('a', (tx) => releaseAddressesBut(tx, pool.name, 'keeper', kept));
    expect(await take(pool, 'next')).toBe(old);
    expect(await take(other, 'next')).toBeUndefined();
    await store.write('a', (tx) => passAddresses(tx, 'keeper', 'heir'));
    await store.write('a', (tx) => releaseAddressesOf(tx, 'keeper'));
    expect(await take(pool, 'next')).toBeUndefined();
    await store.write('a', (tx) => releaseAddressesBut(tx, pool.name, 'heir'));
    expect(await take(pool, 'next')).toBe(kept);
    expect(await take(other, 'next')).toBeUndefined();
    await store.write('a', (tx) => releaseAddressesOf(tx, 'heir'));
    expect(await take(other, 'next')).toBe('10.9.5.1');
  });

  test('a label is one account’s for good, or until its reservation is over', async () => {
    const other = { ...scope, account: '222222222222' };
    const take = (by: typeof scope, now: number, until: number | null) =>
      store.write(by.account, (tx) => takeLabel(tx, by, 'site', now, until));
    const found = (now: number) => store.read((tx) => findLabel(tx, 'site', now));
    expect(await take(scope, 0, 100)).toBe(true);
    expect(await take(other, 99, 200)).toBe(false);
    expect(await found(99)).toEqual({ account: scope.account, expiresAt: 100 });
    expect(await found(100)).toBeUndefined();
    expect(await take(other, 100, 200)).toBe(true);
    expect(await take(other, 150, null)).toBe(true);
    expect(await take(scope, 1_000, null)).toBe(false);
    expect(await found(1_000)).toEqual({ account: other.account, expiresAt: null });
    await store.write('a', (tx) => dropLabel(tx, 'site'));
    expect(await found(1_000)).toBeUndefined();
    await take(scope, 0, 100);
    const counted = (now: number) => store.write('a', (tx) => countReservations(tx, scope.account, now));
    expect([await counted(99), await counted(100), await counted(99)]).toEqual([1, 0, 0]);
  });

  test('migrations run once, and a database of a newer program is refused', async () => {
    await migrate(store);
    const newer = [...migrations, () => ['create table later (id text)']];
    await migrate(store, newer);
    await expect(migrate(store)).rejects.toThrow(
      `written by a newer Lateen: its schema is version ${newer.length}, and this program knows up to ${migrations.length}`,
    );
    await store.write('schema', async (tx) => {
      await tx.run('drop table later');
      await setMeta(tx, 'schema', String(migrations.length));
    });
  });
});

test('what was committed is there after the database is opened again', async () => {
  const place = sqlitePlace();
  const first = await place.open();
  await migrate(first);
  await first.write('a', (tx) => insertResource(tx, row('kept')));
  await first.close();
  const second = await place.open();
  expect(await second.read((tx) => findNamed(tx, scope, 'kept'))).toBeDefined();
  await second.close();
  await place.remove();
});
