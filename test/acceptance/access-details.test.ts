import { constants, createPrivateKey, privateDecrypt, X509Certificate } from 'node:crypto';
import {
  CreateKeyPairCommand,
  DeleteKnownHostKeysCommand,
  DownloadDefaultKeyPairCommand,
  GetInstanceAccessDetailsCommand,
  GetInstanceCommand,
  type InstanceAccessDetails,
  type InstanceAccessProtocol,
  RebootInstanceCommand,
  StopInstanceCommand,
} from '@aws-sdk/client-lightsail';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseCertificate } from '../../src/ssh/certificate.ts';
import { publicKeyLine } from '../../src/ssh/public-key.ts';
import { call } from '../call.ts';
import { create, finished, launch, refusal } from '../instances.ts';
import { client, type Server, startServer } from '../lateen.ts';
import { folderWith, run, tool } from '../ssh.ts';

let server: Server;
const windows = { blueprintId: 'windows_server_2022', bundleId: 'small_win_3_0' };

beforeAll(async () => {
  server = await startServer();
  for (const name of ['web-1', 'web-2']) await launch(client(server), name);
  await launch(client(server), 'desk', windows);
});

const detailsOf = async (instanceName: string, protocol?: InstanceAccessProtocol): Promise<InstanceAccessDetails> => {
  const { accessDetails } = await client(server).send(new GetInstanceAccessDetailsCommand({ instanceName, protocol }));
  if (accessDetails === undefined) throw new Error('no access details');
  return accessDetails;
};

const seconds = (date: Date | undefined): number => (date?.getTime() ?? Number.NaN) / 1000;

describe('secure shells', () => {
  test('F142 the protocol is ssh unless rdp is asked for', async () => {
    expect((await detailsOf('web-1')).protocol).toBe('ssh');
    expect((await detailsOf('web-1', 'ssh')).protocol).toBe('ssh');
    expect((await detailsOf('desk', 'rdp')).protocol).toBe('rdp');
    const { body } = await call(server, 'GetInstanceAccessDetails', { instanceName: 'web-1', protocol: 'telnet' });
    expect(body).toMatchObject({
      __type: 'ValidationException',
      message: expect.stringContaining('enum value set: [ssh, rdp]'),
    });
    await expect(detailsOf('web-1', 'rdp')).rejects.toMatchObject(refusal('InvalidInputException', /LINUX_UNIX/));
  });

  test('F143 every answer has another temporary key', async () => {
    const [one, two] = await Promise.all([detailsOf('web-1'), detailsOf('web-1')]);
    expect(one.privateKey).toMatch(/^-----BEGIN RSA PRIVATE KEY-----\n/);
    expect(one.privateKey).not.toBe(two.privateKey);
    const [first, second] = [one, two].map(({ certKey = '' }) => parseCertificate(certKey));
    expect(first?.serial).not.toBe(second?.serial);
  });

  test('F144 the certificate is for the temporary key, this user and a quarter of an hour', async () => {
    const before = Math.floor(Date.now() / 1000);
    const details = await detailsOf('web-1');
    const after = Math.floor(Date.now() / 1000);
    const certificate = parseCertificate(details.certKey ?? '');
    expect(certificate).toMatchObject({
      type: 'ssh-rsa-cert-v01@openssh.com',
      publicKey: publicKeyLine(createPrivateKey(details.privateKey ?? '')),
      principals: ['admin'],
      criticalOptions: [],
    });
    expect(details.username).toBe('admin');
    expect(certificate.extensions).toContain('permit-pty');
    expect(certificate.validBefore).toBe(seconds(details.expiresAt));
    expect(certificate.validBefore - 900).toBeGreaterThanOrEqual(before);
    expect(certificate.validBefore - 900).toBeLessThanOrEqual(after);
    expect(certificate.validAfter).toBe(certificate.validBefore - 960);
    expect(details.password).toBeUndefined();
    expect(details.passwordData).toBeUndefined();
  });

  test('F144 each instance has an authority of its own, which stays', async () => {
    const authority = async (name: string): Promise<string> =>
      parseCertificate((await detailsOf(name)).certKey ?? '').authority;
    const first = await authority('web-1');
    expect(first).toMatch(/^ssh-ed25519 /);
    expect(await authority('web-1')).toBe(first);
    expect(await authority('web-2')).not.toBe(first);
  });

  test('F144 ssh-keygen reads the certificate', async (context) => {
    const keygen = tool(context, 'ssh-keygen');
    const { certKey, privateKey } = await detailsOf('web-1');
    const folder = folderWith(context, { 'key-cert.pub': `${certKey}\n`, key: privateKey ?? '' });
    const shown = run(keygen, ['-L', '-f', `${folder}/key-cert.pub`]);
    expect(shown).toContain('ssh-rsa-cert-v01@openssh.com user certificate');
    expect(shown).toMatch(/Principals: *\n *admin\n/);
    const publicKey = run(keygen, ['-y', '-f', `${folder}/key`]).trim();
    expect(parseCertificate(certKey ?? '').publicKey).toBe(publicKey.split(' ').slice(0, 2).join(' '));
  });

  test('the addresses are those of the instance', async () => {
    const details = await detailsOf('web-1');
    const { instance } = await client(server).send(new GetInstanceCommand({ instanceName: 'web-1' }));
    expect(details).toMatchObject({
      instanceName: 'web-1',
      ipAddress: instance?.publicIpAddress,
      ipv6Addresses: instance?.ipv6Addresses,
      username: instance?.username,
    });
    expect(details.ipAddress).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    await expect(detailsOf('nobody')).rejects.toMatchObject(
      refusal('NotFoundException', 'The Instance does not exist'),
    );
  });
});

