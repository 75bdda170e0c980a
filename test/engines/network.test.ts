import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { examineNetwork } from '../../src/engines/incus/network/examine.ts';
import { linkLocalOf, otherRoute } from '../../src/engines/incus/network/host.ts';
import type { MetadataFacts } from '../../src/engines/incus/network/metadata/tree.ts';
import { createNetwork, type Network, type NetworkedMachine } from '../../src/engines/incus/network/network.ts';
import type { FirewallRule } from '../../src/engines/machine.ts';
import { canMakeNamespaces, makeNamespaces, type Namespaces } from './namespaces.ts';

/** Answers on each port with its own name and the address it sees the caller at, and echoes what comes. */
const server = `
  const [name, ...ports] = process.argv.slice(1);
  let left = ports.length;
  for (const port of ports) require('node:net').createServer((socket) => {
    socket.on('error', () => {});
    socket.write(name + ' ' + socket.remoteAddress.replace('::ffff:', '') + '\\n');
    socket.pipe(socket);
  }).listen(Number(port), '::', () => --left || console.log('ready'));
`;

/** Says what the server says, or that nothing came. A closed port drops, so silence is the answer. */
const client = `
  const [host, port] = process.argv.slice(1);
  const socket = require('node:net').connect(Number(port), host);
  const end = (text) => { console.log(text); process.exit(); };
  socket.on('data', (data) => end(String(data).trim()));
  socket.on('error', (error) => end(error.code));
  setTimeout(() => end('silence'), 1000);
`;

/** Echoes until it is told to stop, then says whether the stream still lives. */
const stream = `
  const [host, port] = process.argv.slice(1);
  const socket = require('node:net').connect(Number(port), host);
  let echoes = 0;
  socket.on('error', () => {});
  socket.once('data', () => {
    console.log('connected');
    socket.on('data', () => echoes++);
    setInterval(() => socket.write('x'), 10);
  });
  process.stdin.on('data', () => {
    echoes = 0;
    setTimeout(() => console.log('echoes ' + (echoes > 0)), 700);
  });
`;

/** Status and text of a request to the metadata service. */
const metadataClient = `
  const [method, path, header, host] = process.argv.slice(1);
  const headers = header ? Object.fromEntries([header.split(': ')]) : {};
  const end = (text) => { console.log(JSON.stringify(text)); process.exit(); };
  require('node:http').request({ host: host || '169.254.169.254', method, path, headers, timeout: 1500 }, (response) => {
    let text = '';
    response.on('data', (data) => (text += data)).on('end', () => end(response.statusCode + ' ' + text));
  }).on('timeout', () => end('silence')).on('error', (error) => end(error.code)).end();
`;

const publicOf = { a: '198.51.100.1', b: '198.51.100.2', c: '198.51.100.3' } as const;
const privateOf = { a: '172.26.1.1', b: '172.26.1.2', c: '172.26.1.3' } as const;
const ipv6Of = { a: '2001:db8:26::11', b: '2001:db8:26::12', c: '2001:db8:26::13' } as const;
const macOf = { a: '06:00:00:00:00:0a', b: '06:00:00:00:00:0b', c: '06:00:00:00:00:0c' } as const;
type Name = keyof typeof publicOf;
const names: readonly Name[] = ['a', 'b', 'c'];
const outside = { first: '192.0.2.10', second: '192.0.2.11' } as const;

const opening = (changes: Partial<FirewallRule>): FirewallRule => ({
  protocol: 'tcp',
  fromPort: 22,
  toPort: 22,
  cidrs: ['0.0.0.0/0'],
  ipv6Cidrs: ['::/0'],
  ...changes,
});
const metadata = {
  httpTokens: 'optional',
  httpEndpoint: 'enabled',
  httpPutResponseHopLimit: 1,
  httpProtocolIpv6: 'enabled',
};

/** a and b are of one account, c is of another. */
const machine = (name: Name, changes: Partial<NetworkedMachine> = {}): NetworkedMachine => ({
  id: name,
  network: name === 'c' ? 'theirs' : 'ours',
  privateIp: privateOf[name],
  publicIp: publicOf[name],
  ipv6: [ipv6Of[name]],
  mac: macOf[name],
  firewall: [opening({})],
  metadata,
  ...changes,
});

