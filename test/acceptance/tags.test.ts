import {
  CreateKeyPairCommand,
  GetKeyPairCommand,
  type Lightsail,
  type Tag,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-lightsail';
import { beforeAll, expect, test } from 'vitest';
import { call } from '../call.ts';
import { create, finished, getInstance, newAccount, refusal } from '../instances.ts';
import { client, type Server, startServer } from '../lateen.ts';

let server: Server;
let here: Lightsail;
beforeAll(async () => {
  server = await startServer();
  here = client(server);
});

/** A new key pair, as the cheapest thing that bears tags. */
const keyPair = async (keyPairName: string, tags: Tag[] = []) =>
  (await here.send(new CreateKeyPairCommand({ keyPairName, tags }))).keyPair;

const tag = (resourceName: string, ...tags: Tag[]) => here.send(new TagResourceCommand({ resourceName, tags }));

const tagsOf = async (keyPairName: string): Promise<Tag[] | undefined> =>
  (await here.send(new GetKeyPairCommand({ keyPairName }))).keyPair?.tags;

const many = (count: number): Tag[] => Array.from({ length: count }, (_, i) => ({ key: `k${i}`, value: `${i}` }));

test('F525 a resource has at most 50 tags, with as many calls as one likes', async () => {
  await keyPair('full', many(49));
  await tag('full', { key: 'last' });
  expect(await tagsOf('full')).toHaveLength(50);
  await expect(tag('full', { key: 'more' })).rejects.toMatchObject(
    refusal('InvalidInputException', 'A resource can have at most 50 tags, and this one would have 51.'),
  );
  await tag('full', { key: 'k7', value: 'changed' });
  expect(await tagsOf('full')).toHaveLength(50);
  await expect(keyPair('overfull', many(51))).rejects.toMatchObject(
    refusal('InvalidInputException', /at most 50 tags/),
  );
  await expect(here.send(new GetKeyPairCommand({ keyPairName: 'overfull' }))).rejects.toMatchObject(
    refusal('NotFoundException'),
  );
});

test('F525 a key is there once, and its value may be left out', async () => {
  await keyPair('unique', [{ key: 'stage', value: 'test' }, { key: 'plain' }]);
  await tag('unique', { key: 'stage', value: 'live' });
  expect(await tagsOf('unique')).toEqual([{ key: 'stage', value: 'live' }, { key: 'plain' }]);
  await expect(tag('unique', { key: 'a' }, { key: 'a', value: 'b' })).rejects.toMatchObject(
    refusal('InvalidInputException', /more than once/),
  );
  await tag('unique', { key: 'Stage', value: 'other' });
  expect(await tagsOf('unique')).toHaveLength(3);
});

test('F526 an ARN may stand beside the name, and must be of the same resource', async () => {
  const { arn } = (await keyPair('with-arn')) ?? {};
  const { arn: other } = (await keyPair('other-arn')) ?? {};
  const send = (resourceArn: string | undefined) =>
    here.send(new TagResourceCommand({ resourceName: 'with-arn', resourceArn, tags: [{ key: 'seen' }] }));
  await send(arn);
  expect(await tagsOf('with-arn')).toEqual([{ key: 'seen' }]);
  await expect(send(other)).rejects.toMatchObject(
    refusal('InvalidInputException', /is not that of the KeyPair with-arn/),
  );
  await expect(
    here.send(new UntagResourceCommand({ resourceName: 'with-arn', resourceArn: other, tagKeys: ['seen'] })),
  ).rejects.toMatchObject(refusal('InvalidInputException'));
  expect(await tagsOf('with-arn')).toEqual([{ key: 'seen' }]);
});

test('F527 the name is needed even with an ARN', async () => {
  const resourceArn = (await keyPair('nameless'))?.arn;
  for (const [operation, rest] of [
    ['TagResource', { tags: [{ key: 'a' }] }],
    ['UntagResource', { tagKeys: ['a'] }],
  ] as const) {
    const { status, body } = await call(server, operation, { resourceArn, ...rest });
    expect(status).toBe(400);
    expect(body).toMatchObject({ __type: 'ValidationException', message: expect.stringContaining("'resourceName'") });
  }
  await expect(tag('no-such-thing', { key: 'a' })).rejects.toMatchObject(refusal('NotFoundException'));
});

test('F528 UntagResource takes keys away with their values', async () => {
  await keyPair('untag', [{ key: 'a', value: '1' }, { key: 'b' }, { key: 'c', value: '3' }]);
  const { operations } = await here.send(
    new UntagResourceCommand({ resourceName: 'untag', tagKeys: ['a', 'b', 'not-there'] }),
  );
  expect(operations).toHaveLength(1);
  expect(await tagsOf('untag')).toEqual([{ key: 'c', value: '3' }]);
  await here.send(new UntagResourceCommand({ resourceName: 'untag', tagKeys: ['c'] }));
  expect(await tagsOf('untag')).toEqual([]);
});

test('F529 keys have up to 128 letters, digits, spaces and a few signs', async () => {
  await keyPair('keys');
  const good = ['k'.repeat(128), 'Größe 名前 7', 'a+b-c=d.e_f:g/h@i', 'with blank'];
  await tag('keys', ...good.map((key) => ({ key })));
  expect(await tagsOf('keys')).toEqual(good.map((key) => ({ key })));
  for (const key of ['', 'k'.repeat(129), 'a,b', 'a;b', 'line\nbreak', 'aws:own']) {
    await expect(tag('keys', { key }), key).rejects.toMatchObject(refusal('InvalidInputException', /tag key/));
  }
});

test('F530 values have up to 256 of the same', async () => {
  await keyPair('values');
  const good = ['v'.repeat(256), '', 'Größe 名前 7', 'a+b-c=d.e_f:g/h@i'];
  await tag('values', ...good.map((value, i) => ({ key: `k${i}`, value })));
  expect((await tagsOf('values'))?.map(({ value }) => value)).toEqual(good);
  for (const value of ['v'.repeat(257), 'a,b', 'line\nbreak']) {
    await expect(tag('values', { key: 'bad', value }), value).rejects.toMatchObject(
      refusal('InvalidInputException', /tag value/),
    );
  }
});

test('F531 the creates that are there take tags', async () => {
  const tags = [{ key: 'team', value: 'web' }];
  expect((await keyPair('made', tags))?.tags).toEqual(tags);
  await finished(here, await create(here, ['tagged-1', 'tagged-2'], { tags }));
  for (const name of ['tagged-1', 'tagged-2']) expect((await getInstance(here, name)).tags).toEqual(tags);
  await expect(create(here, ['tagged-3'], { tags: [{ key: 'aws:x' }] })).rejects.toMatchObject(
    refusal('InvalidInputException', /reserved/),
  );
});

test('a resource of another account or Region is not there to be tagged', async () => {
  await keyPair('mine');
  const stranger = client(await newAccount(server, 'stranger'));
  for (const other of [stranger, client(server, 'eu-west-1')]) {
    await expect(
      other.send(new TagResourceCommand({ resourceName: 'mine', tags: [{ key: 'theirs' }] })),
    ).rejects.toMatchObject(refusal('NotFoundException'));
  }
  expect(await tagsOf('mine')).toEqual([]);
});
