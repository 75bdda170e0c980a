import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { beforeAll, expect, type TestContext, test } from 'vitest';
import { folderWith, run, tool } from '../../test/ssh.ts';
import { newAuthority, signUserCertificate } from './certificate.ts';
import { type HostKey, newHostKeys } from './host-keys.ts';
import { newRsaKeyPair, type RsaKeyPair } from './rsa.ts';

/**
 * A real ssh client logs in to a real sshd, which the client starts as its own user and talks to over a pipe, so that
 * neither a port nor privileges are needed. Root takes the part of daemon: sshd of root wants a system set up
 * for it, and nobody is a locked account on some.
 */

const authority = newAuthority();
let hostKeys: HostKey[];
let user: RsaKeyPair;

beforeAll(async () => {
  [hostKeys, user] = await Promise.all([newHostKeys(), newRsaKeyPair()]);
});

interface Login {
  readonly accepted: boolean;
  /** What sshd wrote into its log. */
  readonly log: string;
}

const whoLogsIn = (): { name: string; uid: number; gid: number } => {
  const { username: name, uid, gid } = userInfo();
  if (uid !== 0) return { name, uid, gid };
  return { name: 'daemon', uid: Number(run('id', ['-u', 'daemon'])), gid: Number(run('id', ['-g', 'daemon'])) };
};

/** Logs in with `certificate` to a machine that trusts `authority` and knows the principal i-0123. */
const logIn = (context: TestContext, certificate: string, hostAlgorithm = 'ssh-ed25519'): Login => {
  const [ssh, sshd] = [tool(context, 'ssh'), tool(context, 'sshd')];
  const { name, uid, gid } = whoLogsIn();
  const folder = folderWith(context, {
    id: user.privateKeyPem,
    'id-cert.pub': `${certificate}\n`,
    known_hosts: hostKeys.map((key) => `machine ${key.algorithm} ${key.publicKey}\n`).join(''),
    ca: `${authority.publicKey}\n`,
    principals: 'i-0123\n',
    log: '',
    ...Object.fromEntries(hostKeys.map((key) => [key.algorithm, key.privateKeyPem])),
  });
  const config = [
    ...hostKeys.map((key) => `HostKey ${folder}/${key.algorithm}`),
    `TrustedUserCAKeys ${folder}/ca`,
    `AuthorizedPrincipalsFile ${folder}/principals`,
    'AuthorizedKeysFile none',
    'AuthenticationMethods publickey',
    'StrictModes no',
    'PidFile none',
    'LogLevel VERBOSE',
  ];
  writeFileSync(`${folder}/sshd_config`, `${config.join('\n')}\n`);
  for (const file of ['', ...readdirSync(folder)]) chownSync(`${folder}/${file}`, uid, gid);
  const options = [
    `ProxyCommand=${sshd} -i -f ${folder}/sshd_config -E ${folder}/log`,
    `UserKnownHostsFile=${folder}/known_hosts`,
    `HostKeyAlgorithms=${hostAlgorithm}`,
    'StrictHostKeyChecking=yes',
    'BatchMode=yes',
    'IdentitiesOnly=yes',
    'IdentityAgent=none',
    'LogLevel=VERBOSE',
  ];
  const args = [
    '-F',
    'none',
    '-i',
    `${folder}/id`,
    ...options.flatMap((option) => ['-o', option]),
    `${name}@machine`,
    'true',
  ];
  const client = spawnSync(ssh, args, { cwd: '/', encoding: 'utf8', uid, gid, timeout: 60_000 });
  const log = `${readFileSync(`${folder}/log`, 'utf8')}${client.stderr}`;
  return { accepted: /^Authenticated to machine .*using "publickey"/m.test(client.stderr), log };
};

const now = Math.floor(Date.now() / 1000);

const certificate = (change: Partial<Parameters<typeof signUserCertificate>[0]> = {}): string =>
  signUserCertificate({
    caPrivateKeyPem: authority.privateKeyPem,
    publicKey: user.publicKey,
    keyId: 'request-1',
    principals: ['i-0123'],
    serial: 7n,
    validAfter: now - 60,
    validBefore: now + 600,
    nonce: randomBytes(32),
    ...change,
  });

const patience = 120_000;

test('a certificate logs in, and the log says whose it was', { timeout: patience }, (context) => {
  for (const algorithm of ['rsa-sha2-512', 'ssh-ed25519', 'ecdsa-sha2-nistp256']) {
    const { accepted, log } = logIn(context, certificate(), algorithm);
    expect(accepted, log).toBe(true);
    expect(log).toMatch(/Accepted publickey .* ID request-1 \(serial 7\) CA ED25519/);
  }
});

test('an expired, an early, a foreign and a forged certificate do not', { timeout: patience }, (context) => {
  const refused: [Parameters<typeof certificate>[0], RegExp][] = [
    [{ validAfter: now - 600, validBefore: now - 60 }, /expired/],
    [{ validAfter: now + 300 }, /not yet valid/],
    [{ principals: ['i-4567'] }, /does not contain an authorized principal/],
    [{ caPrivateKeyPem: newAuthority().privateKeyPem }, /Failed publickey .* RSA-CERT .* ID request-1/],
  ];
  for (const [change, reason] of refused) {
    const { accepted, log } = logIn(context, certificate(change));
    expect(accepted, log).toBe(false);
    expect(log).toMatch(/Permission denied/);
    expect(log).toMatch(reason);
  }
});
