import { setTimeout as sleep } from 'node:timers/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { type ByCloud, bearer, byCloudOf, refusal, tokenOf } from '../bycloud.ts';
import { type Api, apiOf } from '../call.ts';
import { createInput, newAccount } from '../instances.ts';
import { type Server, startServer } from '../lateen.ts';

let server: Server;
let ask: ByCloud;
beforeAll(async () => {
  server = await startServer({ args: ['--quota', 'instancesPerAccount=60'] });
  ask = byCloudOf(server, bearer(await tokenOf(server)));
});

/** An account of its own, with a client of both APIs. */
const tenant = async (name: string, of = server): Promise<{ api: Api; ask: ByCloud; account: string }> => {
  const who = await newAccount(of, name);
  return {
    api: apiOf(who),
    ask: byCloudOf(of, bearer(await tokenOf(of, '--account', who.account))),
    account: who.account,
  };
};

const until = async <T>(read: () => Promise<T>, isThere: (value: T) => boolean): Promise<T> => {
  for (;;) {
    const value = await read();
    if (isThere(value)) return value;
    await sleep(20);
  }
};

const someId = '00000000-0000-4000-8000-000000000000';

describe('who may enter', () => {
  test.each([
    ['nothing', {}, 'Missing Authorization header'],
    ['another scheme', { authorization: 'Basic dTpw' }, 'The token is not valid'],
    ['no token', { authorization: 'Bearer ' }, 'The token is not valid'],
    ['no web token', bearer('nonsense'), 'The token is not valid'],
    [
      'an unsigned token',
      bearer('eyJhbGciOiJub25lIn0.eyJpc3MiOiJsYXRlZW4iLCJhdWQiOiJieWNsb3VkIn0.'),
      'The token is not valid',
    ],
    [
      'a token of nobody known',
      bearer('eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJodHRwczovL2V2aWwuZXhhbXBsZSJ9.AAAA'),
      'The token is not valid',
    ],
    ['a token that is too long', bearer(`a.${'b'.repeat(9000)}.c`), 'The token is not valid'],
    ['an API key without a secret', { 'x-api-key': 'AKBCNOBODY' }, 'The API key is not valid'],
    ['an API key of nobody', { 'x-api-key': 'AKBCNOBODY:secret' }, 'The API key is not valid'],
  ])('401 for %s', async (_, headers, details) => {
    const answer = await byCloudOf(server, headers)('GET', '/instances');
    expect(answer).toMatchObject(refusal(401, 'Authentication required or token invalid', details));
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });

  test('a token that was changed is none', async () => {
    const [head, payload, signature] = (await tokenOf(server)).split('.') as [string, string, string];
    const other = Buffer.from(
      JSON.stringify({ ...JSON.parse(Buffer.from(payload, 'base64url').toString()), account: '222222222222' }),
    );
    for (const token of [
      `${head}.${other.toString('base64url')}.${signature}`,
      `${head}.${payload}.${signature.slice(0, -8)}AAAAAAAA`,
    ]) {
      expect((await byCloudOf(server, bearer(token))('GET', '/instances')).status).toBe(401);
    }
  });

  test('an API key is good until it is deleted', async () => {
    const key = (await server.cli('tokens', 'create-key')).stdout.trim();
    const [id] = key.split(':') as [string];
    const withKey = byCloudOf(server, { 'x-api-key': key });
    expect((await withKey('GET', '/instances')).status).toBe(200);
    expect((await byCloudOf(server, { 'x-api-key': `${key}x` })('GET', '/instances')).status).toBe(401);
    const listed = await server.cli('tokens', 'keys', '--json');
    expect(JSON.parse(listed.stdout)).toMatchObject({ keys: [{ id, account: '111111111111', user: null }] });
    expect(listed.stdout).not.toContain(key.slice(id.length + 1));
    expect((await server.cli('tokens', 'delete-key', id)).code).toBe(0);
    expect((await withKey('GET', '/instances')).status).toBe(401);
    expect(await server.cli('tokens', 'delete-key', id)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(id),
    });
  });

  test('a body that is too long is refused in the form of all refusals, whoever sends it', async () => {
    const long = JSON.stringify({ name: 'x'.repeat(1024 * 1024) });
    for (const client of [ask, byCloudOf(server, {})]) {
      expect(await client('POST', '/instances', long)).toMatchObject(
        refusal(413, 'Request body too large', 'The request is larger than the service takes.'),
      );
    }
  });

  test('tokens are for accounts that are there', async () => {
    const missing = await server.cli('tokens', 'create', '--account', '999999999999');
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no account 999999999999.') });
    const nobody = await server.cli('tokens', 'create-key', '--user', 'nobody');
    expect(nobody).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no user nobody') });
  });

  test('one account sees nothing of another', async () => {
    const { ask: other, api: theirs } = await tenant('bycloud-other');
    await theirs.ask('CreateInstances', createInput(['theirs']));
    const { body } = await other('GET', '/instances?name=theirs');
    const { id } = body.instances[0];
    expect((await ask('GET', '/instances?name=theirs')).body.meta.total).toBe(0);
    for (const [method, path] of [
      ['GET', ''],
      ['PATCH', ''],
      ['DELETE', ''],
      ['POST', '/reboot'],
      ['POST', '/start'],
      ['POST', '/stop'],
    ] as const) {
      const answer = await ask(method, `/instances/${id}${path}`, method === 'PATCH' ? { tags: [] } : undefined);
      expect(answer, `${method} ${path}`).toMatchObject(refusal(404, 'Resource not found'));
    }
    expect(await ask('GET', `/instances?marker=${id}`)).toMatchObject(
      refusal(400, 'Invalid request parameters', `marker [${id}] not found`),
    );
    expect((await other('GET', `/instances/${id}`)).body.instance.name).toBe('theirs');
  });

  test('a user may do what policies allow, and is nobody once deleted', async () => {
    const { control } = apiOf(server);
    const document = {
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Action: 'lightsail:GetInstances', Resource: '*' },
    };
    const madeBefore = (
      await ask('POST', '/instances', { name: 'guarded', flavor_id: 'nano_3_0', image_id: 'debian_12' })
    ).body;
    await control('CreateUser', { name: 'ann' });
    await control('PutPolicy', { name: 'looking', document: JSON.stringify(document) });
    await control('AttachPolicy', { user: 'ann', policy: 'looking' });
    const key = (await server.cli('tokens', 'create-key', '--user', 'ann')).stdout.trim();
    const clients = [
      byCloudOf(server, bearer(await tokenOf(server, '--user', 'ann'))),
      byCloudOf(server, { 'x-api-key': key }),
    ];
    const path = `/instances/${madeBefore.instance.id}`;
    for (const ann of clients) {
      expect((await ann('GET', '/instances')).status).toBe(200);
      for (const [method, where, body] of [
        ['POST', '/instances', { name: 'denied', flavor_id: 'nano_3_0', image_id: 'debian_12' }],
        ['GET', path, undefined],
        ['PATCH', path, { tags: ['mine'] }],
        ['DELETE', path, undefined],
        ['POST', `${path}/reboot`, undefined],
        ['POST', `${path}/start`, undefined],
        ['POST', `${path}/stop`, undefined],
      ] as const) {
        const details = expect.stringContaining(`user/ann is not authorized to perform: lightsail:`);
        expect(await ann(method, where, body), `${method} ${where}`).toMatchObject(
          refusal(403, 'Insufficient permissions', details),
        );
      }
    }
    await control('DetachPolicy', { user: 'ann', policy: 'looking' });
    await control('DeleteIdentity', { user: 'ann' });
    await control('CreateUser', { name: 'ann' });
    for (const ann of clients) expect((await ann('GET', '/instances')).status).toBe(401);
  });

  test('revoking ends all tokens, and they survive a restart until then', async () => {
    const first = await startServer();
    const token = await tokenOf(first);
    await first.stop();
    const again = await startServer({ data: first.data });
    const old = byCloudOf(again, bearer(token));
    expect((await old('GET', '/instances')).status).toBe(200);
    expect((await again.cli('tokens', 'revoke')).code).toBe(0);
    expect((await old('GET', '/instances')).status).toBe(401);
    expect((await byCloudOf(again, bearer(await tokenOf(again)))('GET', '/instances')).status).toBe(200);
  });
});

