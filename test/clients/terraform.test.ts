import type { Lightsail } from '@aws-sdk/client-lightsail';
import { beforeAll, expect } from 'vitest';
import { finished } from '../instances.ts';
import { client, type Server, startServer } from '../lateen.ts';
import { planFor, testWithTerraform as test } from './terraform.ts';

let server: Server;
const { wish, init, run, succeeds, apply, nothingToDo, stateOf, destroy } = planFor(() => server);
let api: Lightsail;

beforeAll(async () => {
  server = await startServer();
  api = client(server);
});

interface Wish {
  readonly tags: Readonly<Record<string, string>>;
  readonly ports: readonly number[];
  /** When automatic snapshots are taken, or were before they were disabled. */
  readonly snapshots: { readonly time: string; readonly status: 'Enabled' | 'Disabled' };
}

let wanting: Wish = {
  tags: { team: 'blue', plain: '' },
  ports: [443, 22],
  snapshots: { time: '06:00', status: 'Enabled' },
};
/** Something else, and the rest as it was. */
const want = (wanted: Partial<Wish>): void => {
  wanting = { ...wanting, ...wanted };
  wish(resources(wanting));
};

/**
 * The addresses of a port are written out: since Terraform 1.4 the provider wants to replace an opening whose computed
 * addresses are not in the plan, whatever the service answers.
 */
const resources = ({ tags, ports, snapshots }: Wish): string => `
resource "aws_lightsail_key_pair" "login" {
  name = "login"
  tags = { team = "blue" }
}

resource "aws_lightsail_instance" "web" {
  name              = "web"
  availability_zone = "us-east-1a"
  blueprint_id      = "ubuntu_22_04"
  bundle_id         = "nano_3_0"
  key_pair_name     = aws_lightsail_key_pair.login.name
  ip_address_type   = "dualstack"
  user_data         = "echo hello"
  tags              = ${JSON.stringify(tags)}

  add_on {
    type          = "AutoSnapshot"
    snapshot_time = "${snapshots.time}"
    status        = "${snapshots.status}"
  }
}

resource "aws_lightsail_instance_public_ports" "web" {
  instance_name = aws_lightsail_instance.web.name
${ports
  .map(
    (port) => `
  port_info {
    protocol   = "tcp"
    from_port  = ${port}
    to_port    = ${port}
    cidrs      = ["0.0.0.0/0"]
    ipv6_cidrs = ["::/0"]
  }`,
  )
  .join('\n')}
}

resource "aws_lightsail_disk" "data" {
  name              = "data"
  availability_zone = "us-east-1a"
  size_in_gb        = 32
  tags              = { team = "blue" }
}

resource "aws_lightsail_disk_attachment" "data" {
  disk_name     = aws_lightsail_disk.data.name
  instance_name = aws_lightsail_instance.web.name
  disk_path     = "/dev/xvdf"
}

resource "aws_lightsail_static_ip" "front" {
  name = "front"
}

resource "aws_lightsail_static_ip_attachment" "front" {
  static_ip_name = aws_lightsail_static_ip.front.name
  instance_name  = aws_lightsail_instance.web.name
}
`;

/** What the state of Terraform says about the instance, but for the script, which no service gives back. */
const stateOfInstance = async (): Promise<Record<string, unknown>> => ({
  ...(await stateOf('aws_lightsail_instance')),
  user_data: undefined,
});

const openPorts = async () =>
  (await api.getInstancePortStates({ instanceName: 'web' })).portStates?.map(({ fromPort }) => fromPort);
const instance = async () => (await api.getInstance({ instanceName: 'web' })).instance;

