import { expect, test } from 'vitest';
import { incus, kernelLimit, lxcfs } from './checks-incus.ts';

test('a limit that is too low comes with the command that raises it', () => {
  expect(kernelLimit('fs.inotify.max_user_instances', 1024, 'too few', 128)).toEqual({
    check: 'fs.inotify.max_user_instances',
    state: 'warning',
    found: '128: too few',
    advice:
      'echo fs.inotify.max_user_instances=1024 | sudo tee -a /etc/sysctl.d/90-lateen.conf && sudo sysctl --system',
  });
  expect(kernelLimit('kernel.keys.maxkeys', 2000, 'too few', 2000).state).toBe('ok');
  expect(kernelLimit('kernel.keys.maxkeys', 2000, 'too few', undefined).state).toBe('ok');
  expect([lxcfs(true).state, lxcfs(false).state]).toEqual(['ok', 'warning']);
});

const options = {
  incusPool: 'lateen',
  incusPoolSize: '1GiB',
  incusNetwork: 'lateen0',
  incusType: 'container',
  ipv6Prefix: 'auto',
} as const;

test('a daemon that is not there is a problem with the command that mends it', async () => {
  const [first] = await incus({ ...options, incus: '/nowhere/unix.socket' });
  expect(first).toMatchObject({ check: 'Incus', state: 'problem', found: expect.stringContaining('/nowhere') });
  expect(first?.advice).toContain('incus');
});

test('an https address without a certificate is refused in words', async () => {
  expect(await incus({ ...options, incus: 'https://192.0.2.1:8443' })).toEqual([
    expect.objectContaining({ check: 'Incus', state: 'problem', found: expect.stringContaining('--incus-cert') }),
  ]);
});
