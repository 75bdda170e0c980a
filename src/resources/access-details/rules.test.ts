import { expect, test } from 'vitest';
import type { InstanceInner } from '../instances/noun.ts';
import { checkProtocol, mustAskForHostKeys, validity } from './rules.ts';
import { address, remoteDesktop } from './view.ts';

const inner: InstanceInner = {
  platform: 'WINDOWS',
  defaultKeyPair: true,
  authorizedKey: '',
  userAuthority: '',
  knownHostKeys: {},
};
const running = { name: 'desk', state: { code: 16, name: 'running' }, sshKeyName: 'mine' };
const pending = { ...running, state: { code: 0, name: 'pending' } };
const secrets = { password: 'plain', ciphertext: 'secret' };

test('a certificate holds from a minute ago to in a quarter of an hour, in whole seconds', () => {
  expect(validity(1_000_000_999)).toEqual({ validAfter: 999_940, validBefore: 1_000_900 });
});

test('remote desktops are for Windows', () => {
  const linux = { ...inner, platform: 'LINUX_UNIX' as const };
  for (const allowed of [() => checkProtocol('ssh', 'a', linux), () => checkProtocol('ssh', 'a', inner)]) {
    expect(allowed).not.toThrow();
  }
  expect(() => checkProtocol('rdp', 'a', inner)).not.toThrow();
  expect(() => checkProtocol('rdp', 'web', linux)).toThrow(
    'The Instance web cannot be accessed with rdp: its platform is LINUX_UNIX.',
  );
});

test('a machine is asked for its keys while it runs and none are known', () => {
  expect(mustAskForHostKeys(running, undefined)).toBe(true);
  expect(mustAskForHostKeys(running, [])).toBe(true);
  expect(mustAskForHostKeys(running, [{ algorithm: 'ssh-rsa' }])).toBe(false);
  expect(mustAskForHostKeys(pending, undefined)).toBe(false);
});

test.each([
  ['with the default key pair', running, true, 'plain', 'secret'],
  ['with a key pair of the user', running, false, '', 'secret'],
  ['while it is made', pending, true, '', ''],
])('the password of a Windows instance %s', (_what, body, defaultKeyPair, password, ciphertext) => {
  expect(remoteDesktop(body, { ...inner, defaultKeyPair }, secrets)).toEqual({
    password,
    passwordData: { ciphertext, keyPairName: 'mine' },
    protocol: 'rdp',
  });
});

test('the address is the public one where there is one', () => {
  const privateOnly = { ...running, privateIpAddress: '172.26.0.2' };
  expect(address(privateOnly, [])).toMatchObject({ ipAddress: '172.26.0.2', instanceName: 'desk' });
  expect(address({ ...privateOnly, publicIpAddress: '192.0.2.7' }, [])).toMatchObject({ ipAddress: '192.0.2.7' });
});
