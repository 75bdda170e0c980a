import { setTimeout as sleep } from 'node:timers/promises';
import { makeInstances } from '../instances.mjs';
import { drive, repeatedly } from '../load.mjs';
import { memoryOf, signerOf, startLateen, temporaryFolder } from '../program.mjs';
import { createSeries, row } from '../table.mjs';

export const title = 'Memory';

const runs = 3;
const idleMs = 3000;
const loadMs = 3000;

/** What a process holds in RAM after a start, after load, and when it had time to rest. */
export const run = async () => {
  const { add, of } = createSeries();
  const folders = Array.from({ length: runs }, temporaryFolder);
  const servers = await Promise.all(folders.map((data) => startLateen(data)));
  await sleep(idleMs);
  for (const server of servers) add('idle', memoryOf(server));
  for (const [i, server] of servers.entries()) {
    const sign = signerOf(folders[i]);
    await makeInstances(server, sign, 'us-east-1', 20);
    await drive(server.port, 32, repeatedly(sign('GetInstances', {}), loadMs));
    add('load', memoryOf(server));
    await server.stop();
  }
  return {
    rows: [
      row('idle, 3 s after the start', 'MiB', of('idle'), '64 MiB'),
      row(`after ${loadMs / 1000} s of \`GetInstances\` over 32 connections`, 'MiB', of('load')),
    ],
    notes: ['Resident set of the process, Node itself included.'],
  };
};
