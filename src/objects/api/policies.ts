import type { Clock } from '../../clock.ts';
import type { Access } from '../../iam/access.ts';
import { factsOf } from '../../iam/facts.ts';
import type { Signed } from './signature.ts';

/** Where a request comes from, as conditions of policies know it. */
export interface Circumstances {
  readonly remoteAddress: string;
  /** Whether it came over TLS. */
  readonly secure: boolean;
}

/** What the policies of whoever signed say of an action on a resource; `allowed` for keys that no policies are about. */
export type Judge = (
  signed: Signed,
  action: string,
  resource: string,
  region: string,
  about: Circumstances,
) => Promise<'allowed' | 'explicitDeny' | 'implicitDeny'>;

/** Users and roles may do what their policies say; the account itself and the keys of buckets have none. */
export const createJudge =
  (access: Access, clock: Clock): Judge =>
  async ({ signer: { principal } }, action, resource, region, about) => {
    if (principal === undefined || principal.kind === 'root') return 'allowed';
    const rights = await access.rightsOf(principal);
    return rights.judge(action, resource, factsOf({ ...about, principal, region, now: clock.now() })).outcome;
  };
