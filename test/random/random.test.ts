/** Any calls in any order, over all families at once: LATEEN_CALLS of them, from LATEEN_SEED. */
import { expect, test } from 'vitest';
import { apiOf } from '../call.ts';
import { startServer } from '../lateen.ts';
import { lackOfPostgres, startPostgres } from '../postgres.ts';
import { chosenSeed, randomOf } from '../random.ts';
import { expectWhole, readState } from '../state.ts';
import { type Call, Given, randomCall } from './calls.ts';

const calls = Number(process.env.LATEEN_CALLS ?? 10_000);

/** How often each operation was answered, and refused. */
class Tally {
  readonly #counts = new Map<string, { done: number; refused: Map<string, number> }>();

  add(operation: string, message: string | undefined): void {
    const count = this.#counts.get(operation) ?? { done: 0, refused: new Map() };
    this.#counts.set(operation, count);
    if (message === undefined) count.done += 1;
    else count.refused.set(message, (count.refused.get(message) ?? 0) + 1);
  }

  /** Operations that were never done, with what they were told most. */
  get never(): string[] {
    return [...this.#counts]
      .filter(([, { done }]) => done === 0)
      .map(([operation, { refused }]) => `${operation}: ${[...refused].sort((a, b) => b[1] - a[1])[0]?.join(' x ')}`);
  }

  get done(): number {
    return [...this.#counts.values()].reduce((sum, { done }) => sum + done, 0);
  }
}

/** Makes that many calls, and holds what is there to account in between and at the end. */
const survive = async (calls: number, args: readonly string[] = []): Promise<void> => {
  const server = await startServer({ args: ['--pace', 'real', ...args] });
  const api = apiOf(server);
  const seed = chosenSeed();
  const random = randomOf(seed);
  const tally = new Tally();
  const given = new Given();
  const ask = async ({ operation, input }: Call): Promise<void> => {
    const { status, error, message, body } = await api.ask(operation, input);
    expect({ operation, input, status, error, message }).toMatchObject({
      status: expect.toSatisfy((code) => code < 500),
    });
    if (status === 200) given.learn(body);
    tally.add(operation, status === 200 ? undefined : `${error}: ${message}`);
  };
  for (let made = 0; made < calls; ) {
    // Some at once, so that they meet in the middle of each other's tasks.
    const together = 1 + random.below(6);
    await Promise.all(Array.from({ length: together }, () => ask(randomCall(random, given))));
    made += together;
    if (random.below(4) === 0)
      await api.control('AdvanceClock', { ms: random.pick([1_000, 15_000, 120_000, 3_600_000]) });
    // In the middle of it all too.
    if (random.below(20) === 0) expect((await api.control('CheckState')).findings, `after ${made} calls`).toEqual([]);
  }
  console.log(`LATEEN_SEED=${seed}: ${tally.done} of ${calls} done\nnever done:\n${tally.never.join('\n')}`);
  // To the end of an hour: automatic snapshots begin in its first three quarters.
  const [hour, { now }] = [3_600_000, await api.control('GetClock')];
  await api.control('AdvanceClock', { ms: 6 * hour + ((55 * 60_000 - (Number(now) % hour) + hour) % hour) });
  expectWhole(await readState(api, server.data));
  expect(await server.stop()).toBe(0);
};

test('whatever is called, nothing hangs, nothing dangles and nothing is lost', () => survive(calls));

test('the same on PostgreSQL', async (context) => {
  const lack = lackOfPostgres();
  context.skip(lack !== undefined, lack);
  const cluster = await startPostgres();
  try {
    await survive(Math.ceil(calls / 5), ['--database-url', cluster.url]);
  } finally {
    await cluster.remove();
  }
});
