import type { Clock } from '../../clock.ts';
import type { Access } from '../../iam/access.ts';
import { factsOf } from '../../iam/facts.ts';
import type { Facts } from '../../iam/policy/conditions.ts';
import type { Signed } from './signature.ts';

/** Where a request comes from, as conditions of policies know it. */
export interface Circumstances {
  readonly remoteAddress: string;
  /** Whether it came over TLS. */
  readonly secure: boolean;
  /** Of TLS: `1.3`. */
  readonly tlsVersion?: string | undefined;
}

/** What the policies of whoever signed say of an action on a resource; `allowed` for keys that no policies are about. `own` is what S3 alone knows of the request. */
export type Judge = (
  signed: Signed,
  action: string,
  resource: string,
  region: string,
  about: Circumstances,
  own: Facts,
) => Promise<'allowed' | 'explicitDeny' | 'implicitDeny'>;

/** Users and roles may do what their policies say; the account itself and the keys of buckets have none. */
export const createJudge =
  (access: Access, clock: Clock): Judge =>
  async ({ signer: { principal } }, action, resource, region, about, own) => {
    if (principal === undefined || principal.kind === 'root') return 'allowed';
    const rights = await access.rightsOf(principal);
    const common = factsOf({ ...about, principal, region, now: clock.now() });
    return rights.judge(action, resource, (key) => own(key) ?? common(key)).outcome;
  };
