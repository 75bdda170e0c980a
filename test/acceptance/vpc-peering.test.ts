import { expect, test } from 'vitest';
import { apiOf } from '../call.ts';
import { lightsail, newAccount } from '../instances.ts';
import { startServer } from '../lateen.ts';

const server = await startServer();

const peered = (operationType: string, region: string) => ({
  operationType,
  resourceName: expect.stringMatching(/^vpc-[0-9a-f]{17}$/),
  operationDetails: expect.stringMatching(/^vpc-[0-9a-f]{17}$/),
  resourceType: 'PeeredVpc',
  location: { availabilityZone: 'all', regionName: region },
  status: 'Succeeded',
  isTerminal: true,
});

test('F535-F537 a network is peered and unpeered with one operation each, and tells which it is', async () => {
  const api = lightsail(server);
  const isPeered = async () => {
    const { $metadata: _metadata, ...answer } = await api.isVpcPeered({});
    return answer;
  };
  expect(await isPeered()).toEqual({ isPeered: false });

  const { operation } = await api.peerVpc({});
  expect(operation).toMatchObject(peered('PeeredVpc', 'us-east-1'));
  expect(operation?.operationDetails).not.toBe(operation?.resourceName);
  expect(await isPeered()).toEqual({ isPeered: true });

  const { operation: over } = await api.unpeerVpc({});
  expect(over).toMatchObject(peered('UnpeeredVpc', 'us-east-1'));
  expect(over?.resourceName).toBe(operation?.resourceName);
  expect(await isPeered()).toEqual({ isPeered: false });
});

test('F538 operations name the kind PeeredVpc, and are found by the name of the network', async () => {
  const api = lightsail(server, 'eu-west-1');
  const { operation } = await api.peerVpc({});
  expect((await api.getOperation({ operationId: operation?.id })).operation).toEqual(operation);
  const { operations } = await api.getOperationsForResource({ resourceName: operation?.resourceName });
  expect(operations).toEqual([operation]);
  expect((await api.getActiveNames({})).activeNames).toEqual([]);
});

test('each account and Region has a network of its own', async () => {
  const other = await newAccount(server, 'networks');
  const [here, there, theirs] = [
    lightsail(server, 'ap-south-1'),
    lightsail(server, 'us-west-2'),
    lightsail(other, 'ap-south-1'),
  ];
  const { operation } = await here.peerVpc({});
  expect(await there.isVpcPeered({})).toMatchObject({ isPeered: false });
  expect(await theirs.isVpcPeered({})).toMatchObject({ isPeered: false });
  expect((await theirs.peerVpc({})).operation?.resourceName).not.toBe(operation?.resourceName);
});

test('a call that changes nothing is answered like one that does', async () => {
  const api = lightsail(server, 'eu-central-1');
  expect((await api.unpeerVpc({})).operation).toMatchObject(peered('UnpeeredVpc', 'eu-central-1'));
  await api.peerVpc({});
  expect((await api.peerVpc({})).operation).toMatchObject(peered('PeeredVpc', 'eu-central-1'));
  expect(await api.isVpcPeered({})).toMatchObject({ isPeered: true });
});

test('peerings survive a restart, go with the state of their Region, and come back with it', async () => {
  const first = await startServer();
  for (const region of ['us-east-1', 'us-west-2']) await lightsail(first, region).peerVpc({});
  await first.kill();
  const next = await startServer({ data: first.data });
  const [virginia, oregon] = [lightsail(next), lightsail(next, 'us-west-2')];
  const both = async () => [(await virginia.isVpcPeered({})).isPeered, (await oregon.isVpcPeered({})).isPeered];
  expect(await both()).toEqual([true, true]);

  const control = apiOf(next).control;
  const file = `${next.data}/peered.jsonl`;
  await control('SaveState', { file });
  await control('ResetState', { region: 'us-west-2' });
  expect(await both()).toEqual([true, false]);
  await control('LoadState', { file });
  expect(await both()).toEqual([true, true]);
});