describe('listing', () => {
  let list: (query: string) => ReturnType<ByCloud>;
  let names: (query: string) => Promise<string[]>;
  let own: Api;
  beforeAll(async () => {
    const made = await tenant('bycloud-list');
    own = made.api;
    list = (query) => made.ask('GET', `/instances${query}`);
    names = async (query) => (await list(query)).body.instances.map(({ name }: { name: string }) => name);
    const inputs = [
      createInput(['web-1'], { tags: [{ key: 'prod' }, { key: 'team', value: 'a' }] }),
      createInput(['web-2'], { tags: [{ key: 'prod' }, { key: 'blue' }] }),
      createInput(['db-1'], { bundleId: 'micro_3_0', blueprintId: 'ubuntu_22_04', tags: [{ key: 'blue', value: '' }] }),
      createInput(['Web-3'], { tags: [{ key: 'production' }, { key: 'prod', value: 'no tag' }] }),
      createInput(['other']),
    ];
    for (const input of inputs) {
      await own.ask('CreateInstances', input);
      await sleep(2);
    }
    await until(
      () => list('?status=active'),
      ({ body }) => body.meta.total === 5,
    );
    await own.ask('StopInstance', { instanceName: 'other' });
    await until(
      () => list('?status=SHUTOFF'),
      ({ body }) => body.meta.total === 1,
    );
  });

  test('is newest first, with all of its members', async () => {
    const { body } = await list('');
    expect(body.instances.map(({ name }: { name: string }) => name)).toEqual([
      'other',
      'Web-3',
      'db-1',
      'web-2',
      'web-1',
    ]);
    expect(body.meta).toEqual({ total: 5, limit: 20, marker: null, has_more: false });
    expect(body.links).toEqual({ self: `${server.url}/v1/instances?limit=20`, next: null, previous: null });
  });

  test('an instance is that of Lightsail', async () => {
    const { instance } = await own.call('GetInstance', { instanceName: 'web-1' });
    const { body } = await list('?name=web-1');
    const [shown] = body.instances;
    const id = instance!.arn!.split('/')[1]!;
    const mac_addr = expect.stringMatching(/^fa:16:3e(:[0-9a-f]{2}){3}$/);
    const moment = new Date(Number(instance!.createdAt) * 1000).toISOString().replace(/\.\d+/, '');
    expect(shown).toEqual({
      ...{ id, crn: `crn:spo1:compute:instance:${id}`, name: 'web-1', description: '' },
      ...{ status: 'ACTIVE', vm_state: 'ACTIVE', task_state: null, power_state: 'RUNNING' },
      flavor: { id: expect.any(String), name: 'nano_3_0', vcpus: 2, ram: 512, disk: 20 },
      image: { id: expect.any(String), name: instance!.blueprintName },
      addresses: {
        private: [
          { addr: instance!.privateIpAddress, version: 4, type: 'fixed', mac_addr },
          { addr: instance!.ipv6Addresses![0], version: 6, type: 'fixed', mac_addr },
        ],
        public: [{ addr: instance!.publicIpAddress, version: 4, type: 'floating', mac_addr }],
      },
      security_groups: [{ name: 'default' }],
      ...{ volumes_attached: [], key_names: ['LightsailDefaultKeyPair'], metadata: { team: 'a' }, tags: ['prod'] },
      created_at: moment,
      updated_at: expect.any(String),
      launched_at: expect.any(String),
      terminated_at: null,
    });
    expect(shown.launched_at >= shown.created_at && shown.updated_at >= shown.created_at).toBe(true);
  });

  test.each([
    ['an exact name', '?name=web-1', ['web-1']],
    ['a name is one in its case', '?name=WEB-1', []],
    ['a beginning of names', '?name=web-*', ['web-2', 'web-1']],
    ['a star alone', '?name=*', ['other', 'Web-3', 'db-1', 'web-2', 'web-1']],
    ['only a star at the end is one', '?name=*-1', []],
    ['signs of SQL are names', '?name=web%25*', []],
    ['a name in escapes', '?name=%77eb%2D2', ['web-2']],
    ['a status', '?status=ACTIVE', ['Web-3', 'db-1', 'web-2', 'web-1']],
    ['a status in any case', '?status=shutOFF', ['other']],
    ['a status that nobody has', '?status=VERIFY_RESIZE', []],
    ['a tag', '?tags=prod', ['web-2', 'web-1']],
    ['all of several tags', '?tags=prod,%20blue%20,,', ['web-2']],
    ['a tag with an empty value is one', '?tags=blue', ['db-1', 'web-2']],
    ['commas alone', '?tags=,', ['other', 'Web-3', 'db-1', 'web-2', 'web-1']],
    ['filters combine', '?tags=prod&name=web-*&status=active&limit=5', ['web-2', 'web-1']],
    ['an unknown flavor', `?flavor_id=${someId}`, []],
    ['an unknown image', `?image_id=${someId}`, []],
    ['unknown and empty parameters', '?colour=red&name=&status=&marker=', ['other', 'Web-3', 'db-1', 'web-2', 'web-1']],
    ['a limit', '?limit=2', ['other', 'Web-3']],
    ['a limit of none', '?limit=0', []],
  ])('%s: %s', async (_, query, expected) => {
    expect(await names(query)).toEqual(expected);
  });

  test('by flavor and by image', async () => {
    const [db] = (await list('?name=db-1')).body.instances;
    expect(await names(`?flavor_id=${db.flavor.id}`)).toEqual(['db-1']);
    expect(await names(`?flavor_id=${db.flavor.id.toUpperCase()}`)).toEqual(['db-1']);
    expect(await names(`?image_id=${db.image.id}`)).toEqual(['db-1']);
    expect(await names(`?image_id=${db.image.id}&name=web-*`)).toEqual([]);
  });

  test.each([
    ['?limit=-1', 'limit must be an integer'],
    ['?limit=1.5', 'limit must be an integer'],
    ['?limit=ten', 'limit must be an integer'],
    ['?marker=7', 'marker must be a uuid'],
    [`?marker=${someId}`, `marker [${someId}] not found`],
    ['?status=asleep', 'Invalid status value'],
    ['?flavor_id=nano_3_0', 'flavor_id must be a uuid'],
    ['?image_id=debian', 'image_id must be a uuid'],
    ['?name=%zz', expect.stringContaining('syntax error')],
  ])('400 for %s', async (query, details) => {
    expect(await list(query)).toMatchObject(refusal(400, 'Invalid request parameters', details));
  });

  test('a limit above 1000 is 1000', async () => {
    expect((await list('?limit=5000')).body.meta.limit).toBe(1000);
    expect((await list('?limit=99999999999999999999999')).body.meta.limit).toBe(1000);
  });

  test('pages follow each other by their links, forth and back, with the filters', async () => {
    const pages: string[][] = [];
    let url: string | null = '/instances?limit=2&name=*&status=active';
    const links: { self: string; next: string | null; previous: string | null }[] = [];
    while (url !== null) {
      const { body } = await list(url.slice(url.indexOf('/instances') + '/instances'.length));
      pages.push(body.instances.map(({ name }: { name: string }) => name));
      expect(body.meta).toMatchObject({ total: 4, limit: 2, has_more: body.links.next !== null });
      expect(body.meta.marker).toBe(body.links.next === null ? null : body.instances.at(-1).id);
      links.push(body.links);
      url = body.links.next;
    }
    expect(pages).toEqual([
      ['Web-3', 'db-1'],
      ['web-2', 'web-1'],
    ]);
    expect(links[0]!.self).toBe(`${server.url}/v1/instances?limit=2&name=*&status=active`);
    expect(links[0]!.previous).toBeNull();
    expect(links[1]!.self).toBe(links[0]!.next);
    expect(links[1]!.previous).toBe(links[0]!.self);
    const [one, two, three] = [await list('?limit=1'), await list('?limit=1'), await list('?limit=1')];
    expect(one.text).toBe(two.text);
    const walk = [three.body.links];
    for (let i = 0; i < 4; i += 1) walk.push((await list(new URL(walk.at(-1)!.next).search)).body.links);
    expect(walk.map(({ previous }) => previous)).toEqual([null, ...walk.slice(0, 4).map(({ self }) => self)]);
  });

  test('links carry the filters with their escapes', async () => {
    const { body } = await list('?tags=prod,a%26b&name=w%20*');
    expect(body.links.self).toBe(`${server.url}/v1/instances?limit=20&name=w%20*&tags=prod%2Ca%26b`);
  });

  test('instances of one moment are in one order, and none is lost between pages', async () => {
    const { api: many, ask: asking } = await tenant('bycloud-many');
    const wanted = Array.from({ length: 12 }, (_, index) => `many-${index}`);
    await many.ask('CreateInstances', createInput(wanted));
    const seen: string[] = [];
    let query = '?limit=5';
    for (;;) {
      const { body } = await asking('GET', `/instances${query}`);
      seen.push(...body.instances.map(({ name }: { name: string }) => name));
      if (!body.meta.has_more) break;
      query = `?limit=5&marker=${body.meta.marker}`;
    }
    expect([...seen].sort()).toEqual([...wanted].sort());
  });

  test('another Region by its name, and none that is not there', async () => {
    await apiOf(server, 'eu-west-1').ask(
      'CreateInstances',
      createInput(['abroad'], { availabilityZone: 'eu-west-1a' }),
    );
    const abroad = await ask('GET', '/instances', undefined, { 'x-region': 'eu-west-1' });
    expect(abroad.body.instances).toMatchObject([{ name: 'abroad', crn: expect.stringMatching(/^crn:eu-west-1:/) }]);
    expect((await ask('GET', '/instances?name=abroad', undefined, { 'x-region': 'spo1' })).body.meta.total).toBe(0);
    const nowhere = await ask('GET', '/instances', undefined, { 'x-region': 'moon1' });
    expect(nowhere).toMatchObject(refusal(400, 'Invalid request parameters', 'X-Region names no region of this cloud'));
  });
});