describe('host keys', () => {
  test('F150 F151 a Linux instance has three host keys, the same at every call', async () => {
    const { hostKeys = [] } = await detailsOf('web-1');
    expect(hostKeys.map(({ algorithm }) => algorithm)).toEqual(['ssh-rsa', 'ssh-ed25519', 'ecdsa-sha2-nistp256']);
    for (const { algorithm = '', publicKey = '' } of hostKeys) {
      const blob = Buffer.from(publicKey, 'base64');
      expect(blob.subarray(4, 4 + blob.readUInt32BE()).toString()).toBe(algorithm);
    }
    expect((await detailsOf('web-1')).hostKeys).toEqual(hostKeys);
    const other = await detailsOf('web-2');
    expect(other.hostKeys?.map(({ publicKey }) => publicKey)).not.toContain(hostKeys[0]?.publicKey);
  });

  test('F152 F153 fingerprints of host keys name their digest, and have no dates', async () => {
    for (const key of (await detailsOf('web-1')).hostKeys ?? []) {
      expect(key.fingerprintSHA1).toMatch(/^SHA1:[A-Za-z0-9+/]{27}$/);
      expect(key.fingerprintSHA256).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
      expect(key.notValidBefore).toBeUndefined();
      expect(key.notValidAfter).toBeUndefined();
    }
  });

  test('F152 ssh-keygen prints the same fingerprints', async (context) => {
    const keygen = tool(context, 'ssh-keygen');
    const { hostKeys = [] } = await detailsOf('web-1');
    expect(hostKeys).toHaveLength(3);
    for (const { algorithm, publicKey, fingerprintSHA1, fingerprintSHA256 } of hostKeys) {
      const folder = folderWith(context, { 'host.pub': `${algorithm} ${publicKey}\n` });
      const print = (digest: string): string => run(keygen, ['-l', '-E', digest, '-f', `${folder}/host.pub`]);
      expect(print('sha1')).toContain(` ${fingerprintSHA1} `);
      expect(print('sha256')).toContain(` ${fingerprintSHA256} `);
    }
  });

  test('F151 F152 F153 the key of a remote desktop is a certificate with colons and dates', async () => {
    const { hostKeys = [] } = await detailsOf('desk', 'rdp');
    expect(hostKeys).toHaveLength(1);
    const [key] = hostKeys;
    expect(key?.algorithm).toBe('x509-cert');
    expect(key?.fingerprintSHA1).toMatch(/^([0-9a-fA-F]{2}:){19}[0-9a-fA-F]{2}$/);
    expect(key?.fingerprintSHA256).toMatch(/^([0-9a-fA-F]{2}:){31}[0-9a-fA-F]{2}$/);
    const certificate = new X509Certificate(Buffer.from(key?.publicKey ?? '', 'base64'));
    expect(certificate.fingerprint256.toLowerCase()).toBe(key?.fingerprintSHA256?.toLowerCase());
    expect(key?.notValidBefore?.getTime()).toBe(Date.parse(certificate.validFrom));
    expect(key?.notValidAfter?.getTime()).toBe(Date.parse(certificate.validTo));
    expect(seconds(key?.notValidBefore)).toBeLessThan(seconds(key?.notValidAfter));
  });

  test('F154 host keys say when they were recorded', async () => {
    const before = Date.now();
    await launch(client(server), 'fresh');
    const { hostKeys = [] } = await detailsOf('fresh');
    const after = Date.now();
    expect(hostKeys).toHaveLength(3);
    for (const { witnessedAt } of hostKeys) {
      expect(witnessedAt?.getTime()).toBeGreaterThanOrEqual(before);
      expect(witnessedAt?.getTime()).toBeLessThanOrEqual(after);
    }
  });

  test('F155 after DeleteKnownHostKeys the keys are recorded anew', async () => {
    const witnessed = async (): Promise<number[]> =>
      ((await detailsOf('web-2')).hostKeys ?? []).map(({ witnessedAt }) => witnessedAt?.getTime() ?? 0);
    const known = await witnessed();
    expect(known).toHaveLength(3);
    const between = Date.now();
    const { operations } = await client(server).send(new DeleteKnownHostKeysCommand({ instanceName: 'web-2' }));
    expect(operations).toHaveLength(1);
    expect(operations?.[0]).toMatchObject({ operationType: 'DeleteKnownHostKeys', status: 'Succeeded' });
    const anew = await witnessed();
    expect(anew).toHaveLength(3);
    for (const time of anew) expect(time).toBeGreaterThanOrEqual(between);
    for (const time of known) expect(time).toBeLessThanOrEqual(between);
    await expect(client(server).send(new DeleteKnownHostKeysCommand({ instanceName: 'nobody' }))).rejects.toMatchObject(
      refusal('NotFoundException'),
    );
  });

  test('an instance that does not run has no keys to show unless they are known', async () => {
    const here = client(server);
    for (const name of ['seen', 'unseen']) await launch(here, name);
    await detailsOf('seen');
    for (const instanceName of ['seen', 'unseen']) {
      const { operations } = await here.send(new StopInstanceCommand({ instanceName }));
      await finished(here, operations);
    }
    expect((await detailsOf('seen')).hostKeys).toHaveLength(3);
    const unseen = await detailsOf('unseen');
    expect(unseen.hostKeys).toEqual([]);
    expect(unseen.ipAddress).toMatch(/^172\.26\./);
  });
});

