import type { Scope } from '../context.ts';

/** What services know of the registry that takes pushes. Each account has its own in each Region. */
export interface Registry {
  /** Host, and port where it is not that of HTTPS, which clients push to. */
  address(): string;
  /** Whether an image with this digest was pushed. */
  holds(scope: Scope, digest: string): Promise<boolean>;
}

/** A login as a client sends it. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

/** What the registry asks when somebody comes, and when it looks for what nobody needs any more. */
export interface RegistryRights {
  /** Whose registry the login may push to, now; undefined for one that is wrong or over. It allows nothing but to push. */
  mayPush(login: Login): Promise<Scope | undefined>;
  /** Digests that services of the scope have as images: all others may go once they are old. */
  inUse(scope: Scope): Promise<ReadonlySet<string>>;
}