describe('paths and methods', () => {
  test('405 names what is allowed', async () => {
    for (const [method, path, allow] of [
      ['PUT', '/instances', 'GET, POST'],
      ['PUT', `/instances/${someId}`, 'GET, PATCH, DELETE'],
      ['GET', `/instances/${someId}/reboot`, 'POST'],
    ] as const) {
      const answer = await ask(method, path);
      expect(answer).toMatchObject({ status: 405, body: { error: { code: 405 } } });
      expect(answer.headers.get('allow')).toBe(allow);
    }
  });

  test.each(['', '/', '/volumes', '/instances/a/b/c', `/instances/${someId}/console`])('404 for %s', async (path) => {
    expect(await ask('GET', path)).toMatchObject(refusal(404, 'Resource not found', 'There is no such path'));
  });

  test('404 for what is no instance', async () => {
    for (const id of [someId, 'nonsense', '%20'])
      expect(await ask('GET', `/instances/${id}`)).toMatchObject(refusal(404, 'Resource not found'));
  });

  test('HEAD is GET without a body', async () => {
    const answer = await ask('HEAD', '/instances');
    expect(answer).toMatchObject({ status: 200, text: '' });
    expect(Number(answer.headers.get('content-length'))).toBeGreaterThan(0);
  });

  test('the description is there for anybody, names this server and is one of OpenAPI 3.1', async () => {
    const answer = await fetch(`${server.url}/v1/openapi.json`);
    const document = (await answer.json()) as { openapi: string; servers: unknown; components: { schemas: object } };
    expect([answer.status, document.openapi, document.servers]).toEqual([200, '3.1.0', [{ url: `${server.url}/v1` }]]);
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    for (const schema of Object.values(document.components.schemas)) expect(ajv.validateSchema(schema)).toBe(true);
  });
});

