import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Catalogue } from '../../catalogue.ts';
import type { Clock } from '../../clock.ts';
import type { InstanceKeys } from '../../iam/instance-keys.ts';
import type { Ids } from '../../ids.ts';
import { writeWhole } from '../../store/files.ts';
import type { Store } from '../../store/store.ts';
import { EngineRefusal, type Machines } from '../machine.ts';
import { createSightings, createSimulatedBalancers } from '../simulated/balancers.ts';
import { gatewayOf, isPrivatePrefix } from './bridge.ts';
import { createCertificates } from './certificates.ts';
import { openIncus } from './client.ts';
import { addressOf, type IncusOptions, privateNetwork, project } from './config.ts';
import { createIncusConsole } from './console.ts';
import { createDrift, withoutDoubles } from './drift.ts';
import { offerOf } from './images-offer.ts';
import { createInstances } from './instances.ts';
import { createIncusMachines, networked } from './machines.ts';
import { createAddressBook, createMetadata } from './metadata.ts';
import { createMetrics } from './metrics.ts';
import { otherRoute } from './network/host.ts';
import { createNetwork, type NetworkPlan } from './network/network.ts';
import { run } from './network/run.ts';
import { reviveMachines } from './revive.ts';
import { examine, prepare, tell } from './setup.ts';
import { createIncusDisks } from './volumes-engine.ts';
import { createLeftDevices } from './volumes-left.ts';
import { createLoops } from './volumes-loop.ts';
import { createPool } from './volumes-pool.ts';
import { watchMachines } from './watch.ts';

export interface IncusEngineOptions {
  readonly options: IncusOptions;
  /** The data directory. */
  readonly data: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly catalogue: Catalogue;
  readonly ids: Ids;
  /** The IPv4 network of public addresses, and whether the operator said so: then it is routed here. */
  readonly publicCidr: string;
  readonly publicIsRouted: boolean;
  readonly log: (line: Record<string, unknown>) => void;
  /** What instances sign their requests for objects with. */
  readonly instanceKeys: Pick<InstanceKeys, 'issue'>;
  /** TCP ports of the host that machines may connect to. */
  readonly hostPorts: readonly number[];
}

/** No image has one, so nothing that was created can ask for it. */
const refuseDesktop = (): Promise<never> => Promise.reject(new EngineRefusal('The machine has no desktop.'));
const noDesktops: Pick<Machines, 'startDesktop' | 'stopDesktop'> = {
  startDesktop: refuseDesktop,
  stopDesktop: refuseDesktop,
};

/** Where the metadata service listens at the bridge. */
const metadataPort = 8169;

export interface IncusEngine extends Machines {
  /** The IPv6 network that machines have addresses of. */
  readonly ipv6Prefix: string | undefined;
  close(): Promise<void>;
}

