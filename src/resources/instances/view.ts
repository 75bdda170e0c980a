import type { AddOn, Instance, InstanceHealthStatus, Tag } from '../../api/generated/types.ts';
import type { Blueprint, Bundle } from '../../catalogue.ts';
import type { Context } from '../../context.ts';
import { iopsOf } from '../disks/view.ts';
import { openedPort } from '../ports/view.ts';
import { identity } from '../resource.ts';
import type { Addresses } from './addresses.ts';
import { type StateName, states } from './rules.ts';

/** What a launch decides about one instance. */
export interface Launch {
  readonly id: string;
  readonly name: string;
  readonly zone: string;
  readonly blueprint: Blueprint;
  readonly bundle: Bundle;
  readonly keyPairName: string;
  readonly ipAddressType: NonNullable<Instance['ipAddressType']>;
  readonly addresses: Addresses;
  readonly addOns: readonly AddOn[];
  readonly tags: readonly Tag[];
}

/** The Instance as it goes out right after its launch. */
export const newInstance = (ctx: Context, launch: Launch): Instance => {
  const { blueprint, bundle } = launch;
  const self = identity(ctx, 'Instance', launch.id, launch.name, launch.zone);
  return {
    ...self,
    ...launch.addresses,
    addOns: launch.addOns.length === 0 ? undefined : [...launch.addOns],
    blueprintId: blueprint.blueprintId,
    blueprintName: blueprint.name,
    bundleId: bundle.bundleId,
    hardware: hardwareOf(bundle, launch.name, self.createdAt),
    ipAddressType: launch.ipAddressType,
    isStaticIp: false,
    metadataOptions: {
      state: 'applied',
      httpTokens: 'optional',
      httpEndpoint: 'enabled',
      httpPutResponseHopLimit: 1,
      httpProtocolIpv6: 'disabled',
    },
    networking: {
      monthlyTransfer: { gbPerMonthAllocated: bundle.transferPerMonthInGb },
      ports: ctx.catalogue.defaultPorts(blueprint).map((port) => openedPort(port, launch.ipAddressType)),
    },
    sshKeyName: launch.keyPairName,
    state: states.pending,
    supportCode: `${ctx.scope.account}/i-0${launch.id.replaceAll('-', '').slice(0, 16)}`,
    tags: [...launch.tags],
    username: ctx.catalogue.username(blueprint),
  };
};

/** F136, F137: the system disk is shown without the name and ARN that it does not have. */
export const hardwareOf = (bundle: Bundle, name: string, createdAt: number): Instance['hardware'] => ({
  cpuCount: bundle.cpuCount,
  ramSizeInGb: bundle.ramSizeInGb,
  disks: [
    {
      attachedTo: name,
      attachmentState: 'attached',
      createdAt,
      iops: iopsOf(bundle.diskSizeInGb),
      isSystemDisk: true,
      path: '/dev/xvda',
      sizeInGb: bundle.diskSizeInGb,
    },
  ],
});

const health: Record<StateName, InstanceHealthStatus> = {
  pending: { status: 'initializing', details: [{ name: 'reachability', status: 'initializing' }] },
  running: { status: 'ok', details: [{ name: 'reachability', status: 'passed' }] },
  stopping: { status: 'insufficient-data', details: [{ name: 'reachability', status: 'insufficient-data' }] },
  stopped: { status: 'not-applicable' },
};

/** The status checks that GetInstance shows when asked: of the machine, and of what it runs on. */
export const withHealth = (body: Instance): Instance => {
  const status = health[body.state?.name as StateName];
  return { ...body, instanceStatus: status, systemStatus: status };
};
