import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Context } from '../../context.ts';
import { randomIds } from '../../ids.ts';
import { migrate } from '../../store/migrate.ts';
import { openSqlite } from '../../store/sqlite/store.ts';
import type { Store } from '../../store/store.ts';
import { createRegistryRights, registryLogins } from './registry.ts';

const scope = { account: '123456789012', region: 'us-east-1' };
const hour = 3_600_000;
let folder: string;
let store: Store;
let now: number;
const clock = { now: () => now };

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lateen-registry-'));
  store = openSqlite(join(folder, 'lateen.db'));
  await migrate(store);
  now = 1_700_000_000_000;
});

afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

/** A login of the scope's registry, as it was answered with. */
const logIn = async () => {
  const ctx = {
    ...{ scope, clock, ids: randomIds, registry: { address: () => 'localhost' } },
    write: (body: never) => store.write('account', body),
  } as Partial<Context> as Context;
  const { registryLogin: { username = '', password = '' } = {} } =
    await registryLogins.CreateContainerServiceRegistryLogin(ctx);
  return { username, password };
};

test('F439 a login may push to the registry of its scope until its twelve hours are over, beside others', async () => {
  const rights = createRegistryRights(store, clock);
  const first = await logIn();
  now += 6 * hour;
  const second = await logIn();
  expect(await rights.mayPush(first)).toEqual(scope);
  expect(await rights.mayPush(second)).toEqual(scope);
  now += 6 * hour - 1;
  expect(await rights.mayPush(first)).toEqual(scope);
  now += 1;
  expect(await rights.mayPush(first)).toBeUndefined();
  expect(await rights.mayPush(second)).toEqual(scope);
  await logIn();
  expect(await store.read((tx) => tx.all('select password from registry_login'))).toHaveLength(2);
});

test('a wrong login may nothing, and no password lies in the store', async () => {
  const rights = createRegistryRights(store, clock);
  const login = await logIn();
  expect(await rights.mayPush({ ...login, password: `${login.password}x` })).toBeUndefined();
  expect(await rights.mayPush({ ...login, username: 'somebody' })).toBeUndefined();
  const rows = await store.read((tx) => tx.all('select * from registry_login'));
  expect(JSON.stringify(rows)).not.toContain(login.password);
});
