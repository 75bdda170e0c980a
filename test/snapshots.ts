import type { DiskSnapshot, InstanceSnapshot, Lightsail, Operation } from '@aws-sdk/client-lightsail';
import { expect } from 'vitest';
import { finished } from './instances.ts';

/** A disk of 8 GB in the first zone of the Region, once it is available. */
export const newDisk = async (api: Lightsail, diskName: string, sizeInGb = 8): Promise<void> => {
  const availabilityZone = `${await api.config.region()}a`;
  const { operations } = await api.createDisk({ diskName, availabilityZone, sizeInGb });
  await finished(api, operations);
};

/** A disk on an instance, once it is attached. */
export const attachedDisk = async (api: Lightsail, diskName: string, instanceName: string, diskPath: string) => {
  await newDisk(api, diskName);
  const { operations } = await api.attachDisk({ diskName, instanceName, diskPath });
  await finished(api, operations);
};

/** Expects that all that was ordered went well. */
export const succeeded = async (api: Lightsail, operations: readonly Operation[] = []): Promise<void> => {
  expect(operations.length).toBeGreaterThan(0);
  for (const { status, errorDetails } of await finished(api, operations))
    expect({ status, errorDetails }).toEqual({ status: 'Succeeded', errorDetails: undefined });
};

export const snapshotOfInstance = async (
  api: Lightsail,
  instanceName: string,
  instanceSnapshotName: string,
): Promise<InstanceSnapshot> => {
  const { operations } = await api.createInstanceSnapshot({ instanceName, instanceSnapshotName });
  await succeeded(api, operations);
  return (await api.getInstanceSnapshot({ instanceSnapshotName })).instanceSnapshot!;
};

export const snapshotOfDisk = async (
  api: Lightsail,
  of: { readonly diskName: string } | { readonly instanceName: string },
  diskSnapshotName: string,
): Promise<DiskSnapshot> => {
  const { operations } = await api.createDiskSnapshot({ ...of, diskSnapshotName });
  await succeeded(api, operations);
  return (await api.getDiskSnapshot({ diskSnapshotName })).diskSnapshot!;
};

/** An operation that goes on. */
export const begun = (type: string, resourceType: string, name: string, zone: string, details?: string) => ({
  operationType: type,
  resourceType,
  resourceName: name,
  location: { availabilityZone: zone, regionName: 'us-east-1' },
  isTerminal: false,
  status: 'Started',
  ...(details === undefined ? {} : { operationDetails: details }),
});

/** One that is done with the answer. */
export const done = (type: string, resourceType: string, name: string) => ({
  ...begun(type, resourceType, name, 'all', ''),
  isTerminal: true,
  status: 'Succeeded',
});
