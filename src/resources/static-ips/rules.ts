import type { Instance, StaticIp } from '../../api/generated/types.ts';
import { invalidInput } from '../../errors.ts';
import type { InstanceInner } from '../instances/noun.ts';

/** One address on one instance (F253), in whatever state. Throws InvalidInputException. */
export const checkAttachment = (address: StaticIp, instance: Instance, inner: InstanceInner): void => {
  if (address.isAttached) {
    throw invalidInput(
      `The StaticIp ${address.name} is already attached to the Instance ${address.attachedTo}.`,
      'Detach it first.',
    );
  }
  if (inner.staticIp !== undefined) {
    throw invalidInput(
      `The Instance ${instance.name} already has the StaticIp ${inner.staticIp}.`,
      'Detach that one first.',
    );
  }
  if (instance.ipAddressType === 'ipv6') {
    throw invalidInput(
      `The IP address type of the Instance ${instance.name} is ipv6, and a static IP is an IPv4 address.`,
      'SetIpAddressType changes it to dualstack or ipv4.',
    );
  }
};
