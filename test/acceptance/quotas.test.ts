import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { create, launch, lightsail, newAccount, refusal } from '../instances.ts';
import { startServer, temporaryFolder } from '../lateen.ts';

const reached = (limit: number) =>
  refusal(
    'InvalidInputException',
    `Sorry, you've reached your maximum limit of Lightsail Instances : ${limit}.\n If you're new to Lightsail, please try again later. If the issue persists, please contact Customer Support.`,
  );
const numbered = (count: number, from = 0) => Array.from({ length: count }, (_, i) => `web-${from + i}`);

test('F159 an account has 20 instances over all Regions', async () => {
  const server = await startServer();
  const [virginia, ireland] = [lightsail(server), lightsail(server, 'eu-west-1')];
  expect(await create(virginia, numbered(12))).toHaveLength(12);
  expect(await create(ireland, numbered(7))).toHaveLength(7);
  await expect(create(virginia, numbered(2, 12))).rejects.toMatchObject(reached(20));
  expect((await virginia.getInstances({})).instances).toHaveLength(12);
  expect((await launch(virginia, 'last')).name).toBe('last');
  for (const api of [virginia, ireland, lightsail(server, 'ap-south-1')])
    await expect(create(api, ['too-many'])).rejects.toMatchObject(reached(20));

  const other = lightsail(await newAccount(server, 'other'));
  expect((await launch(other, 'last')).name).toBe('last');

  await ireland.deleteInstance({ instanceName: 'web-0' });
  expect((await launch(virginia, 'after-all')).name).toBe('after-all');
  await expect(create(ireland, ['too-many'])).rejects.toMatchObject(reached(20));
});

test('limits come from a file too, of all accounts and of single ones, and a flag has the say', async () => {
  const file = join(temporaryFolder(), 'quotas.json');
  const single = { '222222222222': { instancesPerAccount: 3 } };
  writeFileSync(file, JSON.stringify({ instancesPerAccount: 1, staticIpsPerAccount: 1, ...single }));
  const server = await startServer({
    args: ['--quotas', file, '--quota', 'instancesPerAccount=2', '--quota', '222222222222:staticIpsPerAccount=2'],
  });
  const root = lightsail(server);
  await expect(create(root, numbered(3))).rejects.toMatchObject(reached(2));
  const { stdout } = await server.cli('keys', 'create', '--new-account', 'b', '--account', '222222222222', '--json');
  const { accessKeyId, secretAccessKey: secret } = JSON.parse(stdout) as Record<string, string>;
  const other = lightsail({ url: server.url, accessKeyId: accessKeyId!, secret: secret! });
  await expect(create(other, numbered(4))).rejects.toMatchObject(reached(3));
  expect(await create(other, numbered(3))).toHaveLength(3);
  for (const [api, most] of [
    [root, 1],
    [other, 2],
  ] as const) {
    for (let i = 0; i < most; i++) await api.allocateStaticIp({ staticIpName: `ip-${i}` });
    await expect(api.allocateStaticIp({ staticIpName: 'last' })).rejects.toMatchObject({
      message: expect.stringContaining(`maximum limit of Lightsail Static IPs : ${most}.`),
    });
  }
  writeFileSync(file, '{"instancesPerAcount": 1}');
  await expect(startServer({ args: ['--quotas', file] })).rejects.toThrow('There is no quota instancesPerAcount.');
});

test('the limit is another one where the server was started with it', async () => {
  const api = lightsail(await startServer({ args: ['--quota', 'instancesPerAccount=2'] }));
  await expect(create(api, numbered(3))).rejects.toMatchObject(reached(2));
  expect(await create(api, numbered(2))).toHaveLength(2);
  await expect(create(api, ['third'])).rejects.toMatchObject(reached(2));
});
