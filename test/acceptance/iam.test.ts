/** Users, roles, policies and temporary credentials, by the built program and the SDKs. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Credentials, STS } from '@aws-sdk/client-sts';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Api, apiOf, call } from '../call.ts';
import { createInput, newAccount } from '../instances.ts';
import { type Account, client, type Server, startServer } from '../lateen.ts';
import { allow, newUser, policyOf, type Somebody, setRights } from '../users.ts';

let server: Server;
let root: Api;
let ann: Somebody;
const account = '111111111111';
const tags = [{ key: 'team', value: 'web' }];
const arns: Record<string, string> = {};

const stsOf = ({ url, accessKeyId, secret, sessionToken }: Account, region = 'us-east-1'): STS =>
  new STS({
    ...{ endpoint: url, region, maxAttempts: 1 },
    credentials: { accessKeyId, secretAccessKey: secret, ...(sessionToken === undefined ? {} : { sessionToken }) },
  });

/** Somebody may do this and nothing else, from now on. */
const may = (...statements: readonly object[]): Promise<void> => setRights(root, 'ann', statements);

const asAnn = (operation: string, input: object = {}, region?: string) => call(ann, operation, input, region);

const denied = (
  action: string,
  resource: unknown,
  because = `because no identity-based policy allows the ${action} action`,
) => ({
  status: 400,
  error: 'AccessDeniedException',
  message: `User: ${ann.arn} is not authorized to perform: ${action} on resource: ${resource} ${because}`,
});

beforeAll(async () => {
  server = await startServer({ args: ['--account', account] });
  root = apiOf(server);
  for (const name of ['web', 'api']) {
    await root.call('CreateInstances', {
      ...createInput([name]),
      tags: [{ key: 'team', value: name }],
    } as never);
    const { instance } = await root.call('GetInstance', { instanceName: name });
    arns[name] = instance!.arn!;
  }
  await root.call('CreateDisk', { diskName: 'data', availabilityZone: 'us-east-1a', sizeInGb: 8, tags });
  arns.data = (await root.call('GetDisk', { diskName: 'data' })).disk!.arn!;
  ann = await newUser(server, root, 'ann', []);
}, 60_000);

