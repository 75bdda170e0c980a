/** IPv6 of instances that run, black box: what the API says is what the machine has, and what its firewall does. */
import { connect } from 'node:net';
import type { IpAddressType, Lightsail, PortInfo } from '@aws-sdk/client-lightsail';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { IncusInstance } from '../../src/engines/incus/instances.ts';
import { finished, getInstance, launch } from '../instances.ts';
import { client, type Server, startServer } from '../lateen.ts';
import { missing, startTestIncus, type TestIncus } from './incus.ts';

const why = missing();
if (why !== undefined) console.info(`skipped: IPv6 of instances, since ${why}`);

const instanceName = 'six';
const web = 8080;
/** Serves on every address, IPv4 and IPv6. */
const userData = `systemd-run --unit web python3 -m http.server --bind :: ${web}`;

describe.skipIf(why !== undefined)('IPv6 of instances', () => {
  let daemon: TestIncus;
  let server: Server;
  let api: Lightsail;
  let machine: string;

  const addressOf = async (): Promise<string> => (await getInstance(api, instanceName)).ipv6Addresses?.[0] ?? '';
  const inside = async (...command: string[]): Promise<string> => (await daemon.incus.exec(machine, command)).stdout;
  const opens = (host: string): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connect({ host, port: web, timeout: 500 });
      const end = (is: boolean) => () => {
        socket.destroy();
        resolve(is);
      };
      socket.on('connect', end(true)).on('timeout', end(false)).on('error', end(false));
    });
  /** A machine takes a moment until it has heard of its address. */
  const opensSoon = (host: string): Promise<void> =>
    expect.poll(() => opens(host), { timeout: 60_000, interval: 100 }).toBe(true);
  const open = async (...portInfos: PortInfo[]): Promise<void> => {
    const { operation } = await api.putInstancePublicPorts({ instanceName, portInfos });
    await finished(api, [operation!]);
  };
  const change = async (ipAddressType: IpAddressType, acceptBundleUpdate = false): Promise<void> => {
    const input = { resourceType: 'Instance', resourceName: instanceName, ipAddressType, acceptBundleUpdate } as const;
    await finished(api, (await api.setIpAddressType(input)).operations);
  };
  const port = { protocol: 'tcp', fromPort: web, toPort: web } as const;

  beforeAll(async () => {
    daemon = await startTestIncus();
    server = await startServer({ args: ['--engine', 'incus', '--incus', daemon.socket] });
    api = client(server);
    await launch(api, instanceName, { userData });
    const [first] = await daemon.incus.get<IncusInstance[]>('/1.0/instances?recursion=1');
    machine = first?.name ?? '';
  });
  afterAll(async () => {
    await server?.stop();
    await daemon?.stop();
  });

  test('the address that the API shows is the one that the machine has, in the network of the bridge', async () => {
    const shown = await addressOf();
    expect(shown).toMatch(/^FD[0-9A-F]{2}(:[0-9A-F]{1,4}){7}$/);
    await open({ ...port, cidrs: ['0.0.0.0/0'], ipv6Cidrs: ['::/0'] });
    await opensSoon(shown);
    const has = JSON.parse(await inside('ip', '-6', '-j', 'addr', 'show', 'dev', 'eth0', 'scope', 'global')) as {
      addr_info?: { local?: string }[];
    }[];
    const local = has.flatMap(({ addr_info = [] }) =>
      addr_info.flatMap(({ local }) => (local === undefined ? [] : [plain(local)])),
    );
    expect(local).toEqual([plain(shown)]);
  });

  test('the firewall opens and closes ports for IPv6 apart from IPv4', async () => {
    const six = await addressOf();
    const four = (await getInstance(api, instanceName)).publicIpAddress ?? '';
    // The call answers before the machine is behind its new firewall.
    const expectReached = (...expected: boolean[]) =>
      expect.poll(() => Promise.all([opens(four), opens(six)]), { timeout: 10_000 }).toEqual(expected);
    await open({ ...port, cidrs: ['0.0.0.0/0'], ipv6Cidrs: [] });
    await expectReached(true, false);
    await open({ ...port, cidrs: ['198.51.100.0/24'], ipv6Cidrs: ['::/0'] });
    await expectReached(false, true);
    await open({ ...port, cidrs: ['198.51.100.0/24'], ipv6Cidrs: ['2001:db8:f::/64'] });
    await expectReached(false, false);
    await open({ ...port, cidrs: [], ipv6Cidrs: [six.replace(/(:[0-9A-F]+){4}$/, '::/64')] });
    await expectReached(false, true);
  });

  test('another address type changes the running machine', async () => {
    await open({ ...port, cidrs: ['0.0.0.0/0'], ipv6Cidrs: ['::/0'] });
    const six = await addressOf();
    const boot = await inside('cat', '/proc/sys/kernel/random/boot_id');
    const started = await inside('stat', '--format', '%Y', '/proc/1');
    await change('ipv4');
    expect(await addressOf()).toBe('');
    expect(await opens(six)).toBe(false);
    await expect.poll(() => inside('ip', '-6', 'addr', 'show', 'scope', 'global'), { timeout: 10_000 }).toBe('');
    await opensSoon((await getInstance(api, instanceName)).publicIpAddress ?? '');
    await change('dualstack');
    expect(await addressOf()).toBe(six);
    await opensSoon(six);
    const four = (await getInstance(api, instanceName)).publicIpAddress ?? '';
    await change('ipv6', true);
    expect((await getInstance(api, instanceName)).publicIpAddress).toBeUndefined();
    expect([await opens(six), await opens(four)]).toEqual([true, false]);
    await change('dualstack', true);
    await opensSoon((await getInstance(api, instanceName)).publicIpAddress ?? '');
    expect(await inside('cat', '/proc/sys/kernel/random/boot_id')).toBe(boot);
    expect(await inside('stat', '--format', '%Y', '/proc/1')).toBe(started);
  });

  test('the metadata service tells of the address, and answers over IPv6 when it is to', async () => {
    const get = (host: string, path: string): Promise<string> =>
      inside(
        'curl',
        '--silent',
        '--globoff',
        '--max-time',
        '5',
        '--write-out',
        ' %{http_code}',
        `http://${host}/latest/meta-data/${path}`,
      );
    const six = plain(await addressOf());
    expect(await get('169.254.169.254', 'ipv6')).toBe(`${six} 200`);
    expect(await get('[fd00:ec2::254]', 'ipv6')).toMatch(/ 403$/);
    const { operation } = await api.updateInstanceMetadataOptions({ instanceName, httpProtocolIpv6: 'enabled' });
    await finished(api, [operation!]);
    expect(await get('[fd00:ec2::254]', 'ipv6')).toBe(`${six} 200`);
  });
});

/** In its shortest form. */
const plain = (address: string): string => new URL(`http://[${address}]`).hostname.slice(1, -1);
