import { setTimeout as sleep } from 'node:timers/promises';
import { call } from './load.mjs';

/** The request that makes instances of these names. */
export const creation = (sign, region, instanceNames) =>
  sign(
    'CreateInstances',
    { instanceNames, availabilityZone: `${region}a`, blueprintId: 'debian_12', bundleId: 'nano_3_0' },
    region,
  );

export const namesOf = (prefix, count) => Array.from({ length: count }, (_, i) => `${prefix}-${i + 1}`);

/** Waits until an instance runs: the queue is in order, so what was made before it runs by then, or nearly. */
export const untilRunning = async ({ port }, sign, region, instanceName) => {
  const request = sign('GetInstanceState', { instanceName }, region);
  while ((await call(port, request)).state.name !== 'running') await sleep(20);
};

const perCall = 200;

/** Makes `count` instances in a Region, many per call, and waits until they run. */
export const makeInstances = async (server, sign, region, count) => {
  const names = namesOf('i', count);
  for (let at = 0; at < count; at += perCall)
    await call(server.port, creation(sign, region, names.slice(at, at + perCall)));
  await untilRunning(server, sign, region, names.at(-1));
};
