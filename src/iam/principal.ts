import type { IdentityRow } from '../store/records/identities.ts';

/** Who a key stands for. */
export interface Principal {
  /** `root` may do everything in its account, whatever policies say; `role` is a session of one. */
  readonly kind: 'root' | 'user' | 'role';
  readonly account: string;
  /** As refusals and GetCallerIdentity tell it: `arn:aws:iam::...:root`, `...:user/ann`, `arn:aws:sts::...:assumed-role/deploy/session`. */
  readonly arn: string;
  /** What `aws:userid` is: the account, `AIDA...`, or `AROA...:session`. */
  readonly userId: string;
  /** Of the user or the role whose policies hold; root has none. */
  readonly identity?: Identity;
  /** JSON texts of the policies that the session was made with: it may do no more than they allow. */
  readonly sessionPolicies?: readonly string[];
}

/** A user or a role, as a principal refers to it. */
export interface Identity {
  readonly id: string;
  readonly name: string;
  readonly arn: string;
}

export const rootOf = (account: string): Principal => ({
  kind: 'root',
  account,
  arn: `arn:aws:iam::${account}:root`,
  userId: account,
});

export const identityArn = ({ account, kind, name }: Pick<IdentityRow, 'account' | 'kind' | 'name'>): string =>
  `arn:aws:iam::${account}:${kind}/${name}`;

/** Whom a key stands for: the account itself when there is no identity, and a session when it is a role's. */
export const principalOf = (
  account: string,
  identity: IdentityRow | undefined,
  { session, policies }: { readonly session?: string | undefined; readonly policies?: readonly string[] | undefined },
): Principal => {
  if (identity === undefined) return rootOf(account);
  const { id, kind, name } = identity;
  const own = { id, name, arn: identityArn(identity) };
  const narrowed = policies === undefined ? {} : { sessionPolicies: policies };
  return kind === 'user'
    ? { kind, account, arn: own.arn, userId: id, identity: own, ...narrowed }
    : {
        ...{ kind, account, identity: own, ...narrowed },
        arn: `arn:aws:sts::${account}:assumed-role/${name}/${session}`,
        userId: `${id}:${session}`,
      };
};
