import { expect, test } from 'vitest';
import { create, launch, lightsail, newAccount, refusal } from '../instances.ts';
import { startServer } from '../lateen.ts';

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

test('the limit is another one where the server was started with it', async () => {
  const api = lightsail(await startServer({ args: ['--quota', 'instancesPerAccount=2'] }));
  await expect(create(api, numbered(3))).rejects.toMatchObject(reached(2));
  expect(await create(api, numbered(2))).toHaveLength(2);
  await expect(create(api, ['third'])).rejects.toMatchObject(reached(2));
});
