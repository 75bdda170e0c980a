import { expect, test } from 'vitest';
import { operations } from '../api/generated/operations.ts';
import { hidden, holdsSecrets, maskByName, maskByShape } from './mask.ts';

test('what the model calls sensitive is hidden, at any depth and whatever its type', () => {
  const database = { relationalDatabaseName: 'db', masterUserPassword: 'sesame', tags: [{ key: 'a', value: 'b' }] };
  expect(maskByShape('CreateRelationalDatabaseRequest', database)).toEqual({ ...database, masterUserPassword: hidden });
  for (const masterUserPassword of [7, ['sesame'], { deep: 'sesame' }])
    expect(maskByShape('CreateRelationalDatabaseRequest', { masterUserPassword })).toEqual({
      masterUserPassword: hidden,
    });
  expect(maskByShape('CreateKeyPairResult', { privateKeyBase64: 'sesame', publicKeyBase64: 'p' })).toEqual({
    privateKeyBase64: hidden,
    publicKeyBase64: 'p',
  });
  expect(maskByShape('CreateBucketAccessKeyResult', { accessKey: { secretAccessKey: 'sesame' } })).toEqual({
    accessKey: { secretAccessKey: hidden },
  });
});

test('launch scripts and environments are hidden though the model does not ask for it', () => {
  expect(maskByShape('CreateInstancesRequest', { userData: 'sesame' })).toEqual({ userData: hidden });
  const containers = { web: { image: 'nginx', environment: { TOKEN: 'sesame' } } };
  expect(maskByShape('CreateContainerServiceDeploymentRequest', { serviceName: 's', containers })).toEqual({
    serviceName: 's',
    containers: { web: { image: 'nginx', environment: hidden } },
  });
});

test('what the shape does not have, or has otherwise, is left out', () => {
  expect(maskByShape('CreateInstancesRequest', { masterUserPasword: 'sesame', instanceNames: ['a'] })).toEqual({
    instanceNames: ['a'],
  });
  expect(maskByShape('DeleteInstanceRequest', { instanceName: { secret: 'sesame' } })).toEqual({});
  expect(maskByShape('DeleteInstanceRequest', ['sesame'])).toBeUndefined();
});

test('long texts and lists are cut', () => {
  const masked = maskByShape('CreateInstancesRequest', {
    availabilityZone: 'z'.repeat(5000),
    instanceNames: Array.from({ length: 900 }, () => 'a'),
  }) as { availabilityZone: string; instanceNames: string[] };
  expect(masked.availabilityZone).toHaveLength(1027);
  expect(masked.instanceNames).toHaveLength(200);
});

test('every output with secrets is known as such', () => {
  const outputs = Object.entries(operations).filter(([, { output }]) => holdsSecrets(output));
  expect(outputs.map(([name]) => name)).toEqual(
    expect.arrayContaining([
      'CreateBucketAccessKey',
      'CreateContainerServiceRegistryLogin',
      'CreateGUISessionAccessDetails',
      'CreateKeyPair',
      'DownloadDefaultKeyPair',
      'GetInstanceAccessDetails',
      'GetRelationalDatabaseMasterUserPassword',
    ]),
  );
});

test('without a shape, names tell what is secret', () => {
  const given = { account: '1', accessKeyId: 'AKIA', secret: 's', nested: [{ SessionToken: 't', password: 1 }] };
  expect(maskByName(given)).toEqual({
    account: '1',
    accessKeyId: 'AKIA',
    secret: hidden,
    nested: [{ SessionToken: hidden, password: hidden }],
  });
});
