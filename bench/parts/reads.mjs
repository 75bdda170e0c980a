import { makeInstances } from '../instances.mjs';
import { callOnce, drive, repeatedly } from '../load.mjs';
import { processorTimeOf, signerOf, startBare, startLateen, temporaryFolder } from '../program.mjs';
import { createSeries, row } from '../table.mjs';

export const title = 'Reads, beside a bare `node:http` handler';

const rounds = 5;
const turnMs = 600;
const warmUpMs = 2000;
const region = 'us-east-1';

const turn = async (server, request, connections, ms = turnMs) => {
  const before = processorTimeOf(server);
  const { answers, perSecond } = await drive(server.port, connections, repeatedly(request, ms));
  return { perSecond, cost: (processorTimeOf(server) - before) / answers };
};

/** Both servers in turns, so that what else the machine does befalls both. */
export const run = async () => {
  const data = temporaryFolder();
  const server = await startLateen(data);
  const sign = signerOf(data);
  await makeInstances(server, sign, region, 20);
  const requests = {
    GetInstances: sign('GetInstances', {}),
    GetInstance: sign('GetInstance', { instanceName: 'i-7' }),
  };
  const answers = [];
  for (const [operation, request] of Object.entries(requests))
    answers.push({ operation, ...(await callOnce(server.port, request)) });
  const bare = await startBare(answers);

  const { add, of } = createSeries();
  for (const request of Object.values(requests))
    for (const each of [server, bare]) await turn(each, request, 32, warmUpMs);
  for (let round = 0; round < rounds; round++) {
    for (const [operation, request] of Object.entries(requests)) {
      for (const connections of [1, 32]) {
        const ours = await turn(server, request, connections);
        const theirs = await turn(bare, request, connections);
        const name = `${operation} ${connections}`;
        add(`${name} ours`, ours.perSecond);
        add(`${name} bare`, theirs.perSecond);
        add(`${name} ratio`, ours.perSecond / theirs.perSecond);
        add(`${name} cost`, ours.cost);
        add(`${name} bare cost`, theirs.cost);
      }
    }
  }
  await server.stop();
  await bare.stop();

  const rows = Object.keys(requests).flatMap((operation) =>
    [1, 32].flatMap((connections) => {
      const what = `\`${operation}\`${operation === 'GetInstances' ? ' of 20' : ''}, ${connections === 1 ? '1 connection' : `${connections} connections`}`;
      const values = (kind) => of(`${operation} ${connections} ${kind}`);
      return [
        row(`${what}: Lateen`, 's⁻¹', values('ours')),
        row(`${what}: bare handler`, 's⁻¹', values('bare')),
        row(`${what}: **ratio**`, '×', values('ratio'), '0.5'),
        row(`${what}: processor time of Lateen per request`, 'µs', values('cost')),
        row(`${what}: processor time of the bare handler`, 'µs', values('bare cost')),
      ];
    }),
  );
  const sizes = answers.map(({ operation, body }) => `${operation} ${body.length.toLocaleString('en')}`).join(', ');
  return {
    rows,
    notes: [
      `Both servers in turns of ${turnMs} ms; the ratio is taken per pair of turns. The bare handler reads the body and gives the same bytes with the same headers: it parses nothing, checks no signature and asks no database. Bytes of a body: ${sizes}.`,
      'Lateen remembers what it read until something is written, so the same read again costs no query here; the last part has reads that cost one.',
    ],
  };
};
