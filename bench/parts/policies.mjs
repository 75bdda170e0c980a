import { makeInstances } from '../instances.mjs';
import { drive, inTurns, repeatedly } from '../load.mjs';
import { processorTimeOf, signerOf, startLateen, temporaryFolder, userOf } from '../program.mjs';
import { createSeries, row } from '../table.mjs';

export const title = 'A user with policies, beside root';

const rounds = 5;
const turnMs = 600;
const warmUpMs = 2000;
const region = 'us-east-1';
const connections = 32;

/** One that hangs on nothing of the resource, and one that makes every call look its resource up. */
const policies = {
  'by action': [{ Effect: 'Allow', Action: 'lightsail:*', Resource: '*' }],
  'by ARN and address': [
    { Effect: 'Allow', Action: 'lightsail:Get*', Resource: `arn:aws:lightsail:${region}:*:Instance/*` },
    {
      Effect: 'Deny',
      Action: '*',
      Resource: '*',
      Condition: { NotIpAddress: { 'aws:SourceIp': ['127.0.0.0/8', '::1'] } },
    },
  ],
};

const turn = async (server, next) => {
  const before = processorTimeOf(server);
  const { answers, perSecond } = await drive(server.port, connections, next);
  return { perSecond, cost: (processorTimeOf(server) - before) / answers };
};

/** Root and users in turns on one Lateen. */
export const run = async () => {
  const data = temporaryFolder();
  const server = await startLateen(data, { more: ['--throttle', 'off'] });
  const root = signerOf(data);
  await makeInstances(server, root, region, 20);
  const names = Array.from({ length: 20 }, (_, i) => `i-${i + 1}`);
  const requestsOf = (sign) => ({
    GetInstances: [sign('GetInstances', {})],
    GetInstance: names.map((instanceName) => sign('GetInstance', { instanceName })),
  });
  const users = [];
  for (const [what, statements] of Object.entries(policies)) {
    users.push({ what, requests: requestsOf(await userOf(data, `user-${users.length}`, statements)) });
  }
  const asRoot = requestsOf(root);

  const { add, of } = createSeries();
  await drive(server.port, connections, repeatedly(asRoot.GetInstance[0], warmUpMs));
  for (const { requests } of users) await drive(server.port, connections, inTurns(requests.GetInstance, warmUpMs));
  for (let round = 0; round < rounds; round++) {
    for (const { what, requests } of users) {
      for (const operation of Object.keys(asRoot)) {
        const without = await turn(server, inTurns(asRoot[operation], turnMs));
        const withThem = await turn(server, inTurns(requests[operation], turnMs));
        const name = `\`${operation}\`, a policy ${what}`;
        add(`${name}: user`, withThem.perSecond);
        add(`${name}: root`, without.perSecond);
        add(`${name}: ratio`, withThem.perSecond / without.perSecond);
        add(`${name}: processor time ratio`, without.cost / withThem.cost);
      }
    }
  }
  await server.stop();

  const rows = users.flatMap(({ what }) =>
    Object.keys(asRoot).flatMap((operation) => {
      const name = `\`${operation}\`, a policy ${what}`;
      return [
        row(`${name}: user`, 's⁻¹', of(`${name}: user`)),
        row(`${name}: root`, 's⁻¹', of(`${name}: root`)),
        row(`${name}: **ratio**`, '×', of(`${name}: ratio`), '0.85'),
        row(`${name}: **ratio** by processor time`, '×', of(`${name}: processor time ratio`), '0.85'),
      ];
    }),
  );
  return {
    rows,
    notes: [
      `Root, whom no policy concerns, and a user in turns of ${turnMs} ms over ${connections} connections. A policy by ARN makes every call of \`GetInstance\` look up what it names before it is let in, in one indexed read; the same throttling and audit log for both.`,
    ],
  };
};
