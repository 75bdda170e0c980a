import type { HostKeyAttributes } from '../../api/generated/types.ts';
import { seconds } from '../../clock.ts';
import { describeHostKey, newHostKeys } from '../../ssh/host-keys.ts';
import { newRdpCertificate } from '../../ssh/rdp-certificate.ts';

/** What a new machine would answer with: three SSH host keys, or the remote desktop's own certificate. `now` in ms. */
export const newMachineKeys = async (
  protocol: 'ssh' | 'rdp',
  name: string,
  now: number,
): Promise<Omit<HostKeyAttributes, 'witnessedAt'>[]> => {
  const described =
    protocol === 'ssh'
      ? (await newHostKeys()).map((key) => describeHostKey(key, 0))
      : [(await newRdpCertificate(name, seconds(now))).attributes];
  return described.map(({ witnessedAt: _unwitnessed, ...key }) => key);
};
