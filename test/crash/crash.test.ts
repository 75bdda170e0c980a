/**
 * Kills the server at random moments under a stream of calls, and looks at what is left: nothing that was answered is lost.
 * LATEEN_CRASHES says how often (50), LATEEN_SEED repeats a run's choices.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Operation } from '../../src/api/generated/types.ts';
import { newRsaKeyPair } from '../../src/ssh/rsa.ts';
import { apiOf } from '../call.ts';
import { startServer, temporaryFolder } from '../lateen.ts';
import { lackOfPostgres, startPostgres } from '../postgres.ts';
import { chosenSeed, randomOf } from '../random.ts';
import { expectWhole, readState, type State } from '../state.ts';
import { bringKeyPair, type Tally, Writer } from './writer.ts';

const { publicKey: publicKeyBase64 } = await newRsaKeyPair(1024);

const crashes = Number(process.env.LATEEN_CRASHES ?? 50);

interface Trial {
  readonly title: string;
  readonly kills: number;
  readonly args: readonly string[];
  /** While nothing runs. */
  readonly between?: () => Promise<void>;
}

const regions = ['us-east-1', 'eu-west-1'] as const;
const names = (owner: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${owner}-${i}`);

const survive = async ({ title, kills, args, between }: Trial): Promise<void> => {
  const seed = chosenSeed();
  const random = randomOf(seed);
  const tally: Tally = { acknowledged: 0, refused: 0, happened: 0, vanished: 0 };
  console.log(`${title}: LATEEN_SEED=${seed}`);

  const data = join(temporaryFolder(), 'data');
  const options = ['--quota', 'instancesPerAccount=1000', ...args];
  const writers = regions.flatMap((region) => [
    new Writer(region, names('a', 6), false, randomOf(random.below(2 ** 32)), tally),
    new Writer(region, names('b', 6), false, randomOf(random.below(2 ** 32)), tally),
    new Writer(region, names('rival', 2), true, randomOf(random.below(2 ** 32)), tally),
    new Writer(region, names('rival', 2), true, randomOf(random.below(2 ** 32)), tally),
  ]);

  for (let killed = 0; ; ) {
    const server = await startServer({ data, args: options });
    const apis = new Map(regions.map((region) => [region as string, apiOf(server, region)]));
    const api = apis.get(regions[0])!;
    // More than anything takes.
    await api.control('AdvanceClock', { ms: 600_000 });
    const state = await readState(api, data);
    expectWhole(state);
    expectAllEnded(
      state,
      writers.flatMap(({ operations }) => operations),
    );
    for (const writer of writers) await writer.check(apis.get(writer.region)!);
    if (killed >= kills) {
      console.log(`${title}: killed ${killed} times`, tally);
      expect(tally.acknowledged).toBeGreaterThan(killed);
      expect(await server.stop()).toBe(0);
      return;
    }

    for (const some of apis.values()) await bringKeyPair(some);
    const writing = Promise.all(writers.map((writer) => writer.write(apis.get(writer.region)!)));
    // By what was answered and not by the time, so that a slow machine sees as much.
    const enough = tally.acknowledged + 1 + random.below(80);
    let over = false;
    writing
      .catch(() => {})
      .finally(() => {
        over = true;
      });
    while (tally.acknowledged < enough && !over) await sleep(1);
    await sleep(random.below(30));
    const gone = over;
    await server.kill();
    killed += 1;
    await writing;
    expect(gone, 'the server went before it was killed').toBe(false);
    await between?.();
    // What a start takes up may be cut short as well.
    if (random.below(4) === 0) {
      await startAndKill(data, options, 40 + random.below(300));
      killed += 1;
    }
  }
};

/** Every operation, and each of those that were acknowledged among them, has come to a good end. */
const expectAllEnded = (state: State, acknowledged: readonly string[]): void => {
  const operations = new Map(state('operation').map(({ id, body }) => [id, JSON.parse(String(body)) as Operation]));
  expect([...operations.values()].filter(({ isTerminal, status }) => !isTerminal || status !== 'Succeeded')).toEqual(
    [],
  );
  expect(acknowledged.filter((id) => !operations.has(id))).toEqual([]);
};

const program = new URL('../../bin/lateen.js', import.meta.url).pathname;

const startAndKill = async (data: string, options: readonly string[], ms: number): Promise<void> => {
  const child = spawn(process.execPath, [program, 'start', '--port', '0', '--data', data, ...options], {
    stdio: 'ignore',
  });
  await sleep(ms);
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
};

test('killed again and again under a stream of calls', () => survive({ title: 'SQLite', kills: crashes, args: [] }));

test('killed in the middle of tasks that take their time', () =>
  survive({ title: 'SQLite at the pace brisk', kills: Math.ceil(crashes / 3), args: ['--pace', 'brisk'] }));

test('killed during its first start', async () => {
  const random = randomOf(chosenSeed());
  for (let round = 0; round < Math.ceil(crashes / 5); round++) {
    const data = join(temporaryFolder(), 'data');
    await startAndKill(data, [], random.below(250));
    await startAndKill(data, [], random.below(250));
    const server = await startServer({ data });
    await apiOf(server).call('ImportKeyPair', { keyPairName: 'key', publicKeyBase64 });
    expect(await server.stop()).toBe(0);
  }
});

test('killed with PostgreSQL, which is killed as well', async (context) => {
  const lack = lackOfPostgres();
  context.skip(lack !== undefined, lack);
  const cluster = await startPostgres();
  try {
    const between = async (): Promise<void> => {
      await cluster.stop('immediate');
      await cluster.start();
    };
    await survive({ title: 'PostgreSQL', kills: Math.min(crashes, 5), args: ['--database-url', cluster.url], between });
  } finally {
    await cluster.remove();
  }
});
