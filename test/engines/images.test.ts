/** Images as Lateen makes them of packages, and what machines are that begin as them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { incusDefaults } from '../../src/engines/incus/config.ts';
import { imageFor } from '../../src/engines/incus/images.ts';
import { guestKeys } from '../../src/engines/incus/images-metadata.ts';
import { missing, startTestIncus, type TestIncus } from './incus.ts';

const why = missing();
if (why !== undefined) console.info(`skipped: images of Incus, since ${why}`);

const minutes = 60_000;
const names = ['imgt-one', 'imgt-two'] as const;
const userData = '#!/bin/sh\necho "launched as $(id -un)" > /root/launched\n';

describe.skipIf(why !== undefined)('images of Incus', () => {
  let daemon: TestIncus;

  beforeAll(async () => {
    daemon = await startTestIncus();
  }, 10 * minutes);

  afterAll(async () => {
    for (const name of names) {
      await daemon.incus.put(`/1.0/instances/${name}/state`, { action: 'stop', force: true }).catch(() => {});
      await daemon.incus.delete(`/1.0/instances/${name}`);
    }
    await daemon.stop();
  }, 2 * minutes);

  /** A machine beside the engine's, so that nothing shows but the image. It has a NIC without an address of ours. */
  const launch = async (name: string, blueprintId: string): Promise<void> => {
    const { fingerprint } = (await imageFor(daemon.incus, blueprintId))!;
    await daemon.incus.post('/1.0/instances', {
      name,
      source: { type: 'image', fingerprint },
      config: {
        'security.idmap.isolated': 'true',
        [guestKeys.hostname]: 'ip-172-26-200-1',
        [guestKeys.userData]: userData,
        [guestKeys.userAuthority]:
          'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGUhqgFkGgCkgkQoZd6bYjJ0fp0qg6XfLvY8pn8W0v9c test',
        [guestKeys.principals]: 'i-test',
      },
      devices: {
        root: { type: 'disk', path: '/', pool: incusDefaults.incusPool },
        eth0: { type: 'nic', name: 'eth0', network: incusDefaults.incusNetwork },
      },
    });
    await daemon.incus.put(`/1.0/instances/${name}/state`, { action: 'start' });
  };
  const within = async (name: string, ...command: readonly string[]): Promise<string> => {
    const { stdout } = await daemon.incus.exec(name, command);
    return stdout.trim();
  };
  /** What systemd says once the boot is over. */
  const booted = async (name: string): Promise<string> => {
    while ((await within(name, 'systemctl', 'is-active', 'multi-user.target')) !== 'active') await sleep(250);
    return within(name, 'systemctl', 'is-system-running', '--wait');
  };

  test('a machine of debian_12 boots whole, and is like no other', { timeout: 5 * minutes }, async () => {
    await launch('imgt-one', 'debian_12');
    expect(await booted('imgt-one')).toBe('running');
    expect(await within('imgt-one', 'hostname')).toBe('ip-172-26-200-1');
    expect(await within('imgt-one', 'cat', '/root/launched')).toBe('launched as root');
    expect(await within('imgt-one', 'id', '-nG', 'admin')).toContain('sudo');
    expect(await within('imgt-one', 'cat', '/etc/ssh/principals/admin')).toBe('i-test');
    expect(await within('imgt-one', '/usr/sbin/sshd', '-T')).toContain('trustedusercakeys /etc/ssh/user_ca.pub');
    expect(await within('imgt-one', 'ip', '-4', '-brief', 'address', 'show', 'eth0')).toMatch(/ 172\.26\.\d+\.\d+\/16/);

    await daemon.incus.post('/1.0/instances', {
      name: 'imgt-two',
      source: { type: 'copy', source: 'imgt-one', instance_only: true },
    });
    await daemon.incus.put('/1.0/instances/imgt-two/state', { action: 'start' });
    expect(await booted('imgt-two')).toBe('running');
    for (const file of ['/etc/machine-id', '/etc/ssh/ssh_host_ed25519_key.pub']) {
      const [one, two] = await Promise.all([within('imgt-one', 'cat', file), within('imgt-two', 'cat', file)]);
      expect(one).toMatch(/./);
      expect(two).toMatch(/./);
      expect(one).not.toBe(two);
    }
  });
});
