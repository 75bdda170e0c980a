import { creation, makeInstances, namesOf, untilRunning } from './instances.mjs';
import { call, drive, eachOnce, inTurns, repeatedly, timeAfter } from './load.mjs';
import { memoryOf, signerOf, sizeOf, startLateen, temporaryFolder } from './program.mjs';
import { createSeries, row } from './table.mjs';

const rounds = 4;
const turnMs = 400;
const changes = 40;
const few = { 'us-east-1': 100 };
/** Where both have the same 20, and where both make more. */
const quiet = 'eu-central-1';
const growing = 'ap-south-1';
/** Regions that have to be empty at first. */
export const reserved = [quiet, growing];
const aims = {
  'a page of 100 right after a change': '1, at most',
  'a page of 100, again and again, 32 connections': '1',
};

const byCalls = async (server, data, counts) => {
  // What is signed is good for 15 minutes, and this may take longer.
  for (const [region, count] of Object.entries(counts)) await makeInstances(server, signerOf(data), region, count);
};

const startFilled = async (counts, fillIt = byCalls) => {
  const data = temporaryFolder();
  const server = await startLateen(data);
  const began = performance.now();
  await fillIt(server, data, counts);
  const seconds = (performance.now() - began) / 1000;
  const filled = memoryOf(server);
  await makeInstances(server, signerOf(data), quiet, 20);
  return { server, data, sign: signerOf(data), seconds, filled, count: counts['us-east-1'] };
};

/** A new process on the data of before. */
const startAgain = async (data) => {
  const request = signerOf(data)('GetInstances', {});
  const server = await startLateen(data);
  await call(server.port, request);
  const answered = performance.now() - server.began;
  const memory = memoryOf(server);
  await server.stop();
  return { answered, memory, files: sizeOf(data) };
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

const afterChange = ({ server, sign }, request) =>
  timeAfter(
    server.port,
    sign('TagResource', { resourceName: 'i-1', tags: [{ key: 'round', value: 'next' }] }, quiet),
    Array(changes).fill(request),
  );

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

/**
 * What a Lateen with so many instances by Region does, beside one with 100: its rows, and what there is to say of them. `fillIt` brings the many in. A private network has 65,504
 * addresses, so no Region may have more.
 */
export const besideFew = async (many, fillIt) => {
  const large = await startFilled(many, fillIt);
  const small = await startFilled(few);
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
  const again = await startAgain(large.data);

  return {
    rows: [
      row('filling it', 's', [large.seconds]),
      ...Object.entries(ofLarge).flatMap(([what, { unit }]) => [
        row(what, unit, of(what)),
        row(`${what}: **ratio** to the same with 100`, '×', of(`${what} ratio`), aims[what]),
      ]),
      row('a page of 100 from the middle, right after a change', 'ms', of('middle')),
      row('memory right after filling it', 'MiB', [large.filled]),
      row('memory at the end', 'MiB', [memory]),
      row('a start on what is there, to the first good signed answer', 'ms', [again.answered]),
      row('memory after that answer', 'MiB', [again.memory]),
      row('files of the database', 'MiB', [again.files]),
    ],
    notes: [
      'Equally many instances in each of several Regions, since a private network has 65,504 addresses. A second Lateen with 100 instances is asked in turns with it. Each has a Region of its own for the 20 instances of `GetInstances` and another for what is created.',
      'A page that is asked for again before anything changed comes from memory. Right after a change it is read from the database: there is a write before every single one, and the time is the median of 40.',
    ],
  };
};
