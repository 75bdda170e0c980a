import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateKeyPairCommand,
  GetInstanceCommand,
  GetInstancesCommand,
  GetKeyPairsCommand,
} from '@aws-sdk/client-lightsail';
import { beforeAll, describe, expect, test } from 'vitest';
import { create } from '../instances.ts';
import { client, lateen, type Server, startServer, temporaryFolder } from '../lateen.ts';

const json = async (ended: ReturnType<typeof lateen>) => JSON.parse((await ended).stdout);
const emptyData = (): string => join(temporaryFolder(), 'data');

const instanceNames = async (server: Server): Promise<(string | undefined)[]> =>
  ((await client(server).send(new GetInstancesCommand({}))).instances ?? []).map(({ name }) => name);

describe('start', () => {
  test('says that it is ready, keeps others out of its directory, and ends in order', async () => {
    const server = await startServer();
    expect(server.stdout()).toBe(`ready http://127.0.0.1:${server.port}\n`);
    expect(server.stderr()).toBe('');
    const health = await fetch(`${server.url}/_lateen/health`);
    expect(await health.text()).toBe('ok\n');

    const second = await lateen('start', '--port', '0', '--data', server.data);
    expect(second).toEqual({
      code: 1,
      stdout: '',
      stderr: `lateen: Another Lateen is running on the data directory ${server.data}. Stop it, or start this one with another --data directory.\n`,
    });

    expect(await server.stop()).toBe(0);
    expect(server.stdout()).toBe(`ready http://127.0.0.1:${server.port}\n`);
    expect(existsSync(join(server.data, 'endpoint'))).toBe(false);
  });

  test('a killed server starts again with what it had', async () => {
    const killed = await startServer();
    await client(killed).send(new CreateKeyPairCommand({ keyPairName: 'stays' }));
    await killed.kill();
    const gone = await killed.cli('clock');
    expect(gone.code).toBe(1);
    expect(gone.stderr).toBe(
      `lateen: Nothing is running on ${killed.data}. Start it with: npx lateen start --data ${killed.data}\n`,
    );

    const again = await startServer({ data: killed.data });
    expect(again.accessKeyId).toBe(killed.accessKeyId);
    const { keyPairs } = await client(again).send(new GetKeyPairsCommand({}));
    expect(keyPairs?.map(({ name }) => name)).toContain('stays');
    expect(await again.stop()).toBe(0);
  });

  test('writes one line of JSON per request to standard error when asked to', async () => {
    const server = await startServer({ args: ['--log', 'json'] });
    await client(server).send(new GetKeyPairsCommand({}));
    await server.stop();
    const lines = server.stderr().trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ operation: 'GetKeyPairs', status: 200, account: '111111111111', region: 'us-east-1' }),
    );
    expect(server.stderr()).not.toContain(server.secret);
  });

  test('takes quotas and page sizes', async () => {
    const server = await startServer({ args: ['--quota', 'instancesPerAccount=1', '--page-size', '1'] });
    await create(client(server), ['first-1']);
    await expect(create(client(server), ['second-1'])).rejects.toThrow("you've reached your maximum limit");
    await client(server).send(new CreateKeyPairCommand({ keyPairName: 'one' }));
    await client(server).send(new CreateKeyPairCommand({ keyPairName: 'two' }));
    const page = await client(server).send(new GetKeyPairsCommand({}));
    expect(page.keyPairs).toHaveLength(1);
    expect(page.nextPageToken).toBeDefined();
  });

  test('warns when other machines can reach it', async () => {
    const server = await startServer({ args: ['--host', '0.0.0.0'] });
    expect(server.stdout()).toBe(`ready http://0.0.0.0:${server.port}\n`);
    expect(server.stderr()).toContain('other machines can reach it');
    expect((await server.cli('clock')).code).toBe(0);
    expect((await json(server.cli('env', '--json'))).AWS_ENDPOINT_URL_LIGHTSAIL).toBe(
      `http://127.0.0.1:${server.port}`,
    );
  });

  test('says what to do when the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const data = emptyData();
    const { code, stdout, stderr } = await lateen('start', '--port', String(port), '--data', data);
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr: `lateen: Port ${port} of 127.0.0.1 is taken. Stop what runs there, or start with another --port (0 takes a free one).\n`,
    });
    const doctor = await lateen('doctor', '--port', String(port), '--data', data);
    expect(doctor.code).toBe(1);
    expect(doctor.stdout).toMatch(new RegExp(`^port ${port} +problem +is taken`, 'm'));
    other.close();
  });

  test('refuses the engine incus without an Incus, with the command that mends it', async () => {
    const nowhere = join(emptyData(), 'unix.socket');
    const { code, stderr } = await lateen('start', '--engine', 'incus', '--incus', nowhere, '--data', emptyData());
    expect(code).toBe(1);
    expect(stderr).toContain(`lateen: Incus does not answer at ${nowhere}`);
    expect(stderr).toContain('systemctl start incus');
    const images = await lateen('images', '--incus', nowhere);
    expect([images.code, images.stderr]).toEqual([1, stderr]);
  });

  test('by npm start, a Ctrl-C that arrives twice is one', async () => {
    const script = new URL('../../scripts/start.mjs', import.meta.url).pathname;
    const child = spawn(process.execPath, [script, '--port', '0', '--data', emptyData()], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    expect(String(line)).toMatch(/^ready http:\/\/127\.0\.0\.1:\d+\n$/);
    child.kill('SIGINT');
    child.kill('SIGINT');
    expect(await once(child, 'close')).toEqual([0, null]);
  });
});

