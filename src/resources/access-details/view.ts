import type { HostKeyAttributes, Instance, InstanceAccessDetails } from '../../api/generated/types.ts';
import type { InstanceInner } from '../instances/noun.ts';
import { defaultKeyPairName } from '../key-pairs/rules.ts';
import { isPasswordReady } from './rules.ts';

/** What does not depend on how one logs in. The address is the public one where there is one. */
export const address = (body: Instance, hostKeys: readonly HostKeyAttributes[]): InstanceAccessDetails => ({
  hostKeys,
  instanceName: body.name,
  ipAddress: body.publicIpAddress ?? body.privateIpAddress,
  ipv6Addresses: body.ipv6Addresses,
  username: body.username,
});

/** The secrets of a Windows instance. */
export interface WindowsSecrets {
  readonly password?: string | undefined;
  readonly ciphertext?: string | undefined;
}

/** F145, F147 to F149: the password in the clear with the default key pair, and encrypted for the holder of the key pair. */
export const remoteDesktop = (
  body: Instance,
  { defaultKeyPair }: InstanceInner,
  { password = '', ciphertext = '' }: WindowsSecrets,
): InstanceAccessDetails => {
  const ready = isPasswordReady(body);
  return {
    password: ready && defaultKeyPair ? password : '',
    passwordData: { ciphertext: ready ? ciphertext : '', keyPairName: body.sshKeyName ?? defaultKeyPairName },
    protocol: 'rdp',
  };
};
