import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where the daemon answers. */
export const socket = process.env.LATEEN_INCUS ?? `${process.env.INCUS_DIR ?? '/var/lib/incus'}/unix.socket`;

/** The client of Incus itself, in the project of Lateen: what it prints. */
export const incus = async (...args) => {
  const env = { ...process.env, INCUS_DIR: dirname(socket), PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
  const ran = run('incus', [...args, '--project', 'lateen'], { env });
  // It would read settings from there.
  ran.child.stdin.end();
  return (await ran).stdout;
};

/** Config keys that tell a machine from others, or belong to Lateen. */
const own = /^(image|volatile)\.|^user\.lateen\./;

/** Arguments that launch a machine like this one of a listing, at another address: with the same limits, image and user data. */
export const launchLike = ({ config, devices }) => {
  const settings = Object.entries(config).filter(([key]) => !own.test(key));
  const options = settings.flatMap(([key, value]) => ['--config', `${key}=${value}`]);
  const ownOfNic = ['type', 'name', 'network', 'hwaddr', 'ipv4.address', 'ipv6.address', 'security.ipv6_filtering'];
  const nic = Object.entries(devices.eth0).filter(([key]) => !ownOfNic.includes(key));
  return (launched, address) => [
    ...['launch', config['volatile.base_image'], launched, '--no-profiles', ...options],
    ...['--network', devices.eth0.network, '--storage', devices.root.pool],
    ...['--device', `root,size=${devices.root.size}`, '--device', `eth0,ipv4.address=${address}`],
    ...nic.flatMap(([key, value]) => ['--device', `eth0,${key}=${value}`]),
  ];
};

/** Resolves when `user@address` lets the key in and runs a command. */
export const untilLogin = async (host, identity) => {
  const options = ['BatchMode=yes', 'ConnectTimeout=1', 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null'];
  const args = ['-F', '/dev/null', '-i', identity, ...options.flatMap((option) => ['-o', option]), host, 'true'];
  for (;;) {
    const isIn = await run('ssh', args).then(
      () => true,
      () => false,
    );
    if (isIn) return;
    await sleep(50);
  }
};
