/** Logging in to machines that run, by every way that the API gives, with the AWS CLI and OpenSSH. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { InstanceAccessDetails } from '@aws-sdk/client-lightsail';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { setMeta } from '../../src/store/records/meta.ts';
import { openSqlite } from '../../src/store/sqlite/store.ts';
import { testWithAwsCli } from '../clients/aws-cli.ts';
import { missing } from './incus.ts';
import { type Login, refusedLogin, secretFiles, ssh } from './ssh.ts';
import { startWorld, type World } from './world.ts';

const run = promisify(execFile);
const why = missing();
if (why !== undefined) console.info(`skipped: logins to machines that run, since ${why}`);

describe.skipIf(why !== undefined)('logging in', () => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.end());

  /** A temporary certificate, with the host keys that were shown. */
  const temporary = async (name: string): Promise<Login & { readonly expiresAt: number }> => {
    const { accessDetails } = await world.aws.answer<{ accessDetails: InstanceAccessDetails & { expiresAt: number } }>(
      'get-instance-access-details --protocol ssh',
      ...['--instance-name', name],
    );
    const { ipAddress, username, privateKey = '', certKey = '', hostKeys = [], expiresAt } = accessDetails;
    secretFiles(world.folder, {
      [`known-${name}`]: hostKeys
        .map(({ algorithm, publicKey }) => `${ipAddress} ${algorithm} ${publicKey}\n`)
        .join(''),
      [`temporary-${name}`]: privateKey,
      [`temporary-${name}-cert.pub`]: certKey,
    });
    return {
      host: `${username}@${ipAddress}`,
      identity: join(world.folder, `temporary-${name}`),
      known: join(world.folder, `known-${name}`),
      expiresAt: expiresAt * 1_000,
    };
  };

  testWithAwsCli(
    'an instance runs its launch script, whose output can be read, and lets in the default key',
    async () => {
      secretFiles(world.folder, { script: 'echo "The launch script says $((6 * 7))."\nid -un > /var/lib/launched\n' });
      await world.create(['first'], '--user-data', `file://${join(world.folder, 'script')}`);
      await world.aws.run('download-default-key-pair');
      expect(await world.inside('first', 'sudo cloud-init status --wait > /dev/null; cat /var/lib/launched')).toBe(
        'root',
      );
      expect(await world.inside('first', 'sudo cat /var/log/cloud-init-output.log')).toContain(
        'The launch script says 42.',
      );
      const log = await world.server().cli('console', 'first', '--log');
      expect(log.stdout).toContain('The launch script says 42.');
    },
  );

  testWithAwsCli('a key that was imported logs in where it was asked for, and the default key does not', async () => {
    const identity = join(world.folder, 'mine');
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'somebody', '-f', identity]);
    const publicKey = readFileSync(`${identity}.pub`).toString('base64');
    await world.done('import-key-pair', '--key-pair-name', 'mine', '--public-key-base64', publicKey);
    await world.create(['second'], '--key-pair-name', 'mine');
    const byDefault = await world.login('second');
    expect(await ssh({ ...byDefault, identity }, 'hostname')).toMatch(/^ip-172-26-/);
    expect(await refusedLogin(byDefault)).toContain('Permission denied');
  });

  testWithAwsCli(
    'a temporary certificate logs in to its own machine, which has the host keys that were shown',
    async () => {
      const first = await temporary('first');
      expect(await ssh(first, 'hostname')).toMatch(/^ip-172-26-/);
      const { stdout } = await run('ssh-keyscan', ['-T', '5', first.host.split('@')[1] ?? '']);
      const lines = (text: string) => text.trim().split(/\n/).sort();
      expect(lines(readFileSync(first.known!, 'utf8'))).toEqual(lines(stdout));

      const second = await temporary('second');
      expect(await ssh(second, 'id -un')).toBe('admin');
      expect(await refusedLogin({ ...second, identity: first.identity })).toContain('Permission denied');
      // The keys of another machine are no good.
      expect(await refusedLogin({ ...second, known: first.known })).toContain('Host key verification failed');
    },
  );

  testWithAwsCli('a temporary certificate stops working when it expires', async () => {
    // Whose clock is behind hands out certificates that are soon over.
    const behind = async (ms: number): Promise<void> => {
      const store = openSqlite(join(world.server().data, 'lateen.db'));
      await store.write('clock', (tx) => setMeta(tx, 'clock-offset', String(ms)));
      await store.durable();
      await store.close();
    };
    await world.restart('stop', () => behind(20_000 - 15 * 60_000));
    const brief = await temporary('first');
    expect(brief.expiresAt - Date.now()).toBeLessThan(20_000);
    expect(await ssh(brief, 'echo in')).toBe('in');
    await world.restart('stop', () => behind(0));
    while (Date.now() <= brief.expiresAt) await sleep(200);
    expect(await refusedLogin(brief)).toContain('Permission denied');
    expect(await ssh(await temporary('first'), 'echo in again')).toBe('in again');
  });
});
