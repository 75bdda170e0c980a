import { creation, makeInstances, namesOf, untilRunning } from '../instances.mjs';
import { drive, eachOnce, repeatedly } from '../load.mjs';
import { signerOf, startLateen, temporaryFolder } from '../program.mjs';
import { createSeries, row } from '../table.mjs';

export const title = 'Guarded, beside the same without';

const rounds = 7;
const turnMs = 600;
const calls = 600;
const region = 'us-east-1';
const unguarded = ['--throttle', 'off', '--audit-days', '0'];
/** The guard at work, with limits that nothing reaches. */
const guarded = ['--throttle', 'account=1000000:1000000', '--throttle', 'key=1000000:1000000'];

/** Two of the program in turns, one with the audit log and limits and one without. */
export const run = async () => {
  const sides = await Promise.all(
    [guarded, unguarded].map(async (options) => {
      const data = temporaryFolder();
      const server = await startLateen(data, { options });
      const sign = signerOf(data);
      await makeInstances(server, sign, region, 20);
      return { server, sign };
    }),
  );
  const { add, of } = createSeries();
  for (let round = 0; round <= rounds; round++) {
    const order = round % 2 === 0 ? sides : sides.toReversed();
    const rates = new Map();
    for (const side of order) {
      const read = await drive(side.server.port, 32, repeatedly(side.sign('GetInstance', { instanceName: 'i-7' }), turnMs));
      const names = namesOf(`r${round}`, calls);
      const made = await drive(side.server.port, 32, eachOnce(names.map((name) => creation(side.sign, region, [name]))));
      await untilRunning(side.server, side.sign, region, names.at(-1));
      rates.set(side, { read: read.perSecond, made: made.perSecond });
    }
    if (round === 0) continue;
    const [ours, bare] = sides.map((side) => rates.get(side));
    for (const kind of ['read', 'made']) {
      add(`${kind} guarded`, ours[kind]);
      add(`${kind} unguarded`, bare[kind]);
      add(`${kind} ratio`, ours[kind] / bare[kind]);
    }
  }
  for (const { server } of sides) await server.stop();
  const rowsOf = (what, kind) => [
    row(`${what}: guarded`, 's⁻¹', of(`${kind} guarded`)),
    row(`${what}: without`, 's⁻¹', of(`${kind} unguarded`)),
    row(`${what}: **ratio**`, '×', of(`${kind} ratio`), '0.85'),
  ];
  return {
    rows: [
      ...rowsOf('`GetInstance`, 32 connections', 'read'),
      ...rowsOf('`CreateInstances` of one, 32 connections', 'made'),
    ],
    notes: [
      'Guarded is with the audit log and token buckets, without is `--audit-days 0 --throttle off`. Both run at the same time and are asked in turns; the ratio is taken per pair of turns.',
    ],
  };
};
