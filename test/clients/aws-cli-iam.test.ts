/** The AWS CLI as a user, and as a role that the user takes. */
import { beforeAll, expect } from 'vitest';
import { apiOf } from '../call.ts';
import { type Server, startServer } from '../lateen.ts';
import { allow, newUser, policyOf, setRights } from '../users.ts';
import { testWithAwsCli } from './aws-cli.ts';
import { run, settingsFor } from './tools.ts';

let server: Server;
const account = '111111111111';
const roleArn = `arn:aws:iam::${account}:role/deploy`;

beforeAll(async () => {
  server = await startServer({ args: ['--account', account] });
});

const aws = (command: string, variables: Record<string, string> = {}) =>
  run('aws', [...command.split(' '), '--output', 'json'], {
    variables: { ...settingsFor(server), AWS_ENDPOINT_URL_STS: server.url, ...variables },
  });

testWithAwsCli('asks who it is, is allowed and denied, and takes a role', async () => {
  const root = apiOf(server);
  expect(JSON.parse((await aws('sts get-caller-identity')).stdout)).toEqual({
    UserId: account,
    Account: account,
    Arn: `arn:aws:iam::${account}:root`,
  });
  const ann = await newUser(server, root, 'ann', [allow('lightsail:GetRegions')]);
  const asAnn = { AWS_ACCESS_KEY_ID: ann.accessKeyId, AWS_SECRET_ACCESS_KEY: ann.secret };
  expect(JSON.parse((await aws('sts get-caller-identity', asAnn)).stdout)).toMatchObject({ Arn: ann.arn });
  expect((await aws('lightsail get-regions', asAnn)).code).toBe(0);
  const denied = await aws('lightsail get-instances', asAnn);
  expect(denied.code).not.toBe(0);
  expect(denied.stderr).toContain(
    `An error occurred (AccessDeniedException) when calling the GetInstances operation: User: ${ann.arn} is not authorized to perform: lightsail:GetInstances`,
  );

  await root.control('PutRole', {
    name: 'deploy',
    trust: policyOf({ Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' }),
  });
  await root.control('PutPolicy', { name: 'reader', document: policyOf(allow('lightsail:Get*')) });
  await root.control('AttachPolicy', { role: 'deploy', policy: 'reader' });
  const assume = `sts assume-role --role-arn ${roleArn} --role-session-name ci`;
  const refused = await aws(assume, asAnn);
  expect(refused.stderr).toContain('(AccessDenied) when calling the AssumeRole operation');
  await setRights(root, 'ann', [allow('sts:AssumeRole', roleArn)]);
  const { Credentials: of } = JSON.parse((await aws(assume, asAnn)).stdout);
  const asRole = {
    AWS_ACCESS_KEY_ID: of.AccessKeyId,
    AWS_SECRET_ACCESS_KEY: of.SecretAccessKey,
    AWS_SESSION_TOKEN: of.SessionToken,
  };
  expect((await aws('lightsail get-instances', asRole)).code).toBe(0);
  expect((await aws('lightsail delete-key-pair --key-pair-name some-key', asRole)).stderr).toContain(
    'AccessDeniedException',
  );
  const token = JSON.parse((await aws('sts get-session-token', asAnn)).stdout);
  expect(token.Credentials.AccessKeyId).toMatch(/^ASIA/);
});
