import { creation, makeInstances, namesOf, untilRunning } from '../instances.mjs';
import { call, drive, eachOnce, inTurns, openConnection, repeatedly } from '../load.mjs';
import { memoryOf, signerOf, startLateen, temporaryFolder } from '../program.mjs';
import { createSeries, median, row } from '../table.mjs';

export const title = 'With 100,000 instances in the store';

const rounds = 4;
const turnMs = 400;
const changes = 40;
/** A private network has 65,504 addresses, so the many are in two Regions. */
const many = { 'us-east-1': 50_000, 'eu-west-1': 50_000 };
const few = { 'us-east-1': 100 };
/** Where both have the same 20, and where both make more. */
const quiet = 'eu-central-1';
const growing = 'ap-south-1';
const aims = {
  'a page of 100 right after a change': '1, at most',
  'a page of 100, again and again, 32 connections': '1',
};

const startFilled = async (counts) => {
  const data = temporaryFolder();
  const server = await startLateen(data);
  const sign = signerOf(data);
  const began = performance.now();
  for (const [region, count] of Object.entries(counts)) await makeInstances(server, sign, region, count);
  const seconds = (performance.now() - began) / 1000;
  await makeInstances(server, sign, quiet, 20);
  return { server, sign, seconds, count: counts['us-east-1'] };
};

/** The requests for a page in the middle of a long listing, found by walking there. */
const pageInTheMiddle = async ({ server, sign }, pages) => {
  let request = sign('GetInstances', {});
  for (let i = 0; i < pages; i++) {
    const { nextPageToken } = await call(server.port, request);
    request = sign('GetInstances', { pageToken: nextPageToken });
  }
  return request;
};

/** Milliseconds that a request takes right after a change, which is when it is read from the database. */
const afterChange = async ({ server, sign }, request) => {
  const change = sign('TagResource', { resourceName: 'i-1', tags: [{ key: 'round', value: 'next' }] }, quiet);
  const times = [];
  const { send, close } = await openConnection(server.port);
  for (let i = 0; i < changes; i++) {
    await send(change);
    const began = performance.now();
    await send(request);
    times.push(performance.now() - began);
  }
  close();
  return median(times.sort((a, b) => a - b));
};

const answersPerSecond = async ({ server }, connections, next) =>
  (await drive(server.port, connections, next)).perSecond;

const createsPerSecond = async (store, round, { connections, calls }) => {
  const names = namesOf(`r${round}-c${connections}`, calls);
  const requests = names.map((name) => creation(store.sign, growing, [name]));
  const perSecond = await answersPerSecond(store, connections, eachOnce(requests));
  await untilRunning(store.server, store.sign, growing, names.at(-1));
  return perSecond;
};

/** By name what is done to both stores in turns, and the unit of what comes out. */
const measuresOf = (store) => {
  const { sign, count } = store;
  const spread = namesOf('i', Math.min(count, 5000)).map((instanceName) => sign('GetInstance', { instanceName }));
  const firstPage = sign('GetInstances', {});
  const read = (connections, next) => ({ unit: 's⁻¹', measure: () => answersPerSecond(store, connections, next()) });
  const createOne = (load) => ({ unit: 's⁻¹', measure: (round) => createsPerSecond(store, round, load) });
  return {
    'a page of 100 right after a change': { unit: 'ms', measure: () => afterChange(store, firstPage) },
    'a page of 100, again and again, 32 connections': read(32, () => repeatedly(firstPage, turnMs)),
    '`GetInstances` of 20, 1 connection': read(1, () => repeatedly(sign('GetInstances', {}, quiet), turnMs)),
    '`GetInstances` of 20, 32 connections': read(32, () => repeatedly(sign('GetInstances', {}, quiet), turnMs)),
    '`GetInstance` of different instances, 1 connection': read(1, () => inTurns(spread, turnMs)),
    '`GetInstance` of different instances, 32 connections': read(32, () => inTurns(spread, turnMs)),
    '`CreateInstances` of one, 1 connection': createOne({ connections: 1, calls: 100 }),
    '`CreateInstances` of one, 32 connections': createOne({ connections: 32, calls: 400 }),
  };
};

export const run = async () => {
  const small = await startFilled(few);
  const large = await startFilled(many);
  const middle = await pageInTheMiddle(large, 250);
  const [ofSmall, ofLarge] = [measuresOf(small), measuresOf(large)];
  const { add, of } = createSeries();
  for (let round = 0; round <= rounds; round++) {
    for (const [what, { measure }] of Object.entries(ofLarge)) {
      const here = await measure(round);
      const there = await ofSmall[what].measure(round);
      if (round === 0) continue; // Both are warm after this.
      add(what, here);
      add(`${what} ratio`, here / there);
    }
    if (round > 0) add('middle', await afterChange(large, middle));
  }
  const memory = memoryOf(large.server);
  await small.server.stop();
  await large.server.stop();

  return {
    rows: [
      row('filling it', 's', [large.seconds]),
      ...Object.entries(ofLarge).flatMap(([what, { unit }]) => [
        row(what, unit, of(what)),
        row(`${what}: **ratio** to the same with 100`, '×', of(`${what} ratio`), aims[what]),
      ]),
      row('a page of 100 from the middle, right after a change', 'ms', of('middle')),
      row('memory at the end', 'MiB', [memory]),
    ],
    notes: [
      'Filled through the API: 50,000 instances in us-east-1 and 50,000 in eu-west-1, since a private network has 65,504 addresses, 200 names per call over one connection, until the last machine runs. A second Lateen with 100 instances is asked in turns with it. Each has a Region of its own for the 20 instances of `GetInstances` and another for what is created.',
      'A page that is asked for again before anything changed comes from memory. Right after a change it is read from the database: there is a write before every single one, and the time is the median of 40.',
    ],
  };
};
