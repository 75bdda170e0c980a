import type { PortInfo } from '@aws-sdk/client-lightsail';
import { expect, test } from 'vitest';
import { getInstance, launch, lightsail, refusal } from '../instances.ts';
import { startServer } from '../lateen.ts';

const server = await startServer({ args: ['--quota', 'instancesPerAccount=100'] });
const api = lightsail(server);
const invalid = (message: string | RegExp) => refusal('InvalidInputException', message);

let count = 0;
/** A new instance with ports 80 and 22 open. */
const newInstance = async (): Promise<string> => {
  count += 1;
  return (await launch(api, `wall-${count}`)).name ?? '';
};
const open = (instanceName: string, portInfo: PortInfo) => api.openInstancePublicPorts({ instanceName, portInfo });
const close = (instanceName: string, portInfo: PortInfo) => api.closeInstancePublicPorts({ instanceName, portInfo });
const put = (instanceName: string, portInfos: PortInfo[]) => api.putInstancePublicPorts({ instanceName, portInfos });
const tcp = (port: number, more: PortInfo = {}): PortInfo => ({
  protocol: 'tcp',
  fromPort: port,
  toPort: port,
  ...more,
});

const states = async (instanceName: string) => (await api.getInstancePortStates({ instanceName })).portStates ?? [];
const numbers = async (instanceName: string) =>
  (await states(instanceName)).map(({ protocol, fromPort, toPort }) => `${protocol} ${fromPort} ${toPort}`);
const last = async (instanceName: string) => (await states(instanceName)).at(-1);
const usual = ['tcp 80 80', 'tcp 22 22'];

test('F160 OpenInstancePublicPorts opens one and closes none', async () => {
  const name = await newInstance();
  await open(name, { protocol: 'udp', fromPort: 5000, toPort: 5010, cidrs: ['192.0.2.0/24'] });
  expect(await numbers(name)).toEqual([...usual, 'udp 5000 5010']);
  expect(await last(name)).toMatchObject({ cidrs: ['192.0.2.0/24'], ipv6Cidrs: [], cidrListAliases: [] });
  await open(name, { protocol: 'udp', fromPort: 5000, toPort: 5010, cidrs: ['198.51.100.7'] });
  expect(await numbers(name)).toEqual([...usual, 'udp 5000 5010']);
  expect((await last(name))?.cidrs).toEqual(['192.0.2.0/24', '198.51.100.7/32']);
});

test('F160 an opening that names no addresses is for everyone', async () => {
  const name = await newInstance();
  await open(name, tcp(8080));
  expect(await last(name)).toMatchObject({ cidrs: ['0.0.0.0/0'], ipv6Cidrs: ['::/0'] });
});

test('F161 PutInstancePublicPorts closes what is not in its list', async () => {
  const name = await newInstance();
  await open(name, tcp(9000));
  await put(name, [tcp(443, { cidrs: ['192.0.2.1'] }), tcp(22)]);
  expect(await numbers(name)).toEqual(['tcp 443 443', 'tcp 22 22']);
  expect((await getInstance(api, name)).networking?.ports).toHaveLength(2);
  await put(name, [tcp(22)]);
  expect(await numbers(name)).toEqual(['tcp 22 22']);
  await put(name, []);
  expect(await numbers(name)).toEqual([]);
});

test('F162 CloseInstancePublicPorts closes one, and one that is closed already', async () => {
  const name = await newInstance();
  await close(name, tcp(80));
  expect(await numbers(name)).toEqual(['tcp 22 22']);
  await close(name, tcp(80));
  await close(name, tcp(8443));
  expect(await numbers(name)).toEqual(['tcp 22 22']);
});

