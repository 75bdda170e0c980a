import limits from '../../catalogue/iam.json' with { type: 'json' };
import type { Ids } from '../ids.ts';
import type { Seal } from '../store/seal.ts';
import { newKey } from './new-key.ts';

/** Temporary credentials that an instance signs with what it asks of buckets. Times in ms of the machine's clock. */
export interface InstanceKey {
  readonly accessKeyId: string;
  readonly secret: string;
  readonly sessionToken: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** Keys of instances. None of them is kept: its token says, sealed, whose it is. */
export interface InstanceKeys {
  /** A new one for the instance with this id. */
  issue(instance: string): InstanceKey;
  /** Whose the key is that comes with this token; undefined when the token is not one of these, or of another key. */
  open(
    accessKeyId: string,
    sessionToken: string,
  ): (Pick<InstanceKey, 'secret' | 'expiresAt'> & { readonly instance: string }) | undefined;
}

/** The role that instances of Lightsail show in their metadata. */
export const instanceRole = 'AmazonLightsailInstanceRole';

/** An instance as its machine knows itself: `i-0123456789abcdef0`, from the id of its resource. */
export const machineIdOf = (instance: string): string => `i-0${instance.replaceAll('-', '').slice(0, 16)}`;

/** Who an instance is, where it has signed. */
export const roleArnOf = (account: string, instance: string): string =>
  `arn:aws:sts::${account}:assumed-role/${instanceRole}/${machineIdOf(instance)}`;

/** Tells these tokens from whatever else is sealed. */
const kind = 'instance-key';

export const createInstanceKeys = (seal: Seal, ids: Ids, now: () => number): InstanceKeys => ({
  issue(instance) {
    const { accessKeyId, secret } = newKey(ids, 'ASIA');
    const issuedAt = now();
    const expiresAt = issuedAt + limits.instanceKeySeconds * 1000;
    const sealed = seal.close(Buffer.from(JSON.stringify([kind, instance, accessKeyId, secret, expiresAt])));
    return { accessKeyId, secret, sessionToken: sealed.toString('base64'), issuedAt, expiresAt };
  },
  open(accessKeyId, sessionToken) {
    const text = seal.tryOpen(Buffer.from(sessionToken, 'base64'))?.toString();
    if (!text?.startsWith(`["${kind}",`)) return undefined;
    const [, instance, of, secret, expiresAt] = JSON.parse(text) as [string, string, string, string, number];
    return of === accessKeyId ? { instance, secret, expiresAt } : undefined;
  },
});
