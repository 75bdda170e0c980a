import type { WindableClock } from '../clock.ts';
import type { Ids } from '../ids.ts';
import type { Store } from '../store/store.ts';
import { type Access, createAccess } from './access.ts';
import { type Authorizer, createAuthorizer } from './authorize.ts';
import { createIdentities, type Identities } from './identities.ts';
import type { Keyring } from './keyring.ts';
import { createSessions, type Sessions } from './sessions.ts';

/** Who may enter, and what they may do. */
export interface Iam {
  readonly keyring: Keyring;
  readonly access: Access;
  readonly authorizer: Authorizer;
  readonly identities: Identities;
  readonly sessions: Sessions;
  readonly clock: WindableClock;
  /** After the clock was wound or the state was replaced: nothing of what was known may be true. */
  forget(): void;
}

export const createIam = (house: {
  readonly store: Store;
  readonly ids: Ids;
  readonly clock: WindableClock;
  readonly keyring: Keyring;
}): Iam => {
  const { store, clock, keyring } = house;
  const access = createAccess(store);
  return {
    ...{ keyring, access, clock },
    authorizer: createAuthorizer(store, access, clock),
    identities: createIdentities({ ...house, access }),
    sessions: createSessions({ ...house, access }),
    forget() {
      keyring.forget();
      access.forget();
    },
  };
};
