import type { HostKeyAttributes, Instance } from '../../api/generated/types.ts';
import type { HolderInner } from '../add-ons/holder.ts';
import type { OriginInner } from '../distributions/origin-use.ts';
import type { Noun, Resource } from '../resource.ts';

/** The desktop of a virtual computer for research, since it was opened first and until the instance stops. Times in ms. */
export interface Desktop {
  readonly status:
    | 'starting'
    | 'started'
    | 'stopping'
    | 'stopped'
    | 'failedStartingGUISession'
    | 'failedStoppingGUISession';
  readonly since: number;
  /** The end of its sessions. */
  readonly until?: number | undefined;
  readonly failureReason?: string | undefined;
}

/** What Lateen knows of an instance beside what it shows. Its secrets: `authority`, `userData`, `password`, `ciphertext`, `desktop`. */
export interface InstanceInner extends HolderInner, OriginInner {
  readonly platform: 'LINUX_UNIX' | 'WINDOWS';
  /** Whether it was made with the default key pair: then a Windows password is shown in the clear (F145). */
  readonly defaultKeyPair: boolean;
  /** OpenSSH line of the key pair at the time of the launch; the instance keeps it when the key pair goes. */
  readonly authorizedKey: string;
  /** OpenSSH line of the authority whose certificates may log in (F144). */
  readonly userAuthority: string;
  readonly knownHostKeys: { readonly ssh?: HostKeyAttributes[]; readonly rdp?: HostKeyAttributes[] };
  /** The address before the last stop: the next one is another (F126). */
  readonly lastPublicIp?: string | undefined;
  /** Name of the static IP that it has. */
  readonly staticIp?: string | undefined;
  /** Names of the load balancers that it is a target of. */
  readonly loadBalancers?: readonly string[] | undefined;
  /** Names of the buckets that it has access to. */
  readonly buckets?: readonly string[] | undefined;
  /** When it ran first, in ms. */
  readonly launchedAt?: number | undefined;
  /** Set by a forced stop while a normal one hangs (F128). */
  readonly forceStop?: boolean | undefined;
  readonly desktop?: Desktop | undefined;
}

export type InstanceResource = Resource<Instance, InstanceInner>;

export const instance: Noun<Instance, InstanceInner> = {
  kind: 'Instance',
  shape: 'Instance',
  state: (body) => body.state?.name ?? 'pending',
};
