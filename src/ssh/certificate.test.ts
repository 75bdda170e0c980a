import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { folderWith, run, testAuthority, tool } from '../../test/ssh.ts';
import { newAuthority, parseCertificate, signUserCertificate, type UserCertificateRequest } from './certificate.ts';
import { publicKeyLine } from './public-key.ts';
import { newRsaKeyPair } from './rsa.ts';
import vectors from './vectors.json' with { type: 'json' };

const request: UserCertificateRequest = {
  caPrivateKeyPem: testAuthority().export({ type: 'pkcs8', format: 'pem' }).toString(),
  publicKey: vectors.keys.rsa.line,
  keyId: 'request-1',
  principals: ['i-0123', 'admin'],
  serial: 2n ** 64n - 1n,
  validAfter: 1704067200,
  validBefore: 1704067260,
  nonce: Buffer.alloc(32, 7),
};

const firstWords = (line: string): string => line.split(' ').slice(0, 2).join(' ');

test.each(['rsa', 'ed25519'] as const)('a certificate for an %s key is, byte for byte, that of ssh-keygen', (kind) => {
  const theirs = vectors.certificates[kind];
  const { nonce } = parseCertificate(theirs);
  expect(signUserCertificate({ ...request, publicKey: vectors.keys[kind].line, nonce })).toBe(theirs);
});

test('a certificate of ssh-keygen is read', () => {
  expect(parseCertificate(`${vectors.certificates.rsaByRsa} comment\n`)).toEqual({
    type: 'ssh-rsa-cert-v01@openssh.com',
    nonce: expect.any(Buffer),
    publicKey: firstWords(vectors.keys.rsa.line),
    serial: request.serial,
    keyId: 'request-1',
    principals: ['i-0123', 'admin'],
    validAfter: 1704067200,
    validBefore: 1704067260,
    criticalOptions: [],
    extensions: [
      'permit-X11-forwarding',
      'permit-agent-forwarding',
      'permit-port-forwarding',
      'permit-pty',
      'permit-user-rc',
    ],
    authority: vectors.rsaAuthority,
    signatureType: 'rsa-sha2-512',
  });
});

test('an authority signs with its own key', () => {
  const { privateKeyPem, publicKey } = newAuthority();
  const read = parseCertificate(signUserCertificate({ ...request, caPrivateKeyPem: privateKeyPem }));
  expect(publicKey).toMatch(/^ssh-ed25519 AAAA\S+$/);
  expect(read).toMatchObject({ authority: publicKey, signatureType: 'ssh-ed25519', nonce: request.nonce });
});

test('no byte of a certificate can be changed', () => {
  const [label = '', base64 = ''] = signUserCertificate(request).split(' ');
  const whole = Buffer.from(base64, 'base64');
  for (let at = 0; at < whole.length; at += 1) {
    const changed = Buffer.from(whole);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(() => parseCertificate(`${label} ${changed.toString('base64')}`), `byte ${at}`).toThrow(Error);
  }
  expect(() => parseCertificate(`${label} ${whole.subarray(0, -1).toString('base64')}`)).toThrow(/past the end/);
  expect(() => parseCertificate(vectors.keys.rsa.line)).toThrow(/Not a certificate/);
});

const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' });

test.each<[string, Partial<UserCertificateRequest>, RegExp]>([
  ['no principals', { principals: [] }, /needs principals/],
  ['a principal without a name', { principals: ['a', ''] }, /needs principals/],
  ['no time', { validBefore: request.validAfter }, /must end after it begins/],
  ['part of a second', { validBefore: 1704067260.5 }, /cannot be converted to a BigInt/],
  ['a serial of 65 bits', { serial: 2n ** 64n }, /64 bits/],
  ['an authority of another kind', { caPrivateKeyPem: p256.toString() }, /cannot be of kind ecdsa-sha2-nistp256/],
])('%s is refused', (_, change, message) => {
  expect(() => signUserCertificate({ ...request, ...change })).toThrow(message);
});

test('ssh-keygen reads certificates of both kinds of authority', async (context) => {
  const keygen = tool(context, 'ssh-keygen');
  const rsa = await newRsaKeyPair();
  const { privateKeyPem: ed25519 } = newAuthority();
  for (const [caPrivateKeyPem, how] of [
    [ed25519, /Signing CA: ED25519 .* \(using ssh-ed25519\)/],
    [rsa.privateKeyPem, /Signing CA: RSA .* \(using rsa-sha2-512\)/],
  ] as const) {
    const line = signUserCertificate({ ...request, caPrivateKeyPem, nonce: randomBytes(32), serial: 7n });
    const folder = folderWith(context, { 'key-cert.pub': `${line}\n` });
    const listing = run(keygen, ['-L', '-f', `${folder}/key-cert.pub`]);
    expect(listing).toMatch(how);
    expect(listing).toContain('Type: ssh-rsa-cert-v01@openssh.com user certificate');
    expect(listing).toContain('Key ID: "request-1"');
    expect(listing).toContain('Serial: 7\n');
    expect(listing).toContain('Valid: from 2024-01-01T00:00:00 to 2024-01-01T00:01:00');
    expect(listing.split('\n').map((text) => text.trim())).toEqual(
      expect.arrayContaining(['i-0123', 'admin', 'permit-pty', 'permit-user-rc', 'Critical Options: (none)']),
    );
  }
});

test('the authority of a certificate is the key that ssh-keygen signed with', () => {
  expect(publicKeyLine(testAuthority())).toBe(parseCertificate(vectors.certificates.rsa).authority);
});
