import { join } from 'node:path';
import { call, timeAfter } from '../load.mjs';
import { createObjectSigner, fillIndex } from '../objects.mjs';
import { credentialsOf, signerOf, startLateen, temporaryFolder } from '../program.mjs';
import { createSeries, row } from '../table.mjs';

export const title = 'Pages of a bucket with 1,000,000 objects';

const rounds = 6;
const pages = 15;
const bucket = 'many';
const few = { count: 1_000, folders: 1 };
const many = { count: 1_000_000, folders: 1_000 };

/** What a page is asked for with, at a place of the bucket from 0 to before 1; and a bucket with as much to show on a page. */
const measures = {
  'a page of 1,000 objects': { query: (folder) => ({ prefix: `p-${folder}/` }), aim: '1' },
  'a page of 100 amid them': { query: (folder) => ({ 'start-after': `p-${folder}/o-`, 'max-keys': '100' }), aim: '1' },
  'a page of one common prefix': { query: (folder) => ({ prefix: `p-${folder}`, delimiter: '/' }), aim: '1' },
};

const startFilled = async ({ count, folders }) => {
  const data = temporaryFolder();
  const before = await startLateen(data);
  await call(before.port, signerOf(data)('CreateBucket', { bucketName: bucket, bundleId: 'small_1_0' }));
  await before.stop();
  fillIndex(join(data, 'data'), bucket, count, folders);
  const server = await startLateen(data);
  return { server, folders, sign: createObjectSigner(credentialsOf(data)) };
};

/** Milliseconds of a page right after a change: the median of some, each at another place. */
const time = ({ server, folders, sign }, query, round) => {
  const requests = Array.from({ length: pages }, (_, page) => {
    const folder = String((round * pages + page) % folders).padStart(3, '0');
    return sign('GET', `/${bucket}`, { 'list-type': '2', ...query(folder) });
  });
  return timeAfter(server.port + 1, sign('PUT', `/${bucket}/z`), requests);
};

export const run = async () => {
  const small = await startFilled(few);
  const large = await startFilled(many);
  const { add, of } = createSeries();
  for (let round = 0; round <= rounds; round++) {
    for (const [what, { query }] of Object.entries(measures)) {
      const here = await time(large, query, round);
      const there = await time(small, query, round);
      if (round === 0) continue; // Both are warm after this.
      add(what, here);
      add(`${what} ratio`, here / there);
    }
    if (round > 0) add('folders', await time(large, () => ({ delimiter: '/' }), round));
  }
  await small.server.stop();
  await large.server.stop();
  return {
    rows: [
      ...Object.entries(measures).flatMap(([what, { aim }]) => [
        row(what, 'ms', of(what)),
        row(`${what}: **ratio** to the same with 1,000`, '×', of(`${what} ratio`), aim),
      ]),
      row('a page of 1,000 common prefixes, which stand for all of them', 'ms', of('folders')),
    ],
    notes: [
      'ListObjectsV2 over HTTP, each after a write, so that it is read from the database. 1,000 objects under each of 1,000 prefixes; the objects have no bytes and are written straight into the index.',
    ],
  };
};
