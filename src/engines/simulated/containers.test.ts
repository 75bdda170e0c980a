import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createCatalogue } from '../../catalogue.ts';
import { migrate } from '../../store/migrate.ts';
import { openSqlite } from '../../store/sqlite/store.ts';
import type { Store } from '../../store/store.ts';
import { testPostgres } from '../../store/testing.ts';
import type { ContainerServiceSpec, Containers, DeploymentSpec, HealthCheck, Stage } from '../containers.ts';
import { createSimulatedContainers } from './containers.ts';

const catalogue = createCatalogue({ pace: 'real' });
const id = 'shop';
const spec: ContainerServiceSpec = {
  ...{ id, name: 'shop', nodes: 1, node: { cpuCount: 1, ramSizeInGb: 2 }, enabled: true },
  ...{ addresses: [], hostName: 'shop.example.com', privateName: 'shop.service.local', sites: [] },
};
const healthCheck: HealthCheck = {
  ...{ healthyThreshold: 2, unhealthyThreshold: 2, timeoutSeconds: 2, intervalSeconds: 5 },
  ...{ path: '/', success: [[200, 299]] },
} as const;
const version = (number: number, image = 'nginx'): DeploymentSpec => ({
  version: number,
  containers: { web: { image, command: [], environment: {}, ports: { '80': 'HTTP' } } },
  endpoint: { container: 'web', port: 80, healthCheck },
});

const sqlite = (() => {
  let folder: string;
  return {
    name: 'SQLite',
    async open(): Promise<Store> {
      folder = mkdtempSync(join(tmpdir(), 'lateen-containers-'));
      return openSqlite(join(folder, 'lateen.db'));
    },
    remove: async () => rmSync(folder, { recursive: true }),
  };
})();

describe.each([sqlite, testPostgres()])('on $name', ({ open, remove }) => {
  let store: Store;
  let now: number;
  let containers: Containers;

  beforeEach(async () => {
    store = await open();
    await migrate(store);
    now = 1_700_000_000_000;
    containers = createSimulatedContainers(store, { now: () => now }, catalogue);
  });

  afterEach(async () => {
    await store.close();
    await remove();
  });

  /** The stages that it goes through, each asked for twice, with the clock at the end of the last. */
  const through = async (change: () => Promise<Stage | undefined>): Promise<string[]> => {
    const codes: string[] = [];
    for (;;) {
      const stage = await change();
      expect(await change()).toEqual(stage);
      if (stage === undefined) return codes;
      expect(stage.until).toBeGreaterThan(now);
      codes.push(stage.code);
      now = stage.until;
    }
  };
  const messages = async () =>
    (await containers.logs(id, { container: 'web', start: 0, end: now + 1, limit: 1_000 }))
      .map(({ message }) => message)
      .filter((message) => message.startsWith('[deployment'));

  test('changes go on in stages, however often they are asked for, and are over then', async () => {
    expect(await through(() => containers.applyService(spec))).toEqual([
      'PROVISIONING_CERTIFICATE',
      'PROVISIONING_SERVICE',
    ]);
    expect(await through(() => containers.applyDeployment(id, version(1)))).toHaveLength(7);
    expect(await through(() => containers.applyDeployment(id, version(2)))).toEqual([
      'CREATING_DEPLOYMENT',
      'EVALUATING_HEALTH_CHECK',
      'ACTIVATING_DEPLOYMENT',
    ]);
    expect(await through(() => containers.applyService({ ...spec, nodes: 2 }))).toEqual(['PROVISIONING_SERVICE']);
    now += 60_000;
    expect(await messages()).toEqual([
      '[deployment:1] Starting 1 node',
      '[deployment:1] Reached a steady state',
      '[deployment:2] Starting 1 node',
      '[deployment:1] Stopping',
      '[deployment:2] Reached a steady state',
      '[deployment:2] Stopping',
      '[deployment:2] Starting 2 nodes',
      '[deployment:2] Reached a steady state',
    ]);
    expect(await containers.removeService(id)).toEqual({ until: now + 30_000 });
    now += 30_000;
    expect(await containers.removeService(id)).toBeUndefined();
    expect(await containers.removeService(id)).toBeUndefined();
    for (const table of ['machine', 'container_run'])
      expect(await store.read((tx) => tx.all(`select * from ${table}`))).toEqual([]);
  });

  test('a version that comes to nothing, or is withdrawn, leaves the one before it running', async () => {
    await through(() => containers.applyService(spec));
    await through(() => containers.applyDeployment(id, version(1)));
    const failing = () => containers.applyDeployment(id, version(2, 'redis'));
    expect((await failing())?.code).toBe('CREATING_DEPLOYMENT');
    now += 600_000;
    await expect(failing()).rejects.toThrow('is not healthy');
    await expect(failing()).rejects.toThrow('is not healthy');
    await containers.withdrawDeployment(id, 2);
    await containers.withdrawDeployment(id, 2);
    // Also one that had taken its place already.
    await through(() => containers.applyDeployment(id, version(3)));
    await containers.withdrawDeployment(id, 3);
    expect(await through(() => containers.applyDeployment(id, version(1)))).toEqual([]);
    now += 600_000;
    const query = { start: now - 600_000, end: now, period: 300_000 } as const;
    expect(await containers.metrics(id, { ...query, metric: 'CPUUtilization' })).not.toEqual([]);
    expect((await messages()).filter((message) => message.includes('deployment:2'))).toHaveLength(3);
  });

  test('a log is read from wherever it is asked for, and of one that is not there is none', async () => {
    await through(() => containers.applyService(spec));
    await through(() => containers.applyDeployment(id, version(1)));
    now += 3_600_000;
    const all = await containers.logs(id, { container: 'web', start: 0, end: now, limit: 10_000 });
    const middle = all[300]!.at;
    const rest = await containers.logs(id, { container: 'web', start: middle, end: now, limit: 10_000 });
    expect(rest).toEqual(all.filter(({ at }) => at >= middle));
    expect(await containers.logs(id, { container: 'web', start: middle, end: now, limit: 5 })).toEqual(
      rest.slice(0, 5),
    );
    expect(await containers.logs(id, { container: 'other', start: 0, end: now, limit: 5 })).toEqual([]);
    expect(await containers.logs('nobody', { container: 'web', start: 0, end: now, limit: 5 })).toEqual([]);
    await expect(containers.applyDeployment('nobody', version(1))).rejects.toThrow('there is no simulated service');
  });
});
