import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { EngineRefusal, type MachineSpec, type Machines, type Observation } from '../../src/engines/machine.ts';
import { newAuthority } from '../../src/ssh/certificate.ts';

/** What an engine is tested with. */
export interface Bench {
  readonly machines: Machines;
  /** Milliseconds of the clock that the engine sees. */
  now(): number;
}

let addresses = 20;

/** A small machine with addresses of its own. */
export const newSpec = (more: Partial<MachineSpec> = {}): MachineSpec => {
  const host = addresses++;
  return {
    id: randomUUID(),
    name: `machine-${host}`,
    zone: 'us-east-1a',
    network: '111111111111 us-east-1',
    blueprintId: 'debian_12',
    username: 'admin',
    size: { cpuCount: 1, ramSizeInGb: 0.5, diskSizeInGb: 8 },
    addresses: { privateIp: `172.26.250.${host}`, publicIp: `198.19.250.${host}`, ipv6: [] },
    firewall: [{ protocol: 'tcp', fromPort: 22, toPort: 22, cidrs: ['0.0.0.0/0'], ipv6Cidrs: [] }],
    metadata: {
      httpTokens: 'optional',
      httpEndpoint: 'enabled',
      httpPutResponseHopLimit: 1,
      httpProtocolIpv6: 'disabled',
    },
    authorizedKeys: [],
    userAuthority: newAuthority().publicKey,
    ...more,
  };
};

/** Resolves when the machine is in the state. */
export const settled = async ({ machines }: Bench, id: string, state: Observation['state']): Promise<void> => {
  while ((await machines.observe(id))?.state !== state) await sleep(50);
};