test('F162 with addresses, only those are shut out', async () => {
  const name = await newInstance();
  await put(name, [tcp(22, { cidrs: ['192.0.2.1', '192.0.2.2'], cidrListAliases: ['lightsail-connect'] })]);
  await close(name, tcp(22, { cidrs: ['192.0.2.1/32'] }));
  expect(await last(name)).toMatchObject({ cidrs: ['192.0.2.2/32'], cidrListAliases: ['lightsail-connect'] });
  await close(name, tcp(22, { cidrs: ['192.0.2.2'], cidrListAliases: ['lightsail-connect'] }));
  expect(await numbers(name)).toEqual([]);
});

test('the three changes are done with the answer', async () => {
  const name = await newInstance();
  const calls = {
    OpenInstancePublicPorts: await open(name, tcp(81)),
    CloseInstancePublicPorts: await close(name, tcp(81)),
    PutInstancePublicPorts: await put(name, [tcp(82)]),
  };
  for (const [operationType, { operation }] of Object.entries(calls)) {
    expect(operation).toMatchObject({
      operationType,
      resourceName: name,
      resourceType: 'Instance',
      status: 'Succeeded',
      isTerminal: true,
      location: { availabilityZone: 'us-east-1a', regionName: 'us-east-1' },
    });
    expect((await api.getOperation({ operationId: operation?.id })).operation).toEqual(operation);
  }
});

test('F163 the protocols are tcp, udp, icmp, icmpv6 and all', async () => {
  const name = await newInstance();
  await put(name, [
    tcp(22),
    { protocol: 'udp', fromPort: 53, toPort: 53 },
    { protocol: 'icmp', fromPort: 8, toPort: -1 },
    { protocol: 'icmpv6', fromPort: 128, toPort: 0 },
    { protocol: 'all' },
  ]);
  expect(await numbers(name)).toEqual(['tcp 22 22', 'udp 53 53', 'icmp 8 -1', 'icmpv6 128 0', 'all 0 65535']);
  await expect(open(name, { ...tcp(1), protocol: 'sctp' as never })).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining("'sctp'"),
  });
  await expect(open(name, { fromPort: 1, toPort: 1 })).rejects.toMatchObject(invalid(/^A port needs a protocol/));
});

test('F164 ports of tcp and udp are 0 to 65535', async () => {
  const name = await newInstance();
  await open(name, { protocol: 'udp', fromPort: 0, toPort: 65535 });
  expect(await numbers(name)).toEqual([...usual, 'udp 0 65535']);
  await expect(open(name, tcp(-1))).rejects.toMatchObject(
    invalid('fromPort -1 is out of range for tcp: it must be 0 to 65535.'),
  );
  await expect(open(name, { protocol: 'udp', fromPort: 1, toPort: -1 })).rejects.toMatchObject(
    invalid('toPort -1 is out of range for udp: it must be 0 to 65535.'),
  );
  for (const port of [-2, 65536])
    await expect(open(name, tcp(port))).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining('2 validation errors detected'),
    });
  await expect(open(name, { protocol: 'tcp', fromPort: 90, toPort: 80 })).rejects.toMatchObject(
    invalid('The port range 90 to 80 is empty: fromPort must not be greater than toPort.'),
  );
});

test('F165 for icmp the numbers are type and code, and ping is 8 and -1', async () => {
  const name = await newInstance();
  await open(name, { protocol: 'icmp', fromPort: 8, toPort: -1 });
  expect(await last(name)).toMatchObject({ protocol: 'icmp', fromPort: 8, toPort: -1, state: 'open' });
  await expect(open(name, { protocol: 'icmp', fromPort: 256, toPort: -1 })).rejects.toMatchObject(
    invalid('fromPort 256 is out of range for icmp: it must be -1 to 255.'),
  );
});

test('F166 for icmpv6 too, and ping is 128 and 0', async () => {
  const name = await newInstance();
  await open(name, { protocol: 'icmpv6', fromPort: 128, toPort: 0 });
  expect(await last(name)).toMatchObject({ protocol: 'icmpv6', fromPort: 128, toPort: 0, state: 'open' });
});