test('applies a plan, and has nothing more to do', async () => {
  want({});
  await init();
  expect(await apply()).toContain('Resources: 7 added, 0 changed, 0 destroyed');
  expect(await instance()).toMatchObject({
    sshKeyName: 'login',
    state: { name: 'running' },
    ipAddressType: 'dualstack',
    tags: expect.arrayContaining([
      { key: 'team', value: 'blue' },
      { key: 'plain', value: '' },
    ]),
    addOns: [{ name: 'AutoSnapshot', snapshotTimeOfDay: '06:00', status: 'Enabled' }],
  });
  expect((await openPorts())?.sort()).toEqual([22, 443]);
  const { staticIp } = await api.getStaticIp({ staticIpName: 'front' });
  expect(await instance()).toMatchObject({ isStaticIp: true, publicIpAddress: staticIp?.ipAddress });
  expect((await api.getDisk({ diskName: 'data' })).disk).toMatchObject({
    attachedTo: 'web',
    path: '/dev/xvdf',
    sizeInGb: 32,
    tags: [{ key: 'team', value: 'blue' }],
  });
  await nothingToDo();
});

test('changes tags in place and ports by replacement', async () => {
  const before = await instance();
  want({ tags: { team: 'green', stage: 'test' }, ports: [8080] });
  expect(await apply()).toContain('Resources: 1 added, 1 changed, 1 destroyed');
  const after = await instance();
  expect(after?.arn).toBe(before?.arn);
  expect(after?.tags).toEqual(
    expect.arrayContaining([
      { key: 'team', value: 'green' },
      { key: 'stage', value: 'test' },
    ]),
  );
  expect(after?.tags).toHaveLength(2);
  expect(await openPorts()).toEqual([8080]);
  await nothingToDo();
});

test('changes the time of automatic snapshots, and disables them', async () => {
  for (const snapshots of [
    { time: '18:00', status: 'Enabled' },
    { time: '18:00', status: 'Disabled' },
  ] as const) {
    want({ snapshots });
    expect(await apply()).toContain('Resources: 0 added, 1 changed, 0 destroyed');
    const { time: snapshotTimeOfDay, status } = snapshots;
    expect((await instance())?.addOns).toMatchObject([{ snapshotTimeOfDay, status }]);
    await nothingToDo();
  }
});

test('mends what somebody else changed', async () => {
  await api.untagResource({ resourceName: 'web', tagKeys: ['team'] });
  expect(await run('plan', '-detailed-exitcode', '-input=false')).toMatchObject({ code: 2 });
  expect(await apply()).toContain('Resources: 0 added, 1 changed, 0 destroyed');
  expect((await instance())?.tags).toHaveLength(2);
});

test('attaches again what somebody else detached', async () => {
  await api.detachStaticIp({ staticIpName: 'front' });
  await finished(api, (await api.stopInstance({ instanceName: 'web' })).operations);
  await finished(api, (await api.detachDisk({ diskName: 'data' })).operations);
  expect(await apply()).toContain('Resources: 2 added, 0 changed, 0 destroyed');
  expect((await api.getDisk({ diskName: 'data' })).disk).toMatchObject({ attachedTo: 'web' });
  expect((await instance())?.isStaticIp).toBe(true);
  await nothingToDo();
});

test('imports the instance as it was applied', async () => {
  // What was attached to the instance since shows in it.
  await succeeds('apply', '-refresh-only', '-auto-approve', '-input=false');
  const applied = await stateOfInstance();
  await succeeds('state', 'rm', 'aws_lightsail_instance.web');
  await succeeds('import', '-input=false', 'aws_lightsail_instance.web', 'web');
  expect(await stateOfInstance()).toEqual(applied);
});

test('destroys everything', async () => {
  expect(await destroy()).toContain('7 destroyed');
  expect((await api.getInstances({})).instances).toEqual([]);
  expect((await api.getDisks({})).disks).toEqual([]);
  expect((await api.getStaticIps({})).staticIps).toEqual([]);
  expect((await api.getKeyPairs({})).keyPairs).toEqual([]);
  expect((await api.getOperations({})).operations?.filter(({ status }) => status !== 'Succeeded')).toEqual([]);
});