test('a second signal ends it at once, whatever still runs', async () => {
  const server = await startServer();
  const half = connect(server.port, '127.0.0.1');
  half.on('error', () => {});
  half.write('POST / HTTP/1.1\r\nHost: lateen\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n12345');
  await once(half, 'data');
  const ended = server.stop();
  await sleep(600);
  process.kill(server.pid, 'SIGTERM');
  expect(await ended).toBe(143);
  half.destroy();
});

describe('on a running server', () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer();
  });

  test('env gives a shell what AWS tools need', async () => {
    const { code, stdout } = await server.cli('env');
    expect(code).toBe(0);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .every((line) => /^export [A-Z0-9_]+=\S+$/.test(line)),
    ).toBe(true);
    const shown = execFileSync('sh', ['-c', `eval "$1"; env`, 'sh', stdout], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH },
    });
    const variables = await json(server.cli('env', '--json'));
    expect(variables).toEqual({
      AWS_ENDPOINT_URL_LIGHTSAIL: server.url,
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${server.port + 1}`,
      AWS_ENDPOINT_URL_STS: server.url,
      AWS_ACCESS_KEY_ID: server.accessKeyId,
      AWS_SECRET_ACCESS_KEY: server.secret,
      AWS_REGION: 'us-east-1',
      AWS_DEFAULT_REGION: 'us-east-1',
    });
    for (const [name, value] of Object.entries(variables)) expect(shown).toContain(`${name}=${value}\n`);
    expect((await server.cli('env', '--region', 'eu-west-3')).stdout).toContain('export AWS_REGION=eu-west-3\n');
    expect((await server.cli('env', '--region', 'mars-1')).code).toBe(2);
  });

  test('doctor finds nothing to do', async () => {
    const { code, stdout } = await server.cli('doctor');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^CHECK +STATE +FOUND +WHAT TO DO\n/);
    expect(stdout).toContain(`at ${server.url}, process ${server.pid}`);
    const report = await json(server.cli('doctor', '--json'));
    expect(report.ok).toBe(true);
    expect(report.checks.map(({ state }: { state: string }) => state)).toEqual(report.checks.map(() => 'ok'));
  });

  test('keys: of another account, temporary, disabled, enabled and deleted', async () => {
    const made = await json(server.cli('keys', 'create', '--new-account', 'staging', '--json'));
    expect(made.account).toMatch(/^\d{12}$/);
    const staging = { url: server.url, accessKeyId: made.accessKeyId, secret: made.secretAccessKey };
    const names = async () =>
      ((await client(staging).send(new GetKeyPairsCommand({}))).keyPairs ?? []).map(({ name }) => name);
    await client(server).send(new CreateKeyPairCommand({ keyPairName: 'of-root' }));
    expect(await names()).not.toContain('of-root');

    const listed = await server.cli('keys', 'list');
    expect(listed.stdout).toMatch(new RegExp(`^${made.accessKeyId} +${made.account} +staging +Active`, 'm'));
    expect(listed.stdout).not.toContain(made.secretAccessKey);
    expect((await server.cli('keys', 'disable', made.accessKeyId)).code).toBe(0);
    await expect(names()).rejects.toThrow('The security token included in the request is invalid');
    expect((await server.cli('keys', 'enable', made.accessKeyId)).code).toBe(0);
    expect(await names()).toEqual(expect.any(Array));
    expect((await server.cli('keys', 'delete', made.accessKeyId)).code).toBe(0);
    await expect(names()).rejects.toThrow('The security token included in the request is invalid');
    const again = await server.cli('keys', 'delete', made.accessKeyId);
    expect(again).toMatchObject({
      code: 1,
      stderr: `lateen: There is no access key ${made.accessKeyId}. lateen keys list shows all keys.\n`,
    });

    const { stdout } = await server.cli('keys', 'create', '--minutes', '15', '--export');
    expect(stdout).toMatch(
      /^export AWS_ACCESS_KEY_ID=ASIA\w+\nexport AWS_SECRET_ACCESS_KEY=\S+\nexport AWS_SESSION_TOKEN=\S+\n$/,
    );
    expect((await server.cli('keys', 'create', '--account', '999999999999')).stderr).toContain(
      'There is no account 999999999999.',
    );
  });

  test('keys: the root key is not taken from under the commands', async () => {
    for (const verb of ['disable', 'delete']) {
      const { code, stderr } = await server.cli('keys', verb, server.accessKeyId);
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('is the root key') });
    }
    expect((await server.cli('keys')).code).toBe(0);
  });

  test('faults: ordered for an operation, listed, striking, cleared', async () => {
    expect((await server.cli('faults')).stdout).toBe('No faults are ordered.\n');
    const ordered = await server.cli(
      'faults',
      'order',
      '--operation',
      'GetKeyPairs',
      '--error',
      'ThrottlingException',
      '--times',
      '2',
    );
    expect(ordered.stdout).toMatch(/^GetKeyPairs +2 +ThrottlingException$/m);
    await expect(client(server).send(new GetKeyPairsCommand({}))).rejects.toMatchObject({
      name: 'ThrottlingException',
    });
    expect(await json(server.cli('faults', 'list', '--json'))).toEqual({
      faults: [{ operation: 'GetKeyPairs', error: 'ThrottlingException', permanent: false, times: 2, left: 1 }],
    });
    expect((await server.cli('faults', 'clear')).stdout).toBe('No faults are ordered.\n');
    await client(server).send(new GetKeyPairsCommand({}));
    expect((await server.cli('faults', 'order')).code).toBe(2);
    expect(
      (await server.cli('faults', 'order', '--step', 'CreateInstance/boot', '--error', 'NotFoundException')).code,
    ).toBe(2);
    expect((await server.cli('faults', 'order', '--operation', 'GetKeyPairs', '--error', 'Oops')).stderr).toContain(
      'Use one of',
    );
  });

  test('faults: a step that fails for good takes its instance back', async () => {
    await server.cli('faults', 'order', '--step', 'CreateInstance/boot', '--permanent', '--message', 'No room.');
    const [operation] = await create(client(server), ['short-lived']);
    expect(operation?.status).toBe('Started');
    await expect
      .poll(() =>
        client(server)
          .send(new GetInstanceCommand({ instanceName: 'short-lived' }))
          .catch(({ name }) => name),
      )
      .toBe('NotFoundException');
  });

  test('clock: wound forward, never back', async () => {
    const before = Date.parse((await json(server.cli('clock', '--json'))).now);
    const { now, offsetMs } = await json(server.cli('clock', 'advance', '24h', '--json'));
    expect(Date.parse(now) - before).toBeGreaterThanOrEqual(86_400_000);
    expect(offsetMs).toBeGreaterThan(86_300_000);
    expect((await server.cli('clock', 'show')).stdout).toMatch(/^\d{4}-\S+Z, \S+ ahead of this machine\n$/);
    expect((await server.cli('clock', 'advance', 'soon')).stderr).toContain('Write a duration like 90s');
  });

  test('state: saved, reset, loaded', async () => {
    const file = join(temporaryFolder(), 'state.jsonl');
    await create(client(server), ['kept-1']);
    expect((await server.cli('state', 'save', file)).stdout).toMatch(/^Saved \d+ rows to /);
    expect(statSync(file).mode & 0o777).toBe(0o600);

    const careful = await server.cli('state', 'reset');
    expect(careful.code).toBe(2);
    expect(careful.stderr).toContain('Add --yes');
    expect(await instanceNames(server)).toContain('kept-1');
    expect(await json(server.cli('state', 'reset', '--region', 'eu-west-1', '--yes', '--json'))).toEqual({
      deleted: 0,
    });
    expect((await server.cli('state', 'reset', '--yes')).code).toBe(0);
    expect(await instanceNames(server)).toEqual([]);

    expect((await server.cli('state', 'load', file)).code).toBe(0);
    expect(await instanceNames(server)).toEqual(['kept-1']);

    writeFileSync(file, 'something else\n');
    expect((await server.cli('state', 'load', file)).stderr).toBe(`lateen: ${file} is not a state file of Lateen.\n`);
    expect((await server.cli('state', 'load', `${file}.not-there`)).stderr).toContain('no such file');
    expect(await instanceNames(server)).toEqual(['kept-1']);
  });
});

describe('without a server', () => {
  test.each([['env'], ['clock'], ['keys', 'list'], ['faults', 'list'], ['state', 'save', 'x']])(
    '%s says so',
    async (...args) => {
      const data = emptyData();
      expect(await lateen(...args, '--data', data)).toEqual({
        code: 1,
        stdout: '',
        stderr: `lateen: Nothing is running on ${data}. Start it with: npx lateen start --data ${data}\n`,
      });
    },
  );

  test('doctor checks what a first start needs', async () => {
    const data = emptyData();
    expect((await lateen('doctor', '--port', '0', '--data', data)).code).toBe(0);
    const wanting = await lateen(
      'doctor',
      '--port',
      '0',
      '--data',
      data,
      '--engine',
      'incus',
      '--incus',
      join(data, 'unix.socket'),
      '--database-url',
      'postgres://me:pw@127.0.0.1:1/x',
    );
    expect(wanting.code).toBe(1);
    expect(wanting.stdout).toMatch(/^Incus +problem +Incus does not answer .* systemctl start incus/m);
    expect(wanting.stdout).toMatch(
      /^PostgreSQL +problem +The database at postgres:\/\/me@127\.0\.0\.1:1\/x does not answer/m,
    );
  });

  test('doctor warns of a directory that others can read, and misses a lost key', async () => {
    const data = emptyData();
    mkdirSync(data);
    chmodSync(data, 0o755);
    writeFileSync(join(data, 'lateen.db'), '');
    const { code, stdout } = await lateen('doctor', '--port', '0', '--data', data);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^data directory +warning .* chmod 700/m);
    expect(stdout).toMatch(/^key file +problem .* is missing/m);
  });

  test.each(['start', 'env', 'doctor', 'keys', 'clock', 'faults', 'state'])(
    '%s --help has an example',
    async (name) => {
      const { code, stdout } = await lateen(name, '--help');
      expect(code).toBe(0);
      expect(stdout).toMatch(new RegExp(`Examples:\\n.*lateen ${name}`));
    },
  );

  test.each([
    [[]],
    [['sail']],
    [['--sail']],
    [['start', '--port', '70000']],
    [['start', '--quota', 'boats=1']],
    [['start', '--account', '12']],
    [['state']],
  ])('lateen %j is a wrong use', async (args) => {
    const { code, stdout, stderr } = await lateen(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('lateen');
  });

  test('it knows its version', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(await lateen('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });
});
