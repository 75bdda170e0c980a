import { creation, namesOf, untilRunning } from '../instances.mjs';
import { drive, eachOnce } from '../load.mjs';
import { signerOf, startLateen, temporaryFolder } from '../program.mjs';
import { createSeries, row } from '../table.mjs';

export const title = 'Creating instances, durably';

const runs = 5;
const region = 'us-east-1';
const loads = [
  { connections: 1, calls: 500 },
  { connections: 32, calls: 2000 },
];

/** Calls of one instance each, every one answered when it is on the disk; machines are made meanwhile. */
export const run = async () => {
  const data = temporaryFolder();
  const server = await startLateen(data, { counting: true });
  const sign = signerOf(data);
  const { add, of } = createSeries();
  for (let round = 0; round <= runs; round++) {
    for (const { connections, calls } of loads) {
      const names = namesOf(`r${round}-c${connections}`, calls);
      const requests = names.map((name) => creation(sign, region, [name]));
      const before = await server.syncs();
      const { perSecond, answers } = await drive(server.port, connections, eachOnce(requests));
      const syncs = (await server.syncs()) - before;
      await untilRunning(server, sign, region, names.at(-1));
      if (round === 0) continue;
      add(`${connections} rate`, perSecond);
      add(`${connections} syncs`, syncs / answers);
    }
  }
  await server.stop();
  return {
    rows: loads.flatMap(({ connections }) => {
      const what = `\`CreateInstances\` of one, ${connections === 1 ? '1 connection' : `${connections} connections`}`;
      return [
        row(what, 's⁻¹', of(`${connections} rate`)),
        row(`${what}: syncs of the log per answer`, '×', of(`${connections} syncs`)),
      ];
    }),
    notes: [
      'An answer goes out when its commit is on the disk (`fdatasync`); what arrives together shares a sync. The tasks that make the machines run beside it on the same thread, some with a commit of their own.',
    ],
  };
};
