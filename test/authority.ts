import { join } from 'node:path';
import { type Authority, createAuthority } from '../src/certificates/authority.ts';
import type { Clock } from '../src/clock.ts';
import { randomIds } from '../src/ids.ts';
import { migrate } from '../src/store/migrate.ts';
import { createSeal, type Seal } from '../src/store/seal.ts';
import { openSqlite } from '../src/store/sqlite/store.ts';
import type { Store } from '../src/store/store.ts';
import { temporaryFolder } from './lateen.ts';

/** A certificate authority in a store of its own, which whoever asked for it closes. */
export interface TestAuthority {
  readonly store: Store;
  readonly seal: Seal;
  readonly authority: Authority;
}

export const newAuthority = async (clock: Clock = { now: Date.now }): Promise<TestAuthority> => {
  const store = openSqlite(join(temporaryFolder(), 'lateen.db'));
  await migrate(store);
  const seal = createSeal(randomIds.bytes(32), randomIds);
  return { store, seal, authority: createAuthority({ store, seal, clock, publish: () => {} }) };
};
