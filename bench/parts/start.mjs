import { performance } from 'node:perf_hooks';
import { call } from '../load.mjs';
import { emptyStart, signerOf, startLateen, temporaryFolder } from '../program.mjs';
import { createSeries, row } from '../table.mjs';

export const title = 'Start';

const runs = 15;

/** A start up to the answer of a signed call, which is sent when the program says where it listens. */
const measure = async (data, request) => {
  const server = await startLateen(data);
  await call(server.port, request ?? signerOf(data)('GetInstances', {}));
  const answered = performance.now() - server.began;
  await server.stop();
  return { ready: server.readyMs, answered };
};

/** Starts on a directory that was used before, on a new one each, and of Node with nothing to do, in turns. */
export const run = async () => {
  const used = temporaryFolder();
  await measure(used);
  const request = signerOf(used)('GetInstances', {});
  const { add, of } = createSeries();
  for (let i = 0; i < runs; i++) {
    const empty = await emptyStart();
    add('node', empty);
    const again = await measure(used, request);
    add('ready', again.ready);
    add('answered', again.answered);
    add('ratio', again.answered / empty);
    const first = await measure(temporaryFolder());
    add('ready, new', first.ready);
    add('answered, new', first.answered);
  }
  return {
    rows: [
      row('to the first good signed answer, data directory of before', 'ms', of('answered'), '150 ms'),
      row('to the line `ready`, data directory of before', 'ms', of('ready')),
      row('to the first good signed answer, new data directory', 'ms', of('answered, new')),
      row('to the line `ready`, new data directory', 'ms', of('ready, new')),
      row('for comparison: `node --eval 0`, start to end', 'ms', of('node')),
      row('the first answer in such empty starts of Node', '×', of('ratio')),
    ],
    notes: [
      'From the spawn of the process, by the clock of the benchmark. The request is raw bytes that were signed before; on a new directory there is no key before, so signing counts there.',
    ],
  };
};
