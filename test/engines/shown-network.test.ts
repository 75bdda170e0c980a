/** What the internet sees of machines that run: pages, open and closed ports, and static IPs that move. With the AWS CLI. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { imageFor } from '../../src/engines/incus/images.ts';
import { run } from '../../src/engines/incus/network/run.ts';
import { testWithAwsCli } from '../clients/aws-cli.ts';
import { until } from '../clients/tools.ts';
import { cacheFolder, missing } from './incus.ts';
import { makeNamespaces, type Namespaces } from './namespaces.ts';
import { sshArguments } from './ssh.ts';
import { startWorld, type World } from './world.ts';

const why = missing();
if (why !== undefined) console.info(`skipped: what the internet sees of machines, since ${why}`);

const minutes = 60_000;
const pool = '198.51.100.0/24';
const uplink = 'lateen-uplink';
/** Two people on the internet. */
const people = { first: '203.0.113.10', second: '203.0.113.11' } as const;

/** A page with the machine's name, on two ports. */
const pages = `hostname > /srv/index.html
for port in 80 8080; do systemd-run python3 -m http.server --directory /srv $port; done
`;

describe.skipIf(why !== undefined)('the internet', () => {
  let world: World;
  let internet: Namespaces;

  beforeAll(async () => {
    world = await startWorld('--public-pool', pool);
    const built = await images('build', 'nginx', '--cache', join(cacheFolder(), 'images'));
    expect(JSON.parse(built)).toMatchObject({ images: [{ blueprintId: 'nginx' }] });
    // Only now: the packages of an image may come from an address that the test has its own idea of.
    internet = await makeNamespaces(['internet']);
    await internet.ip(
      'internet',
      `link add eth0 type veth peer name ${uplink} netns ${process.pid}`,
      ...Object.values(people).map((address) => `addr add ${address}/24 dev eth0`),
      'link set eth0 up',
      `route add ${pool} via 203.0.113.1`,
    );
    await run('ip', ['addr', 'add', '203.0.113.1/24', 'dev', uplink]);
    await run('ip', ['link', 'set', uplink, 'up']);
  }, 20 * minutes);
  afterAll(async () => {
    try {
      await internet?.end();
    } finally {
      await world?.end();
    }
  });

  /** The page at an address as somebody out there sees it; 'nothing' when none comes. */
  const page = (url: string, person: keyof typeof people = 'first', ...more: string[]): Promise<string> =>
    internet
      .in('internet')('curl', ['-sS', '--noproxy', '*', '--max-time', '2', '--interface', people[person], ...more, url])
      .then(
        (text) => text.trim(),
        () => 'nothing',
      );
  const images = (...args: string[]): Promise<string> =>
    run(process.execPath, [resolve('bin/lateen.js'), 'images', ...args, '--incus', world.daemon.socket, '--json']);
  const addressOf = async (name: string): Promise<string> => (await world.instance(name)).publicIpAddress ?? '';
  const hostNameOf = async (name: string): Promise<string> =>
    `ip-${(await world.instance(name)).privateIpAddress?.replaceAll('.', '-')}`;
  /** Resolves once the page is there. */
  const appears = (url: string, text: string) =>
    until(
      () => page(url),
      (found) => found.includes(text),
    );
  const port = (instance: string, info: string) => ['--instance-name', instance, '--port-info', info];

  testWithAwsCli(
    'an application blueprint boots without a network, and serves its page through the firewall',
    async () => {
      await world.create(['web'], '--blueprint-id', 'nginx');
      // The machine needs its image no more.
      const fingerprint = (await imageFor(world.daemon.incus, 'nginx'))?.fingerprint;
      await images('remove', 'nginx');
      expect(await world.daemon.incus.find(`/1.0/images/${fingerprint}`)).toBeUndefined();
      const address = await addressOf('web');
      await appears(`http://${address}/`, 'Welcome to nginx');
      expect(await page(`https://${address}/`, 'second', '--insecure')).toContain('Welcome to nginx');
      expect(await world.inside('web', 'echo from its owner > htdocs/index.html; id -un')).toBe('bitnami');
      expect(await page(`http://${address}/`)).toBe('from its owner');
      const query = 'mariadb -u root -p"$(cat bitnami_application_password)" -Ne "select 6 * 7"';
      expect(await world.inside('web', query)).toBe('42');
    },
  );

  testWithAwsCli(
    'a closed port is closed, and opens and closes while the machine runs, for whom it is to',
    async () => {
      await world.create(['one', 'two', 'three'], '--user-data', pages);
      const [address, name] = await Promise.all([addressOf('one'), hostNameOf('one')]);
      await appears(`http://${address}/`, name);
      const closed = `http://${address}:8080/`;
      expect(await page(closed)).toBe('nothing');

      const info = 'fromPort=8080,toPort=8080,protocol=tcp';
      await world.done('open-instance-public-ports', ...port('one', `${info},cidrs=${people.second}/32`));
      expect(await page(closed, 'second')).toBe(name);
      expect(await page(closed, 'first')).toBe('nothing');
      await world.done('open-instance-public-ports', ...port('one', `${info},cidrs=203.0.113.0/24`));
      expect(await page(closed, 'first')).toBe(name);
      await world.done('close-instance-public-ports', ...port('one', info));
      expect(await page(closed, 'second')).toBe('nothing');

      const only = ['--instance-name', 'one', '--port-infos', `${info},cidrs=0.0.0.0/0`];
      await world.done('put-instance-public-ports', ...only);
      expect(await page(closed, 'first')).toBe(name);
      expect(await page(`http://${address}/`)).toBe('nothing');
    },
  );

  testWithAwsCli('a static IP moves from one machine to the next, and a connection to another goes on', async () => {
    await world.done('allocate-static-ip', '--static-ip-name', 'fixed');
    const { staticIp } = await world.aws.answer<{ staticIp: { ipAddress: string } }>(
      'get-static-ip --static-ip-name fixed',
    );
    const { ipAddress } = staticIp;
    const attach = (name: string) =>
      world.done('attach-static-ip', '--static-ip-name', 'fixed', '--instance-name', name);
    await attach('two');
    await appears(`http://${ipAddress}/`, await hostNameOf('two'));

    // Somebody is logged in to a third machine all the while.
    const arguments_ = sshArguments(await world.login('web'));
    const session = spawn('ip', ['netns', 'exec', `lateen-${process.pid}-internet`, 'ssh', ...arguments_, 'cat']);
    const echo = async (text: string): Promise<string> => {
      session.stdin.write(text);
      const [said] = (await once(session.stdout, 'data')) as [Buffer];
      return String(said);
    };
    expect(await echo('before')).toBe('before');

    const before = await addressOf('three');
    await world.done('detach-static-ip', '--static-ip-name', 'fixed');
    expect(await page(`http://${ipAddress}/`)).toBe('nothing');
    await attach('three');
    expect(await page(`http://${ipAddress}/`)).toBe(await hostNameOf('three'));
    expect(await page(`http://${before}/`)).toBe('nothing');
    // The other has an address of the pool again, and is reached there.
    expect(await page(`http://${await addressOf('two')}/`)).toBe(await hostNameOf('two'));
    expect(await world.inside('three', 'hostname')).toBe(await hostNameOf('three'));

    expect(await echo('after')).toBe('after');
    session.stdin.end();
    await once(session, 'close');
  });
});