const plan = {
  bridge: 'lateen0',
  gateway: '172.26.0.1',
  privateCidr: '172.26.0.0/16',
  ipv6: { gateway: '2001:db8:26::1', cidr: '2001:db8:26::/64', egress: 'routed' },
  publicCidr: '198.51.100.0/24',
  metadataPort: 8169,
  egress: 'public',
  hostPorts: [4780],
} as const;

const able = canMakeNamespaces();
if (!able) console.info('skipped: the network of machines, since network namespaces cannot be made here');

describe.skipIf(!able)('the network of machines', () => {
  let spaces: Namespaces;
  let network: Network;
  const scratch = mkdtempSync(join(tmpdir(), 'lateen-network-'));

  const reach = (from: string, host: string, port = 22) => spaces.ask(from, client, host, String(port));
  const pings = (from: string, host: string) =>
    spaces
      .in(from)('ping', ['-c', '1', '-W', '1', host])
      .then(
        () => true,
        () => false,
      );
  const metadataOf = async (from: string, method: string, path: string, header = '', host = '') =>
    JSON.parse(await spaces.ask(from, metadataClient, method, path, header, host)) as string;
  const restart = (...machines: NetworkedMachine[]) => network.restore(machines);

  beforeAll(async () => {
    spaces = await makeNamespaces(['host', 'out', ...names, 'inner']);
    await spaces.ip(
      'host',
      'link add lateen0 type bridge',
      'addr add 172.26.0.1/16 dev lateen0',
      'addr add 2001:db8:26::1/64 dev lateen0 nodad',
      'link set lateen0 up',
      'link add uplink type veth peer name eth0 netns @out',
      'addr add 192.0.2.1/24 dev uplink',
      'addr add 2001:db8:f::1/64 dev uplink nodad',
      'link set uplink up',
    );
    await spaces.ip(
      'out',
      ...Object.values(outside).map((address) => `addr add ${address}/24 dev eth0`),
      'addr add 2001:db8:f::10/64 dev eth0 nodad',
      'link set eth0 up',
      'route add 198.51.100.0/24 via 192.0.2.1',
      'route add 172.26.0.0/16 via 192.0.2.1',
      '-6 route add 2001:db8:26::/64 via 2001:db8:f::1',
    );
    for (const name of names) {
      await spaces.ip(
        'host',
        `link add name ${name} type veth peer name eth0 netns @${name}`,
        `link set dev ${name} master lateen0 up`,
      );
      await spaces.ip(
        name,
        `link set dev eth0 address ${macOf[name]}`,
        `addr add ${privateOf[name]}/16 dev eth0`,
        `addr add ${ipv6Of[name]}/64 dev eth0 nodad`,
        'link set eth0 up',
        'route add default via 172.26.0.1',
        '-6 route add default via 2001:db8:26::1',
      );
    }
    // A container inside of machine a, one hop further away.
    await spaces.ip(
      'a',
      'link add inner type veth peer name eth0 netns @inner',
      'addr add 10.9.0.1/24 dev inner',
      'link set inner up',
    );
    await spaces.ip('inner', 'addr add 10.9.0.2/24 dev eth0', 'link set eth0 up', 'route add default via 10.9.0.1');
    await spaces.in('a')('sysctl', ['-qw', 'net.ipv4.ip_forward=1']);
    await spaces.in('a')(
      'nft',
      ['-f', '-'],
      'table ip inner { chain out { type nat hook postrouting priority srcnat; oifname "eth0" masquerade; }; }\n',
    );
    await spaces.in('host')('sysctl', [
      '-qw',
      'net.ipv4.ip_forward=1',
      'net.ipv6.conf.all.forwarding=1',
      'net.bridge.bridge-nf-call-iptables=0',
      'net.bridge.bridge-nf-call-ip6tables=0',
    ]);
    for (const name of names) await spaces.start(name, ['-e', server, name, '22', '80', '8080']);
    await spaces.start('out', ['-e', server, 'out', '80']);
    await spaces.start('host', ['-e', server, 'host', '4780', '5000']);
    // IPv6 takes a moment until it knows who is there.
    for (const name of ['out', ...names]) await spaces.in(name)('ping', ['-c', '1', '-w', '10', '2001:db8:26::1']);
    network = createNetwork({ ...plan, run: spaces.in('host') });
  });
  afterAll(async () => {
    await network?.close();
    await spaces.end();
    rmSync(scratch, { recursive: true });
  });
  beforeEach(() => restart(...names.map((name) => machine(name))));

  test('an open port is open from outside, over IPv4 and IPv6, and a closed one is closed', async () => {
    expect(await reach('out', publicOf.a)).toBe(`a ${outside.first}`);
    expect(await reach('out', ipv6Of.a)).toBe('a 2001:db8:f::10');
    expect(await reach('out', publicOf.a, 80)).toBe('silence');
    expect(await reach('out', ipv6Of.a, 80)).toBe('silence');
  });

  test('a change of the firewall holds for new connections at once', async () => {
    await network.set(machine('a', { firewall: [opening({ fromPort: 80, toPort: 8079 })] }));
    expect(await reach('out', publicOf.a)).toBe('silence');
    expect(await reach('out', publicOf.a, 80)).toBe(`a ${outside.first}`);
    expect(await reach('out', publicOf.a, 8080)).toBe('silence');
    expect(await reach('out', publicOf.b)).toBe(`b ${outside.first}`);
  });

  test('a connection that is established goes on when its port is closed', async () => {
    const running = await spaces.start('out', ['-e', stream, publicOf.a, '22']);
    await network.set(machine('a', { firewall: [] }));
    expect(await reach('out', publicOf.a)).toBe('silence');
    expect(await lives(running)).toBe(true);
  });

  test('a port is open to the addresses it is open to', async () => {
    await network.set(
      machine('a', {
        firewall: [
          opening({ cidrs: [outside.first, '192.0.2.10/32', '203.0.113.0/24'], ipv6Cidrs: [] }),
          opening({ fromPort: 80, toPort: 80, cidrs: ['203.0.113.0/24'], ipv6Cidrs: ['2001:DB8:F:0:0:0:0:0/64'] }),
        ],
      }),
    );
    expect(await reach('out', publicOf.a)).toBe(`a ${outside.first}`);
    expect(await reach('out', publicOf.a, 80)).toBe('silence');
    expect(await reach('out', ipv6Of.a, 80)).toBe('a 2001:db8:f::10');
    expect(await reach('out', ipv6Of.a)).toBe('silence');
  });

  test('a ping is answered when its ICMP type is open', async () => {
    expect([await pings('out', publicOf.a), await pings('out', ipv6Of.a)]).toEqual([false, false]);
    const [ping, ping6] = [
      opening({ protocol: 'icmp', fromPort: 8, toPort: -1 }),
      opening({ protocol: 'icmpv6', fromPort: 128, toPort: 0 }),
    ];
    await network.set(machine('a', { firewall: [ping] }));
    expect([await pings('out', publicOf.a), await pings('out', ipv6Of.a)]).toEqual([true, false]);
    await network.set(machine('a', { firewall: [ping6] }));
    expect([await pings('out', publicOf.a), await pings('out', ipv6Of.a)]).toEqual([false, true]);
    await network.set(machine('a', { firewall: [opening({ protocol: 'all', fromPort: 0, toPort: 65_535 })] }));
    expect([await pings('out', publicOf.a), await reach('out', ipv6Of.a, 80)]).toEqual([true, 'a 2001:db8:f::10']);
  });

  test('machines of one account reach each other privately whatever is closed, and those of another account do not', async () => {
    expect(await reach('b', privateOf.a, 80)).toBe(`a ${privateOf.b}`);
    expect(await reach('c', privateOf.a, 22)).toBe('silence');
    expect(await pings('c', privateOf.a)).toBe(false);
    expect(await reach('c', ipv6Of.a, 80)).toBe('silence');
    expect(await reach('c', ipv6Of.a, 22)).toBe(`a ${ipv6Of.c}`);
  });

  test('a machine is seen with its public address, outside and by other machines', async () => {
    expect(await reach('a', outside.first, 80)).toBe(`out ${publicOf.a}`);
    expect(await reach('a', '2001:db8:f::10', 80)).toBe(`out ${ipv6Of.a}`);
    expect(await reach('b', publicOf.a)).toBe(`a ${publicOf.b}`);
    expect(await reach('c', publicOf.a)).toBe(`a ${publicOf.c}`);
    expect(await reach('b', publicOf.a, 80)).toBe('silence');
    expect(await reach('a', publicOf.a)).toBe(`a ${publicOf.a}`);
    await network.set(machine('a', { firewall: [opening({ cidrs: [publicOf.b] })] }));
    expect(await reach('b', publicOf.a)).toBe(`a ${publicOf.b}`);
    expect(await reach('c', publicOf.a)).toBe('silence');
  });

  test('a machine without a public address neither reaches out nor calls public addresses', async () => {
    await network.set(machine('b', { publicIp: undefined }));
    expect(await reach('b', outside.first, 80)).toBe('silence');
    expect(await reach('b', publicOf.a)).toBe('silence');
    expect(await reach('b', privateOf.a)).toBe(`a ${privateOf.b}`);
  });

  test('a machine without an IPv6 address takes that of no other', async () => {
    await network.set(machine('b', { ipv6: [] }));
    expect(await reach('b', '2001:db8:f::10', 80)).toBe('silence');
    // As it would sound if b were a.
    await spaces.ip('b', `addr add ${ipv6Of.a}/64 dev eth0 nodad`, `addr del ${ipv6Of.b}/64 dev eth0`);
    const borrowed = await reach('b', '2001:db8:f::10', 80);
    await spaces.ip('b', `addr del ${ipv6Of.a}/64 dev eth0`, `addr add ${ipv6Of.b}/64 dev eth0 nodad`);
    await spaces.ip('b', '-6 route replace default via 2001:db8:26::1');
    expect(borrowed).toBe('silence');
    await network.set(machine('b'));
    expect(await reach('b', '2001:db8:f::10', 80)).toBe(`out ${ipv6Of.b}`);
  });

  test('nobody outside reaches a private address', async () => {
    expect(await reach('out', privateOf.a)).toBe('silence');
  });

  test('the host reaches public addresses without a route of its own, through the firewall, and private ones freely', async () => {
    expect(await reach('host', publicOf.a)).toBe('a 172.26.0.1');
    expect(await reach('host', publicOf.a, 80)).toBe('silence');
    expect(await reach('host', ipv6Of.a, 80)).toBe('silence');
    expect(await reach('host', privateOf.a, 80)).toBe('a 172.26.0.1');
  });

  test('a machine reaches of the host what it may, and nothing else', async () => {
    expect(await reach('a', '172.26.0.1', 4780)).toBe(`host ${privateOf.a}`);
    expect(await reach('a', '172.26.0.1', 5000)).toBe('silence');
    expect(await reach('a', '192.0.2.1', 5000)).toBe('silence');
    expect(await pings('a', '172.26.0.1')).toBe(true);
  });

  test('an address moves: its connections end, and those of a third do not notice', async () => {
    const [third, moved] = [
      await spaces.start('out', ['-e', stream, publicOf.c, '22']),
      await spaces.start('out', ['-e', stream, publicOf.a, '22']),
    ];
    await network.set(machine('b', { publicIp: publicOf.a }));
    expect(await reach('out', publicOf.a)).toBe(`b ${outside.first}`);
    expect(await reach('out', publicOf.b)).not.toMatch(/^[abc] /);
    expect(await lives(third)).toBe(true);
    expect(await lives(moved)).toBe(false);
    await network.set(machine('a', { publicIp: publicOf.b }));
    expect(await reach('out', publicOf.b)).toBe(`a ${outside.first}`);
    expect(await reach('a', outside.first, 80)).toBe(`out ${publicOf.b}`);
  });

  test('a machine that is removed is closed, with its connections', async () => {
    const running = await spaces.start('out', ['-e', stream, ipv6Of.a, '22']);
    await network.remove('a');
    await network.remove('a');
    expect(await reach('out', publicOf.a)).not.toMatch(/^[abc] /);
    expect(await reach('b', privateOf.a)).toBe('silence');
    expect(await lives(running)).toBe(false);
  });

  test('rules that somebody flushed are noticed, and come back with the next change', async () => {
    expect(await network.remains()).toBe(true);
    await spaces.in('host')('nft', ['flush', 'ruleset']);
    expect(await network.remains()).toBe(false);
    await network.set(machine('b', { firewall: [] }));
    expect(await network.remains()).toBe(true);
    expect(await reach('out', publicOf.a)).toBe(`a ${outside.first}`);
    expect(await reach('out', publicOf.b)).toBe('silence');
  });

  test('the host knows where machines with IPv6 are, and forgets them when they go', async () => {
    const permanent = async () =>
      (await spaces.in('host')('ip', ['-6', 'neigh', 'show', 'dev', 'lateen0', 'nud', 'permanent']))
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line.startsWith('fe80::'))
        .sort();
    const at = (name: Name) => `${linkLocalOf(macOf[name])} lladdr ${macOf[name]} PERMANENT`;
    expect(await permanent()).toEqual([at('a'), at('b'), at('c')]);
    await network.set(machine('a', { ipv6: [] }));
    await network.remove('b');
    expect(await permanent()).toEqual([at('c')]);
    expect(linkLocalOf('06:bb:44:37:cb:65')).toBe('fe80::4bb:44ff:fe37:cb65');
  });

  test('a new network on the old table finds running connections well', async () => {
    const running = await spaces.start('out', ['-e', stream, publicOf.a, '22']);
    await createNetwork({ ...plan, run: spaces.in('host') }).restore(names.map((name) => machine(name)));
    expect(await lives(running)).toBe(true);
  });

  test('where the pool is not routed, machines leave with the address of the host', async () => {
    const hosted = createNetwork({
      ...plan,
      egress: 'host',
      ipv6: { ...plan.ipv6, egress: 'host' },
      run: spaces.in('host'),
    });
    await hosted.restore(names.map((name) => machine(name)));
    expect(await reach('a', outside.first, 80)).toBe('out 192.0.2.1');
    expect(await reach('a', '2001:db8:f::10', 80)).toBe('out 2001:db8:f::1');
    expect(await reach('b', publicOf.a)).toBe(`a ${publicOf.b}`);
    expect(await reach('out', publicOf.a)).toBe(`a ${outside.first}`);
  });

  test('a machine that started later reaches itself as well', async () => {
    await spaces.ip('host', 'link set dev b type bridge_slave hairpin off');
    expect(await reach('b', publicOf.b)).toBe('silence');
    await network.started();
    expect(await reach('b', publicOf.b)).toBe(`b ${publicOf.b}`);
  });

  test('a host that has everything is found well, and a firewall in the way is pointed out', async () => {
    const host = spaces.in('host');
    const states = async () =>
      (await examineNetwork('6.1.0-13-amd64', 'lateen', host)).map(({ check, state }) => `${check}: ${state}`);
    const well = [
      'kernel',
      'nftables',
      'conntrack',
      'iproute2',
      'bridge filter',
      'bridge filter for IPv6',
      'forwarding',
    ].map((name) => `${name}: ok`);
    expect(await states()).toEqual(well.with(5, 'bridge filter for IPv6: warning'));
    await host('sysctl', ['-qw', 'net.bridge.bridge-nf-call-ip6tables=1']);
    expect(await states()).toEqual(well);
    expect(await otherRoute(host, plan.privateCidr, plan.bridge)).toBeUndefined();
    expect(await otherRoute(host, plan.privateCidr, 'lateen1')).toBe(plan.bridge);
    await host(
      'nft',
      ['-f', '-'],
      'table ip other { chain guard { type filter hook forward priority 0; policy drop; }; }\n',
    );
    expect(await states()).toEqual([...well, 'other firewalls: warning']);
    await host('nft', ['delete', 'table', 'ip', 'other']);
  });

  test('teardown leaves neither table nor route', async () => {
    await network.teardown();
    expect(await spaces.in('host')('nft', ['list', 'ruleset'])).not.toContain('lateen');
    expect(await spaces.in('host')('ip', ['route'])).not.toContain(plan.publicCidr);
  });

  test('a thousand machines are loaded, and one of them changed', async () => {
    const many = Array.from({ length: 1_000 }, (_, index) => ({
      ...machine('a'),
      id: `machine-${index}`,
      privateIp: `172.26.${8 + (index >> 8)}.${index & 255}`,
      publicIp: `198.18.${index >> 8}.${index & 255}`,
      ipv6: [`2001:db8:26::${(0x1000 + index).toString(16)}`],
      firewall: [22, 80, 443, 8000, 9000].map((port) => opening({ fromPort: port, toPort: port })),
    }));
    const begin = performance.now();
    await restart(machine('a'), ...many);
    const loaded = performance.now();
    await network.set({ ...many[500]!, firewall: [] });
    console.log(`1,000 machines: loaded in ${ms(loaded - begin)}, one changed in ${ms(performance.now() - loaded)}`);
    expect(await reach('out', publicOf.a)).toBe(`a ${outside.first}`);
  });

  test('the metadata service tells every machine of itself, and keeps its tokens within the hop limit', async () => {
    const facts = Object.fromEntries(
      names.flatMap((name) => {
        const about: MetadataFacts = {
          machine: name,
          instanceId: `i-${name}`,
          hostname: `ip-${privateOf[name].replaceAll('.', '-')}`,
          zone: 'us-east-1a',
          region: 'us-east-1',
          ipv6: [],
          publicKeys: [],
          key: () => ({ accessKeyId: 'ASIAONE', secret: 's', sessionToken: 't', issuedAt: 0, expiresAt: 1 }),
          options: name === 'b' ? { ...metadata, httpTokens: 'required' } : metadata,
        };
        return [
          [privateOf[name], about],
          [ipv6Of[name], about],
        ];
      }),
    );
    const outfile = join(scratch, 'metadata.mjs');
    await build({
      stdin: {
        contents: `
          import { createMetadataService } from './src/engines/incus/network/metadata/service.ts';
          import { randomIds } from './src/ids.ts';
          const facts = JSON.parse(process.argv[2]);
          const service = createMetadataService({ describe: async (address) => facts[address], clock: Date, ids: randomIds });
          await service.listen(['172.26.0.1', '2001:db8:26::1'], 8169);
          console.log('ready');`,
        resolveDir: join(import.meta.dirname, '../..'),
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile,
    });
    await spaces.start('host', [outfile, JSON.stringify(facts)]);
    const ttl = 'X-aws-ec2-metadata-token-ttl-seconds: 60';
    expect(await metadataOf('a', 'GET', '/latest/meta-data/instance-id')).toBe('200 i-a');
    expect(await metadataOf('a', 'GET', '/latest/meta-data/instance-id', '', '[fd00:ec2::254]'.slice(1, -1))).toBe(
      '200 i-a',
    );
    expect(await metadataOf('b', 'GET', '/latest/meta-data/instance-id')).toMatch(/^401 /);
    const token = (await metadataOf('b', 'PUT', '/latest/api/token', ttl)).replace('200 ', '');
    expect(await metadataOf('b', 'GET', '/latest/meta-data/instance-id', `X-aws-ec2-metadata-token: ${token}`)).toBe(
      '200 i-b',
    );
    expect(await metadataOf('a', 'GET', '/latest/meta-data/instance-id', `X-aws-ec2-metadata-token: ${token}`)).toMatch(
      /^401 /,
    );
    expect(await reach('a', '172.26.0.1', 8169)).toBe('silence');

    expect(await metadataOf('inner', 'GET', '/latest/meta-data/instance-id')).toBe('200 i-a');
    expect(await metadataOf('inner', 'GET', '/latest/meta-data/none')).toMatch(/^404 /);
    expect(await metadataOf('inner', 'PUT', '/latest/api/token', ttl)).toBe('silence');
    await network.set(machine('a', { metadata: { ...metadata, httpPutResponseHopLimit: 2 } }));
    expect(await metadataOf('inner', 'PUT', '/latest/api/token', ttl)).toMatch(/^200 /);
  });

  /** Whether a stream still carries anything. */
  const lives = async (running: Awaited<ReturnType<Namespaces['start']>>): Promise<boolean> => {
    const said = new Promise<string>((tell) => running.stdout?.once('data', (data) => tell(String(data))));
    running.stdin?.write('tell\n');
    return (await said).includes('true');
  };

  const ms = (time: number) => `${Math.round(time)} ms`;
});