/** Takes the padding off by hand, as newer releases of Node may refuse to. */
const decrypt = (ciphertext: string, privateKeyPem: string): string => {
  const key = { key: privateKeyPem, padding: constants.RSA_NO_PADDING };
  const block = privateDecrypt(key, Buffer.from(ciphertext, 'base64'));
  expect([block[0], block[1]]).toEqual([0, 2]);
  return block.subarray(block.indexOf(0, 2) + 1).toString();
};

describe('Windows passwords', () => {
  test('F145 F149 with the default key pair the password is there, and that key pair is named', async () => {
    const details = await detailsOf('desk', 'rdp');
    expect(details.username).toBe('Administrator');
    expect(details.password).toMatch(/^[!-~]{8,}$/);
    expect(details.passwordData?.keyPairName).toBe('LightsailDefaultKeyPair');
    expect(details.certKey).toBeUndefined();
    expect(details.privateKey).toBeUndefined();
  });

  test('F148 the holder of the default key pair can decrypt the password', async () => {
    const { password, passwordData } = await detailsOf('desk', 'rdp');
    const { privateKeyBase64 = '' } = await client(server).send(new DownloadDefaultKeyPairCommand({}));
    expect(decrypt(passwordData?.ciphertext ?? '', privateKeyBase64)).toBe(password);
  });

  test('F145 F147 F148 F149 with a key pair of the user the password is only there encrypted', async () => {
    const here = client(server);
    const { privateKeyBase64 = '' } = await here.send(new CreateKeyPairCommand({ keyPairName: 'mine' }));
    await launch(here, 'own-desk', { ...windows, keyPairName: 'mine' });
    const { password, passwordData } = await detailsOf('own-desk', 'rdp');
    expect(password).toBe('');
    expect(passwordData?.keyPairName).toBe('mine');
    expect(decrypt(passwordData?.ciphertext ?? '', privateKeyBase64)).toMatch(/^[!-~]{8,}$/);
  });

  test('F146 the password of the creation stays, whatever happens inside', async () => {
    const before = await detailsOf('desk', 'rdp');
    const here = client(server);
    const { operations } = await here.send(new RebootInstanceCommand({ instanceName: 'desk' }));
    await finished(here, operations);
    const after = await detailsOf('desk', 'rdp');
    expect(after.password).toBe(before.password);
    expect(after.passwordData).toEqual(before.passwordData);
  });

  test('F145 F148 while the instance is being made both are empty', async () => {
    const slow = await startServer({ args: ['--pace', 'real'] });
    const here = client(slow);
    await create(here, ['desk'], windows);
    const { accessDetails } = await here.send(
      new GetInstanceAccessDetailsCommand({ instanceName: 'desk', protocol: 'rdp' }),
    );
    expect(accessDetails).toMatchObject({
      password: '',
      passwordData: { ciphertext: '', keyPairName: 'LightsailDefaultKeyPair' },
      hostKeys: [],
    });
  });

  test('F147 a Linux instance has no password data', async () => {
    const { body } = await call(server, 'GetInstanceAccessDetails', { instanceName: 'web-1' });
    expect(Object.keys(body.accessDetails).sort()).toEqual(
      'certKey expiresAt hostKeys instanceName ipAddress ipv6Addresses privateKey protocol username'.split(' '),
    );
  });
});
