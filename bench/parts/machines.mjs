import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { incus, launchLike, socket, untilLogin } from '../incus.mjs';
import { creation, namesOf } from '../instances.mjs';
import { call } from '../load.mjs';
import { signerOf, startLateen, temporaryFolder } from '../program.mjs';
import { createSeries, row } from '../table.mjs';

export const title = 'Machines that run, beside those of Incus itself';

const [runs, many, manyRuns] = [5, 20, 2];
const region = 'us-east-1';
const zone = { availabilityZone: `${region}a`, bundleId: 'nano_3_0' };

export const run = async () => {
  const data = temporaryFolder();
  const server = await startLateen(data, {
    more: ['--engine', 'incus', '--incus', socket, '--public-pool', '198.18.0.0/15'],
  });
  const sign = signerOf(data);
  const { add, of } = createSeries();
  const api = (operation, input) => call(server.port, sign(operation, input, region));
  const over = async ({ operations, operation }) => {
    for (const { id } of operations ?? [operation]) {
      for (;;) {
        const { operation: found } = await api('GetOperation', { operationId: id });
        if (found.status === 'Failed') throw new Error(found.errorDetails);
        if (found.isTerminal) break;
        await sleep(10);
      }
    }
  };
  const instance = async (instanceName) => (await api('GetInstance', { instanceName })).instance;
  const identity = join(data, 'identity');
  const login = async (name) => {
    const { username, publicIpAddress } = await instance(name);
    return untilLogin(`${username}@${publicIpAddress}`, identity);
  };
  const create = (names) => call(server.port, creation(sign, region, names));
  const machines = async () => JSON.parse(await incus('list', '--format', 'json'));
  const remove = async (names) => {
    const left = (await machines()).length - names.length;
    for (const instanceName of names) await api('DeleteInstance', { instanceName });
    while ((await machines()).length > left) await sleep(100);
  };
  /** Seconds until it is done. */
  const timed = async (name, body) => {
    const began = performance.now();
    await body();
    const seconds = (performance.now() - began) / 1_000;
    add(name, seconds);
    return seconds;
  };

  // The first of an image unpacks it, and is what Incus itself is to launch the like of.
  await over(await create(['first']));
  writeFileSync(identity, (await api('DownloadDefaultKeyPair', {})).privateKeyBase64, { mode: 0o600 });
  await login('first');
  const { privateIpAddress, username } = await instance('first');
  const listed = await machines();
  const machine = listed.find(({ config }) => config['user.lateen.spec']?.includes(`"${privateIpAddress}"`));
  const launch = launchLike(machine);
  const launched = async (name, host) => {
    const address = `172.26.255.${host}`;
    await incus(...launch(name, address));
    await untilLogin(`${username}@${address}`, identity);
  };

  for (let round = 0; round < runs; round++) {
    const byLateen = await timed('create', async () => {
      await create([`r${round}`]);
      await login(`r${round}`);
    });
    await remove([`r${round}`]);
    const byIncus = await timed('launch', () => launched(`bench-${round}`, 200 + round));
    await incus('delete', '--force', `bench-${round}`);
    add('ratio', byLateen / byIncus);

    const snapshot = { instanceSnapshotName: `s${round}` };
    await timed('snapshot', async () =>
      over(await api('CreateInstanceSnapshot', { instanceName: 'first', ...snapshot })),
    );
    await timed('restore', async () => {
      await api('CreateInstancesFromSnapshot', { instanceNames: [`again${round}`], ...zone, ...snapshot });
      await login(`again${round}`);
    });
    await remove([`again${round}`]);
    await over(await api('DeleteInstanceSnapshot', snapshot));

    const disk = { diskName: `d${round}` };
    await timed('disk', async () =>
      over(await api('CreateDisk', { ...disk, availabilityZone: zone.availabilityZone, sizeInGb: 8 })),
    );
    await timed('attach', async () =>
      over(await api('AttachDisk', { ...disk, instanceName: 'first', diskPath: `/dev/xvd${'fghijklmn'[round]}` })),
    );
  }
  await remove(['first']);
  for (let round = 0; round < runs; round++) await over(await api('DeleteDisk', { diskName: `d${round}` }));

  for (let round = 0; round < manyRuns; round++) {
    const names = namesOf(`many${round}`, many);
    const byLateen = await timed('many', async () => {
      await create(names);
      await Promise.all(names.map(login));
    });
    await remove(names);
    const byIncus = await timed('many launched', () =>
      Promise.all(names.map((_, index) => launched(`bench-many-${index}`, 200 + index))),
    );
    await incus('delete', '--force', ...names.map((_, index) => `bench-many-${index}`));
    add('many ratio', byLateen / byIncus);
  }
  await server.stop();
  return {
    rows: [
      row('`CreateInstances` to ssh login', 's', of('create'), '6 s'),
      row('for comparison: `incus launch` to ssh login', 's', of('launch')),
      row('**ratio** of the two', '×', of('ratio'), '1.1, at most'),
      row('`CreateInstanceSnapshot` of a running one, until it is available', 's', of('snapshot')),
      row('`CreateInstancesFromSnapshot` to ssh login', 's', of('restore')),
      row('`CreateDisk` of 8 GB, until it is available', 's', of('disk')),
      row('`AttachDisk` to a running one, until it is there', 's', of('attach')),
      row(`\`CreateInstances\` of ${many} in one call, to ssh login in all`, 's', of('many')),
      row(`for comparison: ${many} times \`incus launch\` at once, to ssh login in all`, 's', of('many launched')),
      row('**ratio** of the two', '×', of('many ratio'), '1.1, at most'),
    ],
    notes: [
      'In turns, one after the other, from the call to the end of `ssh ... true` with the default key pair, which is tried until it is let in. The machine that `incus launch` makes has the same image, limits, devices, user data and key. Both begin once an image is unpacked, which the first machine of it pays.',
    ],
  };
};