describe('a user', () => {
  test('may do nothing without a policy, and root everything', async () => {
    await may();
    expect(await asAnn('GetInstances')).toMatchObject(
      denied('lightsail:GetInstances', `arn:aws:lightsail:us-east-1:${account}:Instance/*`),
    );
    expect(await asAnn('GetRegions')).toMatchObject(denied('lightsail:GetRegions', '*'));
    expect(await asAnn('GetInstance', { instanceName: 'web' })).toMatchObject(
      denied('lightsail:GetInstance', arns.web),
    );
    expect((await call(server, 'GetInstances')).status).toBe(200);
  });

  test('may do what a policy allows, at once, and not what another statement denies', async () => {
    await may(allow('lightsail:Get*'));
    expect((await asAnn('GetInstances')).status).toBe(200);
    expect(await asAnn('StopInstance', { instanceName: 'web' })).toMatchObject(
      denied('lightsail:StopInstance', arns.web),
    );
    await may(allow('lightsail:Get*'), { ...allow('lightsail:GetInstances'), Effect: 'Deny' });
    expect(await asAnn('GetInstances')).toMatchObject(
      denied(
        'lightsail:GetInstances',
        `arn:aws:lightsail:us-east-1:${account}:Instance/*`,
        'with an explicit deny in an identity-based policy',
      ),
    );
    expect((await asAnn('GetInstance', { instanceName: 'web' })).status).toBe(200);
  });

  test('a wrong input is told before a right that is missing, and changes nothing', async () => {
    await may();
    expect(await asAnn('StopInstance', {})).toMatchObject({ status: 400, error: 'ValidationException' });
  });

  test('may do something to one resource by its ARN', async () => {
    await may(allow('lightsail:*', arns.web));
    expect((await asAnn('GetInstance', { instanceName: 'web' })).status).toBe(200);
    expect(await asAnn('GetInstance', { instanceName: 'api' })).toMatchObject(
      denied('lightsail:GetInstance', arns.api),
    );
    const nobody = `arn:aws:lightsail:us-east-1:${account}:Instance/*`;
    expect(await asAnn('GetInstance', { instanceName: 'nobody' })).toMatchObject(
      denied('lightsail:GetInstance', nobody),
    );
    await may(allow('lightsail:GetInstance', nobody));
    expect(await asAnn('GetInstance', { instanceName: 'nobody' })).toMatchObject({ error: 'NotFoundException' });
  });

  test('needs a right to everything that an input names', async () => {
    const input = { diskName: 'data', instanceName: 'web', diskPath: '/dev/xvdf' };
    await may(allow('lightsail:AttachDisk', arns.data));
    expect(await asAnn('AttachDisk', input)).toMatchObject(denied('lightsail:AttachDisk', arns.web));
    await may(allow('lightsail:AttachDisk', arns.web));
    expect(await asAnn('AttachDisk', input)).toMatchObject(denied('lightsail:AttachDisk', arns.data));
    await may(allow('lightsail:AttachDisk', [arns.data!, arns.web!]));
    expect((await asAnn('AttachDisk', input)).error).toBeUndefined();
  });

  test('may be told by where the request comes from, when, where to and by whom', async () => {
    const when = (Condition: object) => may(allow('lightsail:GetRegions', '*', { Condition }));
    const isLet = async (region?: string) => (await asAnn('GetRegions', {}, region)).status === 200;
    await when({ IpAddress: { 'aws:SourceIp': '127.0.0.0/8' } });
    expect(await isLet()).toBe(true);
    await when({ IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } });
    expect(await isLet()).toBe(false);
    await when({ StringEquals: { 'aws:RequestedRegion': 'eu-west-1' } });
    expect([await isLet(), await isLet('eu-west-1')]).toEqual([false, true]);
    await when({ DateLessThan: { 'aws:CurrentTime': '2020-01-01' } });
    expect(await isLet()).toBe(false);
    await when({ DateGreaterThan: { 'aws:CurrentTime': '2020-01-01' } });
    expect(await isLet()).toBe(true);
    await when({ Bool: { 'aws:SecureTransport': 'true' } });
    expect(await isLet()).toBe(false);
    await when({
      ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::${account}:user/a*` },
      StringEquals: { 'aws:username': 'ann' },
    });
    expect(await isLet()).toBe(true);
    await when({ StringEquals: { 'aws:PrincipalAccount': '222222222222' } });
    expect(await isLet()).toBe(false);
  });

  test('has no controls, and no terminal', async () => {
    await may(allow('*'));
    await expect(apiOf(ann).control('ListKeys')).rejects.toThrow('AccessDeniedException');
    await expect(apiOf(ann).control('CreateKey')).rejects.toThrow('AccessDeniedException');
  });

  test('is the same by the SDK, which knows the exception', async () => {
    await may(allow('lightsail:GetRegions'));
    expect((await client(ann).getRegions({})).regions).not.toHaveLength(0);
    await expect(client(ann).getInstances({})).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});

describe('tag-based access control', () => {
  test('F532 by the tags of the resource', async () => {
    await may(
      allow('lightsail:RebootInstance', '*', { Condition: { StringEquals: { 'aws:ResourceTag/team': 'web' } } }),
    );
    expect((await asAnn('RebootInstance', { instanceName: 'web' })).status).toBe(200);
    expect(await asAnn('RebootInstance', { instanceName: 'api' })).toMatchObject(
      denied('lightsail:RebootInstance', arns.api),
    );
  });

  test('F532 by the disk alone where a disk is attached', async () => {
    await may(allow('lightsail:AttachDisk', '*', { Condition: { StringEquals: { 'aws:ResourceTag/team': 'web' } } }));
    const input = { diskName: 'data', instanceName: 'api', diskPath: '/dev/xvdf' };
    expect(await asAnn('AttachDisk', input)).not.toMatchObject({ error: 'AccessDeniedException' });
  });

  test('F532 by the tags of the request', async () => {
    const Condition = {
      StringEquals: { 'aws:RequestTag/team': 'web' },
      'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'] },
    };
    await may(allow('lightsail:CreateDisk', '*', { Condition }));
    const make = (diskName: string, of?: object) =>
      asAnn('CreateDisk', { diskName, availabilityZone: 'us-east-1a', sizeInGb: 8, tags: of });
    expect((await make('tagged', tags)).status).toBe(200);
    expect((await make('plain')).error).toBe('AccessDeniedException');
    expect((await make('other', [{ key: 'team', value: 'api' }])).error).toBe('AccessDeniedException');
    expect((await make('more', [...tags, { key: 'stage', value: 'x' }])).error).toBe('AccessDeniedException');
    const { disks = [] } = await root.call('GetDisks');
    expect(disks.map(({ name }) => name).sort()).toEqual(['data', 'tagged']);
  });

  test('F532 F528 by the keys that are taken away', async () => {
    await may(
      allow('lightsail:UntagResource', '*', {
        Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['stage'] } },
      }),
    );
    const untag = (key: string) => asAnn('UntagResource', { resourceName: 'web', tagKeys: [key] });
    expect((await untag('team')).error).toBe('AccessDeniedException');
    expect((await untag('stage')).status).toBe(200);
  });

  test('F534 of the two reads that have it', async () => {
    await may(
      allow('lightsail:GetInstanceAccessDetails', '*', {
        Condition: { StringEquals: { 'aws:ResourceTag/team': 'web' } },
      }),
    );
    expect((await asAnn('GetInstanceAccessDetails', { instanceName: 'web' })).error).not.toBe('AccessDeniedException');
    expect((await asAnn('GetInstanceAccessDetails', { instanceName: 'api' })).error).toBe('AccessDeniedException');
  });

  test('not where the reference has none', async () => {
    await may(allow('lightsail:GetInstance', '*', { Condition: { StringEquals: { 'aws:ResourceTag/team': 'web' } } }));
    expect((await asAnn('GetInstance', { instanceName: 'web' })).error).toBe('AccessDeniedException');
  });
});

describe('temporary credentials', () => {
  const roleArn = `arn:aws:iam::${account}:role/deploy`;
  const trusting = (AWS: string) => policyOf({ Effect: 'Allow', Principal: { AWS }, Action: 'sts:AssumeRole' });
  const putRole = (trust: string, longestSession?: number) =>
    root.control('PutRole', { name: 'deploy', trust, longestSession });
  const assume = (who: Account, more: object = {}) =>
    stsOf(who).assumeRole({ RoleArn: roleArn, RoleSessionName: 'ci', ...more });
  const sessionOf = ({ Credentials: of }: { readonly Credentials?: Credentials | undefined }): Account => ({
    ...{ url: server.url, accessKeyId: of!.AccessKeyId!, secret: of!.SecretAccessKey! },
    sessionToken: of!.SessionToken!,
  });

  beforeAll(async () => {
    await putRole(trusting(account));
    await root.control('PutPolicy', { name: 'reader', document: policyOf(allow('lightsail:Get*')) });
    await root.control('AttachPolicy', { role: 'deploy', policy: 'reader' });
  });

  test('GetCallerIdentity tells who asks, and needs no right', async () => {
    await may();
    expect(await stsOf(server).getCallerIdentity({})).toMatchObject({
      ...{ Account: account, Arn: `arn:aws:iam::${account}:root`, UserId: account },
    });
    const { UserId, Arn, Account: of } = await stsOf(ann).getCallerIdentity({});
    expect({ Arn, of }).toEqual({ Arn: ann.arn, of: account });
    expect(UserId).toMatch(/^AIDA[A-Z2-7]{17}$/);
  });

  test('a role is taken when it trusts the account and the user may', async () => {
    await may();
    await expect(assume(ann)).rejects.toMatchObject({
      name: 'AccessDenied',
      message: `User: ${ann.arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn} because no identity-based policy allows the sts:AssumeRole action`,
      $metadata: { httpStatusCode: 403 },
    });
    await may(allow('sts:AssumeRole', roleArn));
    const taken = await assume(ann);
    expect(taken.AssumedRoleUser).toMatchObject({ Arn: `arn:aws:sts::${account}:assumed-role/deploy/ci` });
    expect(taken.AssumedRoleUser!.AssumedRoleId).toMatch(/^AROA[A-Z2-7]{17}:ci$/);
    expect(taken.Credentials!.AccessKeyId).toMatch(/^ASIA/);
    const left = taken.Credentials!.Expiration!.getTime() - Date.now();
    expect(left).toBeGreaterThan(3_500_000);
    expect(left).toBeLessThanOrEqual(3_600_000);

    const session = sessionOf(taken);
    expect(await stsOf(session).getCallerIdentity({})).toMatchObject({ Arn: taken.AssumedRoleUser!.Arn });
    const api = apiOf(session);
    expect((await api.ask('GetInstances')).status).toBe(200);
    expect(await api.ask('StopInstance', { instanceName: 'web' })).toMatchObject({
      error: 'AccessDeniedException',
      message: expect.stringContaining(`User: arn:aws:sts::${account}:assumed-role/deploy/ci is not authorized`),
    });
    const { sessionToken: _none, ...withoutToken } = session;
    expect(await apiOf(withoutToken).ask('GetInstances')).toMatchObject({ error: 'UnrecognizedClientException' });
  });

  test('a role that trusts a user by name needs no right of theirs, but a denial keeps them out', async () => {
    await putRole(trusting(ann.arn));
    await may();
    expect((await assume(ann)).Credentials).toBeDefined();
    await may({ ...allow('sts:*'), Effect: 'Deny' });
    await expect(assume(ann)).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining('with an explicit deny'),
    });
    await putRole(trusting(`arn:aws:iam::${account}:user/bob`));
    await may(allow('sts:*'));
    await expect(assume(ann)).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(assume(ann, { RoleArn: `arn:aws:iam::${account}:role/none` })).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    await putRole(trusting(account));
  });

  test('a trust policy may ask for an external id', async () => {
    const Condition = { StringEquals: { 'sts:ExternalId': 'sesame' } };
    await putRole(policyOf({ Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole', Condition }));
    await may(allow('sts:AssumeRole'));
    await expect(assume(ann)).rejects.toMatchObject({ name: 'AccessDenied' });
    expect((await assume(ann, { ExternalId: 'sesame' })).Credentials).toBeDefined();
    await putRole(trusting(account));
  });

  test('a role of another account needs both sides', async () => {
    const other = await newAccount(server, 'partner');
    const arn = `arn:aws:iam::${other.account}:role/visitor`;
    const put = (AWS: string) =>
      root.control('PutRole', { account: other.account, name: 'visitor', trust: trusting(AWS) });
    await put(ann.arn);
    await may();
    await expect(assume(ann, { RoleArn: arn })).rejects.toMatchObject({ name: 'AccessDenied' });
    await may(allow('sts:AssumeRole', arn));
    const session = sessionOf(await assume(ann, { RoleArn: arn }));
    expect((await stsOf(session).getCallerIdentity({})).Account).toBe(other.account);
    expect(await apiOf(session).ask('GetInstances')).toMatchObject({ error: 'AccessDeniedException' });
    await put(other.account);
    await expect(assume(ann, { RoleArn: arn })).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  test('a session may be narrowed, and never widened', async () => {
    await may(allow('sts:AssumeRole'));
    const narrow = async (...statements: readonly object[]) =>
      apiOf(sessionOf(await assume(ann, { Policy: policyOf(...statements) })));
    const one = await narrow(allow('lightsail:GetInstance', arns.web));
    expect((await one.ask('GetInstance', { instanceName: 'web' })).status).toBe(200);
    expect(await one.ask('GetInstance', { instanceName: 'api' })).toMatchObject({
      message: expect.stringMatching(/because no session policy allows the lightsail:GetInstance action$/),
    });
    expect((await one.ask('GetRegions')).error).toBe('AccessDeniedException');
    const more = await narrow(allow('*'), { ...allow('lightsail:GetRegions'), Effect: 'Deny' });
    expect((await more.ask('GetInstances')).status).toBe(200);
    expect((await more.ask('StopInstance', { instanceName: 'web' })).error).toBe('AccessDeniedException');
    expect((await more.ask('GetRegions')).message).toMatch(/with an explicit deny in a session policy$/);
    await expect(assume(ann, { Policy: '{}' })).rejects.toMatchObject({ name: 'MalformedPolicyDocumentException' });
    const named = await assume(ann, { PolicyArns: [{ arn: `arn:aws:iam::${account}:policy/reader` }] });
    expect((await apiOf(sessionOf(named)).ask('GetInstances')).status).toBe(200);
  });

  test('the wishes of a session are checked', async () => {
    await may(allow('sts:AssumeRole'));
    for (const wish of [
      { DurationSeconds: 899 },
      { DurationSeconds: 43_201 },
      { DurationSeconds: 3601 },
      { RoleSessionName: 'x' },
    ])
      await expect(assume(ann, wish), JSON.stringify(wish)).rejects.toMatchObject({ name: 'ValidationError' });
    await putRole(trusting(account), 7200);
    expect((await assume(ann, { DurationSeconds: 7200 })).Credentials).toBeDefined();
    await expect(assume(server)).rejects.toMatchObject({ message: 'Roles may not be assumed by root accounts.' });
  });

  test('GetSessionToken stands for the same user, and ends by the clock', async () => {
    await may(allow('lightsail:GetRegions'));
    const got = await stsOf(ann).getSessionToken({ DurationSeconds: 900 });
    const session = sessionOf(got);
    expect((await stsOf(session).getCallerIdentity({})).Arn).toBe(ann.arn);
    expect((await apiOf(session).ask('GetRegions')).status).toBe(200);
    expect((await apiOf(session).ask('GetInstances')).error).toBe('AccessDeniedException');
    await expect(stsOf(session).getSessionToken({})).rejects.toMatchObject({ name: 'AccessDenied' });
    await root.control('AdvanceClock', { ms: 901_000 });
    expect(await apiOf(session).ask('GetRegions')).toMatchObject({ error: 'ExpiredTokenException' });
    await expect(stsOf(session).getCallerIdentity({})).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
    const later = await stsOf(ann).getSessionToken({ DurationSeconds: 900 });
    expect(later.Credentials!.Expiration!.getTime() - Date.now()).toBeLessThanOrEqual(900_000);
  });

  test('who goes takes the sessions along', async () => {
    await may(allow('sts:AssumeRole'));
    const session = apiOf(sessionOf(await assume(ann)));
    expect((await session.ask('GetInstances')).status).toBe(200);
    await root.control('DeleteIdentity', { role: 'deploy' });
    expect(await session.ask('GetInstances')).toMatchObject({ error: 'UnrecognizedClientException' });
    const bob = await newUser(server, root, 'bob', [allow('*')]);
    expect((await call(bob, 'GetRegions')).status).toBe(200);
    await root.control('DeleteIdentity', { user: 'bob' });
    expect(await call(bob, 'GetRegions')).toMatchObject({ error: 'UnrecognizedClientException' });
  });

  test('errors are XML in the words of STS', async () => {
    const post = (body: string) =>
      fetch(server.url, { method: 'POST', body, headers: { 'content-type': 'application/x-www-form-urlencoded' } });
    const missing = await post('Action=GetCallerIdentity&Version=2011-06-15');
    expect(missing.status).toBe(403);
    expect(missing.headers.get('content-type')).toBe('text/xml');
    expect(await missing.text()).toContain('<Code>MissingAuthenticationToken</Code>');
    const unknown = await post('Action=<Get>&Version=2011-06-15');
    expect([unknown.status, await unknown.text()]).toEqual([
      400,
      expect.stringContaining(
        '<Code>InvalidAction</Code><Message>Could not find operation &#60;Get&#62; for version 2011-06-15',
      ),
    ]);
    await expect(stsOf({ ...server, secret: 'wrong' }).getCallerIdentity({})).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
    });
    await expect(stsOf({ ...server, accessKeyId: 'AKIANOBODY' }).getCallerIdentity({})).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
    });
  });
});

describe('the commands', () => {
  test('users, roles and policies', async () => {
    const file = (name: string, text: string): string => {
      const path = join(server.data, name);
      writeFileSync(path, text);
      return path;
    };
    const run = async (...args: readonly string[]) => {
      const { code, stdout, stderr } = await server.cli(...args);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      return stdout;
    };
    const json = async (...args: readonly string[]) => JSON.parse(await run(...args, '--json'));
    await run('users', 'create', 'carl');
    await run(
      'policies',
      'put',
      'operators',
      file('operators.json', policyOf({ Sid: 'Stops', ...allow('lightsail:Stop*') })),
    );
    await run('users', 'attach', 'carl', 'operators');
    expect((await json('users', 'list')).users).toContainEqual(
      expect.objectContaining({ name: 'carl', policies: ['operators'] }),
    );
    expect(await run('policies', 'show', 'operators')).toContain('lightsail:Stop*');
    expect((await json('policies', 'list')).policies).toContainEqual(
      expect.objectContaining({ name: 'operators', attachedTo: ['user/carl'] }),
    );
    await run(
      'roles',
      'put',
      'ops',
      '--trust',
      file('trust.json', policyOf({ Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' })),
    );
    expect(await run('roles', 'list')).toContain(`arn:aws:iam::${account}:role/ops`);

    const input = JSON.stringify({ instanceName: 'web' });
    expect(await json('policies', 'test', 'lightsail:StopInstance', '--user', 'carl', '--input', input)).toMatchObject({
      outcome: 'allowed',
      resource: arns.web,
      by: { policy: 'operators', statement: 1, sid: 'Stops' },
    });
    const no = await server.cli('policies', 'test', 'lightsail:StartInstance', '--user', 'carl', '--input', input);
    expect(no.code).toBe(1);
    expect(no.stdout).toContain('denied, for nothing allows it');
    expect(no.stdout).toContain('No statement of a policy allows lightsail:StartInstance here.');

    const first = await json('keys', 'create', '--user', 'carl');
    const carl = { url: server.url, accessKeyId: first.accessKeyId, secret: first.secretAccessKey };
    expect((await call(carl, 'GetRegions')).error).toBe('AccessDeniedException');
    const second = await json('keys', 'rotate', first.accessKeyId);
    expect(await call(carl, 'GetRegions')).toMatchObject({ error: 'UnrecognizedClientException' });
    const turned = { url: server.url, accessKeyId: second.accessKeyId, secret: second.secretAccessKey };
    expect((await stsOf(turned).getCallerIdentity({})).Arn).toBe(`arn:aws:iam::${account}:user/carl`);
    await expect
      .poll(async () => {
        const { keys } = await json('keys', 'list');
        return keys.find((key: { accessKeyId: string }) => key.accessKeyId === second.accessKeyId).lastUsed?.service;
      })
      .toBe('sts');
    const third = await server.cli('keys', 'create', '--user', 'carl');
    expect(third.stderr).toContain('The user carl has 2 access keys');

    const attached = await server.cli('policies', 'delete', 'operators');
    expect(attached.stderr).toContain('Detach it first');
    await run('users', 'detach', 'carl', 'operators');
    await run('policies', 'delete', 'operators');
    await run('users', 'delete', 'carl');
    await run('roles', 'delete', 'ops');
    expect((await json('keys', 'list')).keys.map((key: { accessKeyId: string }) => key.accessKeyId)).not.toContain(
      second.accessKeyId,
    );
    for (const [args, text] of [
      [['users', 'delete', 'carl'], 'There is no user carl.'],
      [['users', 'create', 'a b'], 'The name of a user is 1 to 64'],
      [['users', 'create', 'ann'], 'There is a user ann already.'],
      [['policies', 'put', 'x', file('x.json', '{}')], 'at least one Statement'],
      [['policies', 'test', 'lightsail:Nothing', '--user', 'ann'], 'The API has no operation Nothing.'],
    ] as const) {
      const failed = await server.cli(...args);
      expect({ code: failed.code, stderr: failed.stderr }, args.join(' ')).toEqual({
        code: 1,
        stderr: expect.stringContaining(text),
      });
    }
  });

  test('a state that is saved and loaded has them all', async () => {
    await may(allow('lightsail:GetRegions'));
    const file = join(server.data, 'state.jsonl');
    await root.control('SaveState', { file });
    await root.control('DeleteIdentity', { user: 'ann' });
    expect((await asAnn('GetRegions')).error).toBe('UnrecognizedClientException');
    await root.control('LoadState', { file });
    expect((await asAnn('GetRegions')).status).toBe(200);
    expect((await asAnn('GetInstances')).error).toBe('AccessDeniedException');
  });
});
