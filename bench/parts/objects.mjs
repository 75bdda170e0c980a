import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { call, drive, inTurns } from '../load.mjs';
import { createObjectSigner, stream } from '../objects.mjs';
import { credentialsOf, memoryOf, signerOf, startFiles, startLateen, temporaryFolder } from '../program.mjs';
import { createSeries, row } from '../table.mjs';

export const title = 'Objects, beside a plain server of files';

const rounds = 4;
const turnMs = 1000;
const large = 2 ** 30;
const sizes = { '1 KiB': 2 ** 10, '1 MiB': 2 ** 20 };
const bucket = 'bench';

export const run = async () => {
  const data = temporaryFolder();
  const server = await startLateen(data);
  await call(server.port, signerOf(data)('CreateBucket', { bucketName: bucket, bundleId: 'large_1_0' }));
  const sign = createObjectSigner(credentialsOf(data));
  const port = server.port + 1;
  const folder = temporaryFolder();
  const files = await startFiles(folder);
  const plain = (name) => Buffer.from(`GET /${name} HTTP/1.1\r\nhost: files\r\n\r\n`);

  const { add, of } = createSeries();
  let memory = 0;
  const measure = async (round) => {
    for (const [name, size] of Object.entries(sizes)) {
      const body = Buffer.alloc(size, 'x');
      const key = `/${bucket}/${name.replace(' ', '-')}`;
      writeFileSync(join(folder, String(size)), body);
      for (const connections of [1, 32]) {
        // Keys of their own, or writers would wait for one another.
        const puts = Array.from({ length: 64 }, (_, at) => sign('PUT', `${key}-${at}`, {}, body));
        const written = await drive(port, connections, inTurns(puts, turnMs));
        const gets = Array.from({ length: connections }, (_, at) => sign('GET', `${key}-${at % 64}`));
        await drive(port, 1, inTurns([sign('PUT', `${key}-0`, {}, body)], 1));
        const present = gets.slice(0, Math.min(gets.length, written.answers));
        const read = await drive(port, connections, inTurns(present, turnMs));
        const theirs = await drive(files.port, connections, inTurns([plain(size)], turnMs));
        if (round === 0) continue;
        add(`PUT ${name} ${connections}`, written.perSecond);
        add(`GET ${name} ${connections}`, read.perSecond);
        add(`files ${name} ${connections}`, theirs.perSecond);
        add(`ratio ${name} ${connections}`, read.perSecond / theirs.perSecond);
      }
    }
  };
  for (let round = 0; round <= rounds; round++) await measure(round);

  writeFileSync(join(folder, 'large'), '');
  const put = await stream(port, sign('PUT', `/${bucket}/large`, {}, large), large);
  add('PUT 1 GiB', large / 1e6 / put);
  memory = Math.max(memory, memoryOf(server));
  writeFileSync(join(folder, 'large'), Buffer.alloc(large, 'x'));
  for (let round = 0; round <= rounds; round++) {
    const ours = await stream(port, sign('GET', `/${bucket}/large`), 0);
    const theirs = await stream(files.port, plain('large'), 0);
    memory = Math.max(memory, memoryOf(server));
    if (round === 0) continue;
    add('GET 1 GiB', large / 1e6 / ours);
    add('files 1 GiB', large / 1e6 / theirs);
    add('ratio 1 GiB', theirs / ours);
  }
  await server.stop();
  await files.stop();

  const many = (connections) => (connections === 1 ? '1 connection' : `${connections} connections`);
  return {
    rows: [
      ...Object.keys(sizes).flatMap((name) =>
        [1, 32].flatMap((connections) => [
          row(`PUT of ${name}, ${many(connections)}`, 's⁻¹', of(`PUT ${name} ${connections}`)),
          row(`GET of ${name}, ${many(connections)}`, 's⁻¹', of(`GET ${name} ${connections}`)),
          row(`the same from the server of files`, 's⁻¹', of(`files ${name} ${connections}`)),
          row(`GET of ${name}, ${many(connections)}: **ratio**`, '×', of(`ratio ${name} ${connections}`)),
        ]),
      ),
      row('PUT of 1 GiB', 'MB/s', of('PUT 1 GiB')),
      row('GET of 1 GiB', 'MB/s', of('GET 1 GiB')),
      row('the same from the server of files', 'MB/s', of('files 1 GiB')),
      row('GET of 1 GiB: **ratio**', '×', of('ratio 1 GiB'), '0.8, at least'),
      row('memory at the end of such a PUT or GET, the largest', 'MiB', [memory]),
    ],
    notes: [
      'The server of files is Node’s `createReadStream` behind `node:http`: it knows nobody, looks at no index and at no signature. A PUT is answered when bytes, name and row are synced to the disk, so it measures the disk first of all.',
    ],
  };
};
