import type { InstanceMetadataOptions } from '@aws-sdk/client-lightsail';
import { expect, test } from 'vitest';
import { apiOf } from '../call.ts';
import { create, finished, getInstance, launch, lightsail, refusal } from '../instances.ts';
import { startServer } from '../lateen.ts';

const server = await startServer();
const api = lightsail(server);
const admin = apiOf(server);

const fresh: InstanceMetadataOptions = {
  httpEndpoint: 'enabled',
  httpProtocolIpv6: 'disabled',
  httpPutResponseHopLimit: 1,
  httpTokens: 'optional',
  state: 'applied',
};
const optionsOf = async (name: string) => (await getInstance(api, name)).metadataOptions;

test('metadata options are pending with the answer, and applied when the operation is over', async () => {
  await launch(api, 'waits');
  // While the machine does not take them, what is on the way can be seen.
  await admin.control('OrderFault', { step: 'SetMetadata/metadata', times: 4 });
  const { operation } = await api.updateInstanceMetadataOptions({ instanceName: 'waits', httpTokens: 'required' });
  expect(operation).toMatchObject({
    operationType: 'UpdateInstanceMetadataOptions',
    resourceName: 'waits',
    resourceType: 'Instance',
    location: { availabilityZone: 'us-east-1a', regionName: 'us-east-1' },
    status: 'Started',
    isTerminal: false,
  });
  expect(await optionsOf('waits')).toEqual({ ...fresh, httpTokens: 'required', state: 'pending' });
  await admin.control('AdvanceClock', { ms: 60_000 });
  expect(await finished(api, [operation!])).toMatchObject([{ id: operation?.id, status: 'Succeeded' }]);
  expect(await optionsOf('waits')).toEqual({ ...fresh, httpTokens: 'required' });
});

test('what a change does not name stays', async () => {
  await launch(api, 'piecemeal');
  const changes = [
    { httpEndpoint: 'disabled' as const },
    { httpProtocolIpv6: 'enabled' as const },
    { httpPutResponseHopLimit: 64 },
    { httpTokens: 'required' as const },
  ];
  for (const change of changes) {
    const { operation } = await api.updateInstanceMetadataOptions({ instanceName: 'piecemeal', ...change });
    await finished(api, [operation!]);
  }
  expect(await optionsOf('piecemeal')).toEqual({ ...Object.assign({}, ...changes), state: 'applied' });
});

test('options that a machine never takes are taken back', async () => {
  await launch(api, 'refuses');
  await admin.control('OrderFault', { step: 'SetMetadata/metadata', permanent: true });
  const { operation } = await api.updateInstanceMetadataOptions({ instanceName: 'refuses', httpEndpoint: 'disabled' });
  expect(await finished(api, [operation!])).toMatchObject([{ status: 'Failed' }]);
  expect(await optionsOf('refuses')).toEqual(fresh);
});

test('the hop limit is 1 to 64', async () => {
  await launch(api, 'hops');
  for (const httpPutResponseHopLimit of [0, 65, -1])
    await expect(
      api.updateInstanceMetadataOptions({ instanceName: 'hops', httpPutResponseHopLimit }),
    ).rejects.toMatchObject(
      refusal('InvalidInputException', `The hop limit ${httpPutResponseHopLimit} is not valid: it must be 1 to 64.`),
    );
  expect(await optionsOf('hops')).toEqual(fresh);
});

test('an instance must run or be stopped, and be there', async () => {
  const slow = await startServer({ args: ['--pace', 'real'] });
  await create(lightsail(slow), ['unborn']);
  await expect(
    lightsail(slow).updateInstanceMetadataOptions({ instanceName: 'unborn', httpTokens: 'required' }),
  ).rejects.toMatchObject(
    refusal(
      'InvalidInputException',
      'The Instance unborn cannot be given other metadata options while its state is pending.',
    ),
  );
  await expect(api.updateInstanceMetadataOptions({ instanceName: 'missing' })).rejects.toMatchObject(
    refusal('NotFoundException', 'The Instance does not exist'),
  );
});