/** Machines that run, as instances of an Incus. Throws, in words for people, when this Incus or this host cannot have them. */
export const startIncusEngine = async (world: IncusEngineOptions): Promise<IncusEngine> => {
  const { options, store, clock, catalogue, log } = world;
  const owner = ownerOf(world.data, world.ids);
  const incus = openIncus(addressOf(options), project);
  try {
    const findings = await examine(incus, options);
    if (findings.length > 0) throw new Error(findings.map(tell).join('\n'));
    await refuseOtherRoute(options);
    const ipv6Prefix = await prepare(incus, options, owner);
    const instances = createInstances(incus, owner);
    const network = createNetwork({
      bridge: options.incusNetwork,
      gateway: privateNetwork.bridge,
      privateCidr: privateNetwork.cidr,
      ipv6: ipv6Prefix === undefined ? undefined : ipv6Plan(ipv6Prefix),
      publicCidr: world.publicCidr,
      metadataPort,
      egress: world.publicIsRouted ? 'public' : 'host',
      hostPorts: world.hostPorts,
    });
    const book = createAddressBook();
    const all = await instances.list();
    const present = all.map(({ known }) => networked(known));
    for (const machine of present) book.put(machine);
    const untokened = new Map<string, number>();
    const metadata = createMetadata(instances, book, clock, world.ids, world.instanceKeys, (id) =>
      untokened.set(id, (untokened.get(id) ?? 0) + 1),
    );
    const bridgeAddresses = [privateNetwork.bridge, ...(ipv6Prefix === undefined ? [] : [gatewayOf(ipv6Prefix)])];
    // Before the rules of the bridge are replaced: whoever listens there already has set them.
    await metadata.listen(bridgeAddresses, metadataPort).catch((error: unknown) => {
      throw notListening(error as NodeJS.ErrnoException, options);
    });
    await network.restore(withoutDoubles(all, present));
    const metrics = createMetrics({
      ...{ incus, owner, store, clock, catalogue, log },
      untokened: (id) => untokened.get(id) ?? 0,
    });
    const {
      restore,
      close: endDisks,
      ...disks
    } = createIncusDisks({ incus, owner, options, machines: instances, clock, run, log });
    await restore();
    const machines = createIncusMachines({
      incus,
      owner,
      options,
      instances,
      network: {
        async set(machine) {
          book.put(machine);
          await network.set(machine);
        },
        async remove(id) {
          book.remove(id);
          await network.remove(id);
        },
      },
    });
    await reviveMachines(incus, instances, log);
    await network.started();
    // Balancers pass nothing on yet, but they see which machines are on.
    const sight = createSightings(store, clock, catalogue);
    return {
      ipv6Prefix,
      ...machines,
      offer: () => offerOf(incus),
      ...disks,
      metrics: metrics.metrics,
      // A start and a reboot give the machine a new port at the bridge.
      async start(id) {
        await machines.start(id);
        await network.started();
        await sight(id, 'on');
      },
      async stop(id, force) {
        await machines.stop(id, force);
        await sight(id, 'off');
      },
      async reboot(id, request) {
        await machines.reboot(id, request);
        await network.started();
        await sight(id, 'on');
      },
      async delete(id) {
        await machines.delete(id);
        untokened.delete(id);
        await metrics.forget(id);
        await sight(id, undefined);
      },
      ...createCertificates(incus, instances),
      ...noDesktops,
      ...createSimulatedBalancers(store, clock, catalogue),
      watch: (changed) =>
        watchMachines(
          incus,
          instances,
          (id, to) => {
            // It may have a new port at the bridge. Another look will find that it has not been seen to.
            if (to === 'running') network.started().catch(() => {});
            sight(id, to === 'running' ? 'on' : 'off').then(
              () => changed(id, to),
              (error: unknown) =>
                log({ level: 'error', message: `machine ${id} is not followed`, error: String(error) }),
            );
          },
          log,
        ),
      ...createDrift({
        ...{ incus, owner, book, network, networked },
        pool: createPool(incus, owner, options),
        left: createLeftDevices(run, createLoops(run)),
      }),
      console: createIncusConsole(incus, instances),
      async close() {
        await endDisks();
        await metrics.close();
        await metadata.close();
        await network.close();
        incus.close();
      },
    };
  } catch (error) {
    incus.close();
    throw error;
  }
};

const ipv6Plan = (cidr: string): NetworkPlan['ipv6'] => ({
  cidr,
  gateway: gatewayOf(cidr),
  egress: isPrivatePrefix(cidr) ? 'host' : 'routed',
});

const refuseOtherRoute = async ({ incusNetwork }: IncusOptions): Promise<void> => {
  const other = await otherRoute(run, privateNetwork.cidr, incusNetwork);
  if (other !== undefined)
    throw new Error(
      `${privateNetwork.cidr}, the network of machines, is on ${other} of this host already, and not on ${incusNetwork}.`,
    );
};

const notListening = (error: NodeJS.ErrnoException, { incus, incusNetwork }: IncusOptions): Error => {
  if (error.code === 'EADDRINUSE')
    return new Error(
      `Another Lateen has its machines on the bridge ${incusNetwork}. Stop it: a host has room for one.`,
    );
  if (error.code === 'EADDRNOTAVAIL')
    return new Error(
      `The bridge ${incusNetwork} of the Incus at ${incus} is not on this host. Lateen runs where its machines do.`,
    );
  return error;
};

/** The same after every start: what it labels is this Lateen's. */
const ownerOf = (data: string, ids: Ids): string => {
  const file = join(data, 'owner');
  if (!existsSync(file)) writeWhole(file, `${ids.uuid()}\n`);
  return readFileSync(file, 'utf8').trim();
};
