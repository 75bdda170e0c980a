import { expect, test } from 'vitest';
import { folderWith, run, testAuthority, tool } from '../../test/ssh.ts';
import { openSshPrivateKey } from './private-key.ts';
import { publicKeyLine } from './public-key.ts';
import { WireReader } from './wire.ts';

test('the file holds the key in the layout of openssh-key-v1', () => {
  const pem = openSshPrivateKey(testAuthority(), 'me');
  const file = Buffer.from(pem.split('\n').slice(1, -2).join(''), 'base64');
  const magic = 'openssh-key-v1\0';
  expect(file.subarray(0, magic.length).toString()).toBe(magic);
  const from = new WireReader(file.subarray(magic.length));
  expect([from.text(), from.text(), from.text(), from.uint32()]).toEqual(['none', 'none', '', 1]);
  expect(`ssh-ed25519 ${from.string().toString('base64')}`).toBe(publicKeyLine(testAuthority()));
  const secret = from.string();
  from.end();
  expect(secret.length % 8).toBe(0);
  const inside = new WireReader(secret);
  expect(inside.uint32()).toBe(inside.uint32());
  expect(inside.text()).toBe('ssh-ed25519');
  const { d = '', x = '' } = testAuthority().export({ format: 'jwk' });
  expect(inside.string().toString('base64url')).toBe(x);
  expect(inside.string().subarray(0, 32).toString('base64url')).toBe(d);
  expect(inside.text()).toBe('me');
  expect([...secret.subarray(inside.offset)]).toEqual([1, 2, 3, 4, 5, 6].slice(0, secret.length - inside.offset));
});

test('ssh-keygen reads it back, with comments of every length to pad', (context) => {
  const keygen = tool(context, 'ssh-keygen');
  for (const comment of ['', 'a', 'ab', 'abc', 'abcd', 'abcde', 'abcdef', 'abcdefg']) {
    const folder = folderWith(context, { key: openSshPrivateKey(testAuthority(), comment) });
    expect(run(keygen, ['-y', '-f', `${folder}/key`]).trim()).toBe(
      `${publicKeyLine(testAuthority())} ${comment}`.trim(),
    );
  }
});
