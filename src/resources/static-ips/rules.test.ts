import { expect, test } from 'vitest';
import type { Instance, StaticIp } from '../../api/generated/types.ts';
import type { InstanceInner } from '../instances/noun.ts';
import { checkAttachment } from './rules.ts';

const address: StaticIp = { name: 'front', isAttached: false };
const instance: Instance = { name: 'web', ipAddressType: 'dualstack' };
const inner = (staticIp?: string) => ({ staticIp }) as InstanceInner;

test.each([
  [
    { ...address, isAttached: true, attachedTo: 'api' },
    instance,
    inner(),
    'The StaticIp front is already attached to the Instance api.',
  ],
  [address, instance, inner('back'), 'The Instance web already has the StaticIp back.'],
  [address, { ...instance, ipAddressType: 'ipv6' }, inner(), /^The IP address type of the Instance web is ipv6/],
] as const)('F253 one address on one instance that has IPv4: %#', (of, on, known, message) => {
  expect(() => checkAttachment(of, on, known)).toThrow(
    expect.objectContaining({
      code: 'InvalidInputException',
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    }),
  );
});

test.each(['dualstack', 'ipv4'] as const)('F253 an instance of the type %s takes one', (ipAddressType) => {
  checkAttachment(address, { ...instance, ipAddressType }, inner());
});
