import { bridgeSeesPackets, findRoute, letPortsReflect, meetNeighbours, routePool, unroutePool } from './host.ts';
import {
  changeText,
  lostElements,
  type NetworkedMachine,
  type NetworkPlan,
  type Parts,
  partsOf,
  tableText,
} from './ruleset.ts';
import { CommandFailure, type Run, run as runOnHost } from './run.ts';

export type { NetworkedMachine, NetworkPlan } from './ruleset.ts';

/** Public addresses and firewalls of machines, as the nft table `inet lateen` of this host. Calls may be repeated. */
export interface Network {
  /** At the start, and whenever `remains` says no: everything anew, in one change. Running connections go on. */
  restore(machines: readonly NetworkedMachine[]): Promise<void>;
  /**
   * Makes one be like this, whatever it was before. New connections are judged by it at once and established ones go on, but those
   * through an address that it lost end. An address that another machine had is its own from now on.
   */
  set(machine: NetworkedMachine): Promise<void>;
  remove(id: string): Promise<void>;
  /** After a machine has been started, which gives it a new port at the bridge: lets it reach itself at its public address. */
  started(): Promise<void>;
  /** False when somebody has taken the rules, or what they rest on, from under us. */
  remains(): Promise<boolean>;
  /** The rules stay in force. Waits for changes under way. */
  close(): Promise<void>;
  /** Takes everything away: machines are neither reached nor guarded any more. */
  teardown(): Promise<void>;
}

export interface NetworkOptions extends NetworkPlan {
  /** Name of the table, `lateen` by default. */
  readonly table?: string;
  readonly run?: Run;
}

interface Known {
  readonly machine: NetworkedMachine;
  readonly parts: Parts;
}

/** The bridge must be there before `restore`. Changes are made one after the other. */
export const createNetwork = ({ table = 'lateen', run = runOnHost, ...plan }: NetworkOptions): Network => {
  let known = new Map<string, Known>();
  let networks = new Set<string>();
  /** Elements that are gone and whose connections are still to be ended, also when the first try at it failed. */
  const owed = new Set<string>();
  let last: Promise<unknown> = Promise.resolve();

  const inTurn = <T>(change: () => Promise<T>): Promise<T> => {
    const turn = last.then(change);
    last = turn.catch(() => undefined);
    return turn;
  };

  const nft = (script: string) => run('nft', ['-f', '-'], script);

  const load = async (machines: ReadonlyMap<string, Known>) => {
    const all = [...machines.values()].map(({ parts }) => parts);
    await nft(tableText(table, plan) + changeText(table, [], all, new Set()));
    await meet([...known.values()], [...machines.values()]);
    known = new Map(machines);
    networks = new Set(all.map((parts) => parts.network));
  };

  const meet = (before: readonly Known[], after: readonly Known[]): Promise<void> => {
    const met = macs6(after);
    return meetNeighbours(run, plan.bridge, { met, left: macs6(before).filter((mac) => !met.includes(mac)) });
  };

  /** Replaces some machines; undefined takes one away. */
  const change = async (changed: ReadonlyMap<string, Known | undefined>) => {
    const before = [...changed.keys()].flatMap((id) => known.get(id) ?? []);
    const after = [...changed.values()].filter((machine) => machine !== undefined);
    const parts = (list: readonly Known[]) => list.map((each) => each.parts);
    const next = new Map(known);
    for (const [id, machine] of changed) {
      if (machine === undefined) next.delete(id);
      else next.set(id, machine);
    }
    const script = changeText(table, parts(before), parts(after), networks);
    try {
      if (script.trim() !== '') await nft(script);
      await meet(before, after);
      known = next;
      for (const each of after) networks.add(each.parts.network);
    } catch (error) {
      if (!(error instanceof CommandFailure) || error.code === undefined) throw error;
      // The table is not as we left it: somebody has changed or flushed it.
      await load(next);
    }
    for (const element of lostElements(parts(before), parts(after))) owed.add(element);
    for (const element of owed) {
      await endConnections(run, element);
      owed.delete(element);
    }
  };

  return {
    restore: (machines) =>
      inTurn(async () => {
        await bridgeSeesPackets(run, plan.bridge);
        await load(new Map(machines.map((machine) => [machine.id, { machine, parts: partsOf(machine) }])));
        await routePool(run, plan);
        await letPortsReflect(run, plan.bridge);
      }),
    started: () => inTurn(() => letPortsReflect(run, plan.bridge)),
    set: (machine) =>
      inTurn(async () => {
        const changed = new Map<string, Known>([[machine.id, { machine, parts: partsOf(machine) }]]);
        for (const { machine: other } of known.values()) {
          const left = without(other, machine);
          if (left !== other) changed.set(other.id, { machine: left, parts: partsOf(left) });
        }
        await change(changed);
      }),
    remove: (id) => inTurn(async () => (known.has(id) ? change(new Map([[id, undefined]])) : undefined)),
    remains: () =>
      inTurn(async () => {
        try {
          await run('nft', ['list', 'chain', 'inet', table, 'judge']);
          const bridge = await run('ip', ['-d', 'link', 'show', plan.bridge]);
          return bridge.includes('nf_call_iptables 1') && (await findRoute(run, plan.publicCidr)) !== '';
        } catch (error) {
          if (error instanceof CommandFailure && error.code !== undefined) return false;
          throw error;
        }
      }),
    close: async () => void (await last),
    teardown: () =>
      inTurn(async () => {
        await nft(`table inet ${table}\ndelete table inet ${table}\n`);
        await unroutePool(run, plan);
        await meet([...known.values()], []);
        known = new Map();
        networks = new Set();
      }),
  };
};

const macs6 = (machines: readonly Known[]): string[] =>
  machines.flatMap(({ machine }) => (machine.ipv6.length > 0 ? machine.mac : []));

/** The machine without the addresses that are now the other's. */
const without = (machine: NetworkedMachine, other: NetworkedMachine): NetworkedMachine => {
  if (machine.id === other.id) return machine;
  const lost = (address: string | undefined, now: string | undefined) => address !== undefined && address === now;
  const [inside, outside] = [lost(machine.privateIp, other.privateIp), lost(machine.publicIp, other.publicIp)];
  const ipv6 = machine.ipv6.filter((address) => !other.ipv6.includes(address));
  if (!inside && !outside && ipv6.length === machine.ipv6.length) return machine;
  return {
    ...machine,
    privateIp: inside ? undefined : machine.privateIp,
    publicIp: outside ? undefined : machine.publicIp,
    ipv6,
  };
};

/** By which ends the kernel finds the connections that an element of a map has let through. */
const connectionsOf: Readonly<Record<string, { readonly family: string; readonly ends: readonly string[] }>> = {
  public4: { family: 'ipv4', ends: ['--orig-dst', '--reply-dst'] },
  guard4: { family: 'ipv4', ends: ['--orig-src', '--reply-src'] },
  guard6: { family: 'ipv6', ends: ['--orig-src', '--reply-src'] },
};

/**
 * Ends the connections of an address that leads elsewhere now: the kernel keeps to the translation that a connection began with, and lets
 * it through unjudged. A machine that has gone must not leave its connections to the next one at its address.
 */
const endConnections = async (run: Run, element: string): Promise<void> => {
  const [map = '', address = ''] = element.split(' ');
  const { family, ends } = connectionsOf[map] ?? { family: '', ends: [] };
  for (const end of ends) {
    try {
      await run('conntrack', ['-D', '-f', family, end, address]);
    } catch (error) {
      // There may be none.
      if (!(error instanceof CommandFailure && error.message.includes(' 0 flow entries'))) throw error;
    }
  }
};
