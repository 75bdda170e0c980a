import { creation, makeInstances, namesOf, untilRunning } from '../instances.mjs';
import { drive, eachOnce, repeatedly } from '../load.mjs';
import { processorTimeOf, signerOf, startLateen, temporaryFolder, userOf } from '../program.mjs';
import { createSeries, row } from '../table.mjs';

export const title = 'Guarded, beside the same without';

const rounds = 7;
const turnMs = 600;
const calls = 600;
const region = 'us-east-1';
const unguarded = ['--audit-days', '0'];
const policies = [{ Effect: 'Allow', Action: 'lightsail:*', Resource: '*' }];
/** The guard at work, with limits that nothing reaches. */
const guarded = ['--throttle', 'account=1000000:1000000', '--throttle', 'key=1000000:1000000'];

/** Two of the program in turns, one with the audit log and limits that a user calls, and one without that root calls. */
export const run = async () => {
  const sides = await Promise.all(
    [guarded, unguarded].map(async (more) => {
      const data = temporaryFolder();
      const server = await startLateen(data, { more });
      await makeInstances(server, signerOf(data), region, 20);
      return { server, sign: more === guarded ? await userOf(data, 'user', policies) : signerOf(data) };
    }),
  );
  const { add, of } = createSeries();
  /** Answers per second and, when what they began is done, how many come of a second of the processor. */
  const measure = async ({ server }, next, settled = async () => {}) => {
    const before = processorTimeOf(server);
    const { perSecond, answers } = await drive(server.port, 32, next);
    await settled();
    return { perSecond, perProcessor: (answers / (processorTimeOf(server) - before)) * 1e6 };
  };
  for (let round = 0; round <= rounds; round++) {
    const order = round % 2 === 0 ? sides : sides.toReversed();
    const rates = new Map();
    for (const side of order) {
      const { server, sign } = side;
      const read = await measure(side, repeatedly(sign('GetInstance', { instanceName: 'i-7' }), turnMs));
      const names = namesOf(`r${round}`, calls);
      const requests = names.map((name) => creation(sign, region, [name]));
      const made = await measure(side, eachOnce(requests), () => untilRunning(server, sign, region, names.at(-1)));
      rates.set(side, { read, made });
    }
    if (round === 0) continue;
    const [ours, bare] = sides.map((side) => rates.get(side));
    for (const kind of ['read', 'made']) {
      add(`${kind} guarded`, ours[kind].perSecond);
      add(`${kind} unguarded`, bare[kind].perSecond);
      add(`${kind} ratio`, ours[kind].perSecond / bare[kind].perSecond);
      add(`${kind} processor`, ours[kind].perProcessor / bare[kind].perProcessor);
    }
  }
  for (const { server } of sides) await server.stop();
  const rowsOf = (what, kind) => [
    row(`${what}: guarded`, 's⁻¹', of(`${kind} guarded`)),
    row(`${what}: without`, 's⁻¹', of(`${kind} unguarded`)),
    row(`${what}: **ratio**`, '×', of(`${kind} ratio`), '0.85'),
    row(`${what}: **ratio** by processor time`, '×', of(`${kind} processor`), '0.85'),
  ];
  return {
    rows: [
      ...rowsOf('`GetInstance`, 32 connections', 'read'),
      ...rowsOf('`CreateInstances` of one, 32 connections', 'made'),
    ],
    notes: [
      'Guarded is with the audit log and token buckets, by a user whose policy allows all of `lightsail:*`; without is `--audit-days 0 --throttle off`, by root. Both run at the same time and are asked in turns; the ratio is taken per pair of turns. That by processor time is of answers per second of the processor, which what else the machine does befalls less.',
    ],
  };
};