test('F167 icmp needs both numbers', async () => {
  const name = await newInstance();
  const needsBoth = invalid('The protocol icmp needs both fromPort (its type) and toPort (its code).');
  await expect(open(name, { protocol: 'icmp' })).rejects.toMatchObject(needsBoth);
  await expect(open(name, { protocol: 'icmp', fromPort: 8 })).rejects.toMatchObject(needsBoth);
  await expect(open(name, { protocol: 'icmp', toPort: -1 })).rejects.toMatchObject(needsBoth);
});

test('F168 an IPv4 address and its /32 are the same', async () => {
  const name = await newInstance();
  await open(name, tcp(25, { cidrs: ['192.0.2.44', '192.0.2.44/32'] }));
  expect(await last(name)).toMatchObject({ cidrs: ['192.0.2.44/32'], ipv6Cidrs: [] });
  for (const cidr of ['192.0.2.256', '192.0.2.0/33', '192.0.2', '2001:db8::1', 'localhost', ''])
    await expect(open(name, tcp(25, { cidrs: [cidr] }))).rejects.toMatchObject(
      invalid(`${cidr} is not a valid IPv4 CIDR block.`),
    );
});

test('F169 IPv6 addresses have a list of their own', async () => {
  const name = await newInstance();
  await open(name, tcp(25, { ipv6Cidrs: ['2001:DB8:0:0::1', '2001:db8::1/128', '2001:db8::/32'] }));
  expect(await last(name)).toMatchObject({ cidrs: [], ipv6Cidrs: ['2001:db8::1/128', '2001:db8::/32'] });
  await expect(open(name, tcp(25, { ipv6Cidrs: ['192.0.2.1'] }))).rejects.toMatchObject(
    invalid('192.0.2.1 is not a valid IPv6 CIDR block.'),
  );
});

test('F170 the only alias is lightsail-connect', async () => {
  const name = await newInstance();
  await put(name, [tcp(22, { cidrListAliases: ['lightsail-connect'] })]);
  expect(await last(name)).toMatchObject({ cidrs: [], ipv6Cidrs: [], cidrListAliases: ['lightsail-connect'] });
  await expect(open(name, tcp(22, { cidrListAliases: ['office'] }))).rejects.toMatchObject(
    invalid('office is not a valid CIDR list alias. The only one is lightsail-connect.'),
  );
});

test('F171 F172 GetInstancePortStates shows the open ports of one instance', async () => {
  const name = await newInstance();
  const state = (port: number) => ({
    cidrListAliases: [],
    cidrs: ['0.0.0.0/0'],
    fromPort: port,
    ipv6Cidrs: ['::/0'],
    protocol: 'tcp',
    state: 'open',
    toPort: port,
  });
  expect(await states(name)).toEqual([state(80), state(22)]);
  await expect(api.getInstancePortStates({ instanceName: 'missing' })).rejects.toMatchObject(
    refusal('NotFoundException', 'The Instance does not exist'),
  );
});

test('F173 F174 F175 F176 F177 an open port says from where: anywhere, or custom', async () => {
  const name = await newInstance();
  await put(name, [tcp(80), tcp(22, { cidrs: ['192.0.2.1'] })]);
  const port = (number: number, more: object) => ({
    accessDirection: 'inbound',
    accessType: 'public',
    commonName: '',
    cidrListAliases: [],
    protocol: 'tcp',
    fromPort: number,
    toPort: number,
    ...more,
  });
  expect((await getInstance(api, name)).networking?.ports).toEqual([
    port(80, { accessFrom: 'Anywhere (0.0.0.0/0)', cidrs: ['0.0.0.0/0'], ipv6Cidrs: ['::/0'] }),
    port(22, { accessFrom: 'Custom', cidrs: ['192.0.2.1/32'] }),
  ]);
});

test('a change of the ports that is refused changes nothing', async () => {
  const name = await newInstance();
  await expect(put(name, [tcp(443), tcp(-1)])).rejects.toMatchObject({ name: 'InvalidInputException' });
  expect(await numbers(name)).toEqual(usual);
});