describe('managing', () => {
  let mine: ByCloud;
  let own: Api;
  beforeAll(async () => {
    ({ ask: mine, api: own } = await tenant('bycloud-manage'));
  });

  const make = async (name: string, more: object = {}) =>
    mine('POST', '/instances', { name, flavor_id: 'nano_3_0', image_id: 'debian_12', ...more });
  const shown = async (id: string) => (await mine('GET', `/instances/${id}`)).body.instance;
  const settled = (id: string, status: string) =>
    until(
      () => shown(id),
      (instance) => instance.status === status && instance.task_state === null,
    );

  test('an instance is made with all that may be said', async () => {
    await own.call('CreateKeyPair', { keyPairName: 'bycloud-key' });
    const [offer] = (await make('offer')).body.instance ? [(await make('offer-2')).body.instance] : [];
    const { status, body } = await mine('POST', '/instances', {
      name: 'made',
      description: 'Fährt: a, b (100 %) = "c"',
      flavor_id: offer.flavor.id,
      image_id: offer.image.id,
      key_name: 'bycloud-key',
      security_groups: ['default', { name: 'default' }],
      networks: [],
      volumes: null,
      metadata: { team: 'red', cost: '12' },
      tags: ['prod', 'web', 'web'],
      user_data: Buffer.from('#!/bin/sh\necho 1\n').toString('base64'),
    });
    expect(status).toBe(202);
    expect(body.instance).toMatchObject({
      ...{ name: 'made', description: 'Fährt: a, b (100 %) = "c"', key_names: ['bycloud-key'] },
      ...{ metadata: { team: 'red', cost: '12' }, tags: ['prod', 'web'], flavor: { name: 'nano_3_0' } },
    });
    const { instance } = await own.call('GetInstance', { instanceName: 'made' });
    expect(instance?.location?.availabilityZone).toBe('us-east-1a');
    expect(instance?.tags).toContainEqual({ key: 'team', value: 'red' });
  });

  test.each([
    ['no name', { name: undefined }, "Field 'name' is required"],
    ['no flavor', { flavor_id: null }, "Field 'flavor_id' is required"],
    ['no image', { image_id: '' }, "Field 'image_id' is required"],
    ['a flavor that is none', { flavor_id: someId }, "Field 'flavor_id' names nothing that is on offer"],
    ['an image that is none', { image_id: 'beos' }, "Field 'image_id' names nothing that is on offer"],
    ['a name that is a number', { name: 7 }, "Field 'name' must be a string"],
    ['tags that are none', { tags: 'prod' }, "Field 'tags' must be a list of strings"],
    ['metadata that is none', { metadata: { a: 1 } }, "Field 'metadata' must be an object of strings"],
    ['metadata without a value', { metadata: { a: '' } }, "Field 'metadata.a' must not be empty"],
    ['one key for both', { metadata: { a: 'b' }, tags: ['a'] }, "a is in 'tags' and in 'metadata'"],
    ['the tag of the description', { tags: ['bycloud:description'] }, expect.stringContaining('keeps the description')],
    ['a network', { networks: [{ uuid: someId }] }, "Field 'networks' cannot be chosen here: leave it out"],
    ['a volume', { volumes: [{ volume_size: 8 }] }, "Field 'volumes' cannot be chosen here: leave it out"],
    [
      'another security group',
      { security_groups: ['web'] },
      "Field 'security_groups' cannot be chosen here: leave it out",
    ],
    ['volumes that are none', { volumes: 1 }, "Field 'volumes' must be a list"],
    ['user data that is not base64', { user_data: '#!/bin/sh' }, "Field 'user_data' must be text in base64"],
    ['a key pair that is not there', { key_name: 'nobody' }, expect.stringContaining('KeyPair does not exist')],
    ['a name that Lightsail does not take', { name: 'a b' }, expect.stringContaining('not a valid resource name')],
    ['a tag that Lightsail does not take', { tags: ['a,b'] }, expect.stringContaining('can contain only')],
  ])('400 for %s', async (_, more, details) => {
    expect(await make('refused', more)).toMatchObject(refusal(400, 'Invalid request parameters', details));
    expect((await mine('GET', '/instances?name=refused')).body.meta.total).toBe(0);
  });

  test.each(['[]', '{', '"a"', '\u0000'])('400 for the body %j', async (body) => {
    const answer = await mine('POST', '/instances', body);
    expect(answer).toMatchObject(refusal(400, 'Invalid request parameters', 'The body must be a JSON object'));
  });

  test('409 for a name that is in use, and for one instance too many', async () => {
    await make('twice');
    expect(await make('twice')).toMatchObject(
      refusal(409, 'Resource conflict', expect.stringContaining('already in use: twice')),
    );
    const tight = await startServer({ args: ['--quota', 'instancesPerAccount=1'] });
    const asking = byCloudOf(tight, bearer(await tokenOf(tight)));
    const body = (name: string) => ({ name, flavor_id: 'nano_3_0', image_id: 'debian_12' });
    expect((await asking('POST', '/instances', body('first'))).status).toBe(202);
    expect(await asking('POST', '/instances', body('second'))).toMatchObject(
      refusal(409, 'Resource conflict', expect.stringContaining('maximum limit of Lightsail Instances')),
    );
  });

  test('what is said about an instance changes, each member as a whole', async () => {
    const { id } = (await make('said', { description: 'one', metadata: { a: '1', b: '2' }, tags: ['x', 'y'] })).body
      .instance;
    const patch = (body: object) => mine('PATCH', `/instances/${id}`, body);
    const first = { description: 'one', metadata: { a: '1', b: '2' }, tags: ['x', 'y'] };
    for (const [body, expected] of [
      [{}, first],
      [{ name: 'said', tags: null }, first],
      [{ tags: ['y', 'z'] }, { ...first, tags: ['y', 'z'] }],
      [{ metadata: { b: '3' } }, { ...first, tags: ['y', 'z'], metadata: { b: '3' } }],
      [
        { metadata: {}, tags: ['b'] },
        { description: 'one', metadata: {}, tags: ['b'] },
      ],
      [{ description: 'two, too' }, { description: 'two, too', metadata: {}, tags: ['b'] }],
      [
        { description: '', tags: [] },
        { description: '', metadata: {}, tags: [] },
      ],
    ] as const) {
      const answer = await patch(body);
      expect(answer.status).toBe(200);
      const { description, metadata, tags } = answer.body.instance;
      expect({ description, metadata, tags: [...tags].sort() }).toEqual(expected);
    }
    expect(await patch({ name: 'other' })).toMatchObject(
      refusal(400, 'Invalid request parameters', expect.stringContaining("Field 'name' cannot be changed")),
    );
  });

  test('stop, start, reboot and delete, and 409 when the state forbids it', async () => {
    const { id } = (await make('worked')).body.instance;
    await settled(id, 'ACTIVE');
    const act = (word: string, body?: unknown) => mine('POST', `/instances/${id}/${word}`, body);
    const accepted = { status: 202, body: { message: 'Request accepted, processing asynchronously' } };
    for (const body of [undefined, {}, { type: 'SOFT' }, { type: 'HARD' }]) {
      expect(await act('reboot', body)).toMatchObject(accepted);
      await settled(id, 'ACTIVE');
    }
    expect(await act('reboot', { type: 'WARM' })).toMatchObject(
      refusal(400, 'Invalid request parameters', "Field 'type' must be SOFT or HARD"),
    );
    expect(await act('start')).toMatchObject(refusal(409, 'Instance is not in a startable state', expect.any(String)));
    expect(await act('stop')).toMatchObject(accepted);
    expect(await settled(id, 'SHUTOFF')).toMatchObject({ vm_state: 'STOPPED', power_state: 'SHUTDOWN' });
    expect(await act('stop')).toMatchObject(refusal(409, 'Instance is not in a stoppable state', expect.any(String)));
    expect(await act('reboot')).toMatchObject(
      refusal(409, 'Instance is not in a rebootable state', expect.any(String)),
    );
    expect(await act('start')).toMatchObject(accepted);
    await settled(id, 'ACTIVE');
    expect(await mine('DELETE', `/instances/${id}`)).toMatchObject(accepted);
    expect(await mine('GET', `/instances/${id}`)).toMatchObject(refusal(404, 'Resource not found'));
    expect((await mine('GET', '/instances?name=worked')).body.meta.total).toBe(0);
  });

  test('an attached disk is a volume', async () => {
    const { id } = (await make('diskful')).body.instance;
    await settled(id, 'ACTIVE');
    await own.call('CreateDisk', { diskName: 'bycloud-disk', availabilityZone: 'us-east-1a', sizeInGb: 8 });
    const { disk } = await until(
      () => own.call('GetDisk', { diskName: 'bycloud-disk' }),
      ({ disk }) => disk?.state === 'available',
    );
    await own.call('AttachDisk', { diskName: 'bycloud-disk', instanceName: 'diskful', diskPath: '/dev/xvdf' });
    const { volumes_attached } = await until(
      () => shown(id),
      (instance) => instance.volumes_attached.length > 0,
    );
    expect(volumes_attached).toEqual([
      { id: disk!.arn!.split('/')[1], device: '/dev/xvdf', delete_on_termination: false },
    ]);
  });
});

