import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { createCatalogue } from '../src/catalogue.ts';
import { createSimulatedMachines } from '../src/engines/simulated/machines.ts';
import { migrate } from '../src/store/migrate.ts';
import { openSqlite } from '../src/store/sqlite/store.ts';
import type { Store } from '../src/store/store.ts';
import { type Bench, contract } from './engines/contract.ts';

let folder: string;
let store: Store;
let bench: Bench;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lateen-engine-'));
  store = openSqlite(join(folder, 'lateen.db'));
  await migrate(store);
  const clock = { now: Date.now };
  bench = {
    machines: createSimulatedMachines({ store, clock, catalogue: createCatalogue({ pace: 'instant' }) }),
    now: Date.now,
  };
});

afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

contract(() => bench);