/** What every engine does alike. `bench` is called in each test, and whoever gives it cleans up what is left. */
export const contract = (bench: () => Bench): void => {
  const booted = async (more?: Partial<MachineSpec>): Promise<MachineSpec> => {
    const spec = newSpec(more);
    const { machines } = bench();
    await machines.create(spec);
    await machines.start(spec.id);
    await settled(bench(), spec.id, 'running');
    return spec;
  };

  test('a machine is made, started, stopped, started and deleted, and every call may be repeated', async () => {
    const { machines } = bench();
    const { id, ...spec } = newSpec();
    const twice = async (change: () => Promise<void>): Promise<void> => {
      await change();
      await change();
    };
    expect(await machines.observe(id)).toBeUndefined();
    await twice(() => machines.create({ id, ...spec }));
    for (const force of [false, true]) {
      await twice(() => machines.start(id));
      await settled(bench(), id, 'running');
      await twice(() => machines.stop(id, force));
      await settled(bench(), id, 'stopped');
    }
    await twice(() => machines.delete(id));
    expect(await machines.observe(id)).toBeUndefined();
  });

  test('a machine that is not there is refused, and nothing is left to delete', async () => {
    const { machines } = bench();
    const { id, size, addresses, firewall, metadata } = newSpec();
    for (const change of [
      () => machines.start(id),
      () => machines.reboot(id, 'request'),
      () => machines.resize(id, size),
      () => machines.setAddresses(id, addresses),
      () => machines.setFirewall(id, firewall),
      () => machines.setMetadata(id, metadata),
      () => machines.hostKeys(id, 'ssh'),
    ]) {
      await expect(change()).rejects.toThrow(EngineRefusal);
    }
    await machines.delete(id);
    expect(await machines.observe(id)).toBeUndefined();
  });

  test('a machine of a snapshot that is not there is refused, and leaves nothing', async () => {
    const { machines } = bench();
    const spec = newSpec({ from: randomUUID() });
    await expect(machines.create(spec)).rejects.toThrow(EngineRefusal);
    expect(await machines.observe(spec.id)).toBeUndefined();
  });

  test('a running machine takes changes and is running after a reboot', async () => {
    const { machines } = bench();
    const { id, addresses, metadata } = await booted();
    await machines.setAddresses(id, { ...addresses, publicIp: undefined });
    await machines.setAddresses(id, addresses);
    await machines.setFirewall(id, []);
    await machines.setMetadata(id, { ...metadata, httpTokens: 'required' });
    await machines.reboot(id, 'once');
    await settled(bench(), id, 'running');
    await machines.reboot(id, 'once');
    await settled(bench(), id, 'running');
    await machines.delete(id);
  });

  test('a stopped machine takes another size', async () => {
    const { machines } = bench();
    const { id } = await booted();
    await machines.stop(id, true);
    await settled(bench(), id, 'stopped');
    await machines.resize(id, { cpuCount: 2, ramSizeInGb: 1, diskSizeInGb: 10 });
    await machines.start(id);
    await settled(bench(), id, 'running');
    await machines.delete(id);
  });

  test('machines are made at the same time, each with host keys of its own', async () => {
    const { machines } = bench();
    const specs = await Promise.all([booted(), booted()]);
    const keys = await Promise.all(
      specs.map(async ({ id }) => {
        for (;;) {
          const seen = await machines.hostKeys(id, 'ssh');
          if (seen.length > 0) return seen;
          await sleep(100);
        }
      }),
    );
    for (const seen of keys) {
      expect(seen.map(({ algorithm }) => algorithm)).toEqual(['ssh-rsa', 'ssh-ed25519', 'ecdsa-sha2-nistp256']);
      for (const key of seen) expect(key.fingerprintSHA256).toMatch(/^SHA256:[\w+/]{43}$/);
    }
    expect(new Set(keys.flat().map(({ publicKey }) => publicKey)).size).toBe(6);
    expect(await machines.hostKeys(specs[0]!.id, 'ssh')).toEqual(keys[0]);
    await Promise.all(specs.map(({ id }) => machines.delete(id)));
  });

  test('a disk goes from machine to machine, into a snapshot and out of it, and every call may be repeated', async () => {
    const { machines, now } = bench();
    /** Asks until it is done, and once more. */
    const done = async (change: () => Promise<unknown>) => {
      for (let repeated = false; ; repeated = true) {
        for (;;) {
          const { until } = ((await change()) ?? {}) as { readonly until?: number };
          if (until === undefined) break;
          await sleep(Math.max(0, until - now()));
        }
        if (repeated) return;
      }
    };
    const [{ id: one, zone }, { id: other }] = await Promise.all([booted(), booted()]);
    const [volume, second, snapshot, copy] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
    const path = '/dev/xvdf';
    await done(() => machines.createVolume({ id: volume, name: 'data', zone, sizeInGb: 8 }));
    for (const machine of [one, other]) {
      await done(() => machines.attachVolume(volume, machine, path));
      if (machine === one) await done(() => machines.detachVolume(volume, machine));
    }
    await done(() => machines.snapshotVolume(snapshot, volume));
    await done(() => machines.snapshotProgress(snapshot));
    expect((await machines.snapshotProgress(snapshot)).percent).toBe(100);
    await done(() => machines.copySnapshot(copy, snapshot));
    await done(() => machines.deleteSnapshot(snapshot));
    await expect(machines.snapshotProgress(snapshot)).rejects.toThrow(EngineRefusal);
    await done(() => machines.createVolume({ id: second, name: 'more', zone, sizeInGb: 16, from: { snapshot: copy } }));
    await done(() => machines.deleteSnapshot(copy));
    await Promise.all([one, other].map((id) => machines.delete(id)));
    // A machine that is gone holds nothing.
    await done(() => machines.detachVolume(volume, other));
    for (const id of [volume, second]) await done(() => machines.deleteVolume(id));
  });

  test('a snapshot of a machine is what another begins as, after the first has gone', async () => {
    const { machines, now } = bench();
    const { id } = await booted();
    const snapshot = randomUUID();
    await machines.snapshotMachine(snapshot, id, []);
    await machines.snapshotMachine(snapshot, id, []);
    await machines.delete(id);
    for (let until: number | undefined = 0; until !== undefined; { until } = await machines.snapshotProgress(snapshot))
      await sleep(Math.max(0, until - now()));
    const again = await booted({ from: snapshot });
    expect(await machines.observe(again.id)).toEqual({ state: 'running' });
    await machines.delete(again.id);
    await machines.deleteSnapshot(snapshot);
    await machines.deleteSnapshot(snapshot);
  });

  test('the log of a machine that boots can be read, and what is not there has none', async () => {
    const { machines } = bench();
    const { id } = await booted();
    while ((await machines.console.log(id)) === '') await sleep(100);
    await machines.delete(id);
    await expect(machines.console.log(id)).rejects.toThrow(EngineRefusal);
    await expect(machines.console.terminal(id, { columns: 80, rows: 24 })).rejects.toThrow(EngineRefusal);
  });

  test('there are no figures of a time when there was no machine', async () => {
    const { machines, now } = bench();
    const { id } = await booted();
    const [start, end] = [now() - 7_200_000, now() - 3_600_000];
    expect(await machines.metrics(id, { metric: 'CPUUtilization', start, end, period: 300_000 })).toEqual([]);
    await machines.delete(id);
  });
};