test('what goes on shows while it goes on, and can be asked for', async () => {
  const slow = await startServer({ args: ['--pace', 'real'] });
  const asking = byCloudOf(slow, bearer(await tokenOf(slow)));
  const { body } = await asking('POST', '/instances', { name: 'slow', flavor_id: 'nano_3_0', image_id: 'debian_12' });
  const { id } = body.instance;
  const state = async () => {
    const { instance } = (await asking('GET', `/instances/${id}`)).body;
    const { status, vm_state, task_state, power_state, launched_at } = instance;
    const found = (await asking('GET', `/instances?status=${status}`)).body.meta.total;
    const total = await Promise.all(
      ['ACTIVE', 'BUILD', 'REBOOT', 'SHUTOFF'].map(
        async (word) => (await asking('GET', `/instances?status=${word}`)).body.meta.total,
      ),
    );
    expect([found, total.reduce((sum, one) => sum + one, 0)]).toEqual([1, 1]);
    return [status, vm_state, task_state, power_state, launched_at !== null];
  };
  const wind = () => slow.cli('clock', 'advance', '1h');
  const act = (word: string) => asking('POST', `/instances/${id}/${word}`);
  expect(await state()).toEqual(['BUILD', 'BUILDING', 'spawning', 'NOSTATE', false]);
  await wind();
  const running = ['ACTIVE', 'ACTIVE', null, 'RUNNING', true];
  expect(await state()).toEqual(running);
  await act('reboot');
  expect(await state()).toEqual(['REBOOT', 'ACTIVE', 'rebooting', 'RUNNING', true]);
  await wind();
  expect(await state()).toEqual(running);
  await act('stop');
  expect(await state()).toEqual(['ACTIVE', 'ACTIVE', 'powering-off', 'RUNNING', true]);
  await wind();
  expect(await state()).toEqual(['SHUTOFF', 'STOPPED', null, 'SHUTDOWN', true]);
  await act('start');
  expect(await state()).toEqual(['SHUTOFF', 'STOPPED', 'powering-on', 'SHUTDOWN', true]);
  await wind();
  expect(await state()).toEqual(running);
});

test('faults of Lateen are 500 without a word of what it was', async () => {
  const order = ['--operation', 'CreateInstances', '--error', 'ServiceException', '--times', '1'];
  expect((await server.cli('faults', 'order', ...order)).code).toBe(0);
  const answer = await ask('POST', '/instances', { name: 'failing', flavor_id: 'nano_3_0', image_id: 'debian_12' });
  expect(answer).toMatchObject(refusal(500, 'Internal server error'));
});

test('what changes something is in the audit log', async () => {
  const { stdout } = await server.cli('audit', '--json');
  expect(stdout).toContain('"CreateInstances"');
});
