import type { Clock } from '../../clock.ts';
import { type InstanceKeys, machineIdOf } from '../../iam/instance-keys.ts';
import type { Ids } from '../../ids.ts';
import { privateNetwork } from './config.ts';
import { hostNameOf, userDataKey } from './instance-config.ts';
import type { Instances, LabelledInstance } from './instances.ts';
import { address } from './network/addresses.ts';
import { createMetadataService, type MetadataServer } from './network/metadata/service.ts';
import type { MetadataFacts } from './network/metadata/tree.ts';
import type { NetworkedMachine } from './network/network.ts';

/** Which machine has which address on the bridge. */
export interface AddressBook {
  put(machine: NetworkedMachine): void;
  remove(id: string): void;
  find(address: string): string | undefined;
  has(id: string): boolean;
  /** Ids of all. */
  machines(): string[];
}

export const createAddressBook = (): AddressBook => {
  const machines = new Map<string, string>();
  const known = new Set<string>();
  const remove = (id: string): void => {
    known.delete(id);
    for (const [address, machine] of machines) if (machine === id) machines.delete(address);
  };
  return {
    put({ id, privateIp, ipv6 }) {
      remove(id);
      known.add(id);
      if (privateIp !== undefined) machines.set(privateIp, id);
      for (const text of ipv6) machines.set(address(text, 6), id);
    },
    remove,
    find: (address) => machines.get(address),
    has: (id) => known.has(id),
    machines: () => [...known],
  };
};

/** Answers machines at 169.254.169.254 with what is true of them now. */
export const createMetadata = (
  instances: Instances,
  book: AddressBook,
  clock: Clock,
  ids: Ids,
  keys: Pick<InstanceKeys, 'issue'>,
  untokened: (machine: string) => void,
): MetadataServer =>
  createMetadataService({
    clock,
    ids,
    untokened,
    async describe(address) {
      const id = book.find(address);
      const found = id === undefined ? undefined : await instances.find(id);
      return found && { ...factsOf(found), key: () => keys.issue(found.id) };
    },
  });

export const factsOf = ({ id, known, config, created_at }: LabelledInstance): Omit<MetadataFacts, 'key'> => ({
  machine: id,
  instanceId: machineIdOf(id),
  hostname: hostNameOf(known),
  zone: known.zone,
  region: known.zone.replace(/[a-z]$/, ''),
  privateIp: known.addresses.privateIp,
  publicIp: known.addresses.publicIp,
  ipv6: known.addresses.ipv6.map((text) => address(text, 6)),
  mac: config['volatile.eth0.hwaddr'],
  privateCidr: privateNetwork.cidr,
  accountId: known.network.split(' ')[0],
  architecture: process.arch,
  createdAt: Date.parse(created_at),
  publicKeys: known.authorizedKeys.map((key, index) => ({ name: `key-${index}`, key })),
  userData: config[userDataKey] || undefined,
  options: known.metadata,
});
