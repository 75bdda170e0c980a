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
