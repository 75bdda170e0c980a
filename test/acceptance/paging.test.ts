import {
  DeleteKeyPairCommand,
  DownloadDefaultKeyPairCommand,
  GetActiveNamesCommand,
  GetBundlesCommand,
  GetKeyPairsCommand,
  GetOperationsCommand,
  GetOperationsForResourceCommand,
  ImportKeyPairCommand,
  type Lightsail,
  type Operation,
  TagResourceCommand,
} from '@aws-sdk/client-lightsail';
import { beforeAll, describe, expect, test } from 'vitest';
import { newRsaKeyPair } from '../../src/ssh/rsa.ts';
import { call } from '../call.ts';
import { launch, newAccount, refusal } from '../instances.ts';
import { client, type Server, startServer } from '../lateen.ts';

/** Pages of three, so that few things make many pages. */
let server: Server;
let publicKeyBase64: string;
beforeAll(async () => {
  server = await startServer({ args: ['--page-size', '3'] });
  publicKeyBase64 = (await newRsaKeyPair()).publicKey;
});

/** Every test has a Region of its own. */
const inRegion = (region: string): Lightsail => client(server, region);

const add = async (here: Lightsail, ...names: string[]): Promise<void> => {
  for (const keyPairName of names) await here.send(new ImportKeyPairCommand({ keyPairName, publicKeyBase64 }));
};

const remove = async (here: Lightsail, ...names: string[]): Promise<void> => {
  for (const keyPairName of names) await here.send(new DeleteKeyPairCommand({ keyPairName }));
};

const page = async (here: Lightsail, pageToken?: string) => {
  const { keyPairs = [], nextPageToken } = await here.send(new GetKeyPairsCommand({ pageToken }));
  return { names: keyPairs.map(({ name }) => name), nextPageToken };
};

/** The SDK has no paginators for Lightsail. */
const everyPage = async <P extends { readonly nextPageToken?: string | undefined }>(
  read: (pageToken?: string) => Promise<P>,
): Promise<P[]> => {
  const pages: P[] = [];
  let token: string | undefined;
  do {
    const page = await read(token);
    pages.push(page);
    token = page.nextPageToken;
  } while (token !== undefined);
  return pages;
};

const badToken = refusal('InvalidInputException', 'The page token is not valid.');

describe('pages', () => {
  test('F47 follow each other, and the last one has no token', async () => {
    const here = inRegion('us-east-1');
    await add(here, 'k1', 'k2', 'k3', 'k4', 'k5', 'k6', 'k7');
    const pages = await everyPage((token) => page(here, token));
    expect(pages.map(({ names }) => names)).toEqual([['k1', 'k2', 'k3'], ['k4', 'k5', 'k6'], ['k7']]);
    const { body } = await call(server, 'GetKeyPairs', { pageToken: pages[1]?.nextPageToken });
    expect(Object.keys(body)).toEqual(['keyPairs']);
  });

  test('F47 a list that just fills a page has no other', async () => {
    const here = inRegion('us-east-2');
    expect(await page(here)).toEqual({ names: [], nextPageToken: undefined });
    await add(here, 'k1', 'k2', 'k3');
    expect(await page(here)).toEqual({ names: ['k1', 'k2', 'k3'], nextPageToken: undefined });
  });

  test('are not upset by what comes and goes between them', async () => {
    const here = inRegion('us-west-2');
    await add(here, 'k1', 'k2', 'k3', 'k4', 'k5');
    const { names, nextPageToken } = await page(here);
    expect(names).toEqual(['k1', 'k2', 'k3']);
    await remove(here, 'k1', 'k3', 'k4');
    await add(here, 'k6', 'k1');
    await here.send(new TagResourceCommand({ resourceName: 'k5', tags: [{ key: 'moved' }] }));
    expect(await page(here, nextPageToken)).toEqual({ names: ['k5', 'k6', 'k1'], nextPageToken: undefined });
    await remove(here, 'k5', 'k6', 'k1');
    expect(await page(here, nextPageToken)).toEqual({ names: [], nextPageToken: undefined });
  });

  test('F41 of active names hold all kinds', async () => {
    const here = inRegion('us-west-1');
    await add(here, 'k1', 'k2');
    for (const name of ['web-1', 'web-2']) await launch(here, name, { keyPairName: 'k1' });
    const first = await here.send(new GetActiveNamesCommand({}));
    expect(first.activeNames).toEqual(['k1', 'k2', 'web-1']);
    const second = await here.send(new GetActiveNamesCommand({ pageToken: first.nextPageToken }));
    expect(second.activeNames).toEqual(['web-2']);
    expect(second.nextPageToken).toBeUndefined();
  });

  test('F47 of the catalogue hold it once and whole', async () => {
    const here = inRegion('us-east-1');
    const pages = await everyPage((pageToken) => here.send(new GetBundlesCommand({ pageToken })));
    expect(pages.length).toBeGreaterThan(3);
    for (const { bundles } of pages.slice(0, -1)) expect(bundles).toHaveLength(3);
    const ids = pages.flatMap(({ bundles = [] }) => bundles.map(({ bundleId }) => bundleId));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(expect.arrayContaining(['nano_3_0', 'small_win_3_0']));
  });

  test('F54 are not for operations that have no tokens', async () => {
    for (const [operation, list] of [
      ['GetRegions', 'regions'],
      ['GetContainerServicePowers', 'powers'],
    ] as const) {
      const { body } = await call(server, operation);
      expect(Object.keys(body)).toEqual([list]);
      expect(body[list].length).toBeGreaterThan(3);
    }
    const here = inRegion('eu-west-1');
    await launch(here, 'ports');
    const portInfos = [1, 2, 3, 4, 5].map((port) => ({ protocol: 'tcp', fromPort: port, toPort: port }));
    await call(server, 'PutInstancePublicPorts', { instanceName: 'ports', portInfos }, 'eu-west-1');
    const { body } = await call(server, 'GetInstancePortStates', { instanceName: 'ports' }, 'eu-west-1');
    expect(Object.keys(body)).toEqual(['portStates']);
    expect(body.portStates).toHaveLength(5);
  });
});

describe('F48 a token', () => {
  test('is good for the call that it came from, as often as one likes', async () => {
    const here = inRegion('eu-west-2');
    await add(here, 'k1', 'k2', 'k3', 'k4');
    const { nextPageToken } = await page(here);
    for (let turn = 0; turn < 2; turn += 1) expect((await page(here, nextPageToken)).names).toEqual(['k4']);
  });

  test('F48 is refused by another operation, with other filters, in another Region and account', async () => {
    const here = inRegion('eu-west-3');
    await add(here, 'k1', 'k2', 'k3', 'k4');
    const { nextPageToken: pageToken } = await page(here);
    expect(pageToken).toMatch(/^[\w-]+$/);
    const stranger = client(await newAccount(server, 'stranger'), 'eu-west-3');
    const refused = [
      () => here.send(new GetActiveNamesCommand({ pageToken })),
      () => here.send(new GetBundlesCommand({ pageToken })),
      () => here.send(new GetOperationsCommand({ pageToken })),
      () => here.send(new GetOperationsForResourceCommand({ resourceName: 'k1', pageToken })),
      () => here.send(new GetKeyPairsCommand({ pageToken, includeDefaultKeyPair: true })),
      () => inRegion('eu-central-1').send(new GetKeyPairsCommand({ pageToken })),
      () => stranger.send(new GetKeyPairsCommand({ pageToken })),
    ];
    for (const send of refused) await expect(send(), String(send)).rejects.toMatchObject(badToken);
    const { nextPageToken: ofBundles } = await here.send(new GetBundlesCommand({}));
    await expect(here.send(new GetKeyPairsCommand({ pageToken: ofBundles }))).rejects.toMatchObject(badToken);
  });

  test('F48 cannot be made up or changed', async () => {
    const here = inRegion('eu-north-1');
    await add(here, 'k1', 'k2', 'k3', 'k4');
    const { nextPageToken = '' } = await page(here);
    const middle = Math.floor(nextPageToken.length / 2);
    const changed = nextPageToken.charAt(middle) === 'A' ? 'B' : 'A';
    for (const pageToken of [
      '',
      '3',
      'garbage',
      '\u{1f4c4}',
      'x'.repeat(10_000),
      nextPageToken.slice(0, -4),
      `${nextPageToken.slice(0, middle)}${changed}${nextPageToken.slice(middle + 1)}`,
    ]) {
      await expect(here.send(new GetKeyPairsCommand({ pageToken })), pageToken).rejects.toMatchObject(badToken);
    }
    const { body } = await call(server, 'GetKeyPairs', { pageToken: 3 }, 'eu-north-1');
    expect(body.__type).toBe('SerializationException');
  });

  test('is still good when the server was killed and started again', async () => {
    const killed = await startServer({ args: ['--page-size', '3'] });
    await add(client(killed), 'k1', 'k2', 'k3', 'k4');
    const { nextPageToken } = await page(client(killed));
    await killed.kill();
    const again = await startServer({ args: ['--page-size', '3'], data: killed.data });
    expect((await page(client(again), nextPageToken)).names).toEqual(['k4']);
  });
});

describe('the size of a page', () => {
  let ordinary: Server;
  let here: Lightsail;
  const names = Array.from({ length: 101 }, (_, i) => `key-${i}`);
  beforeAll(async () => {
    ordinary = await startServer();
    here = client(ordinary);
    await add(here, ...names);
  });

  test('F49 is 100 unless the server was told another, and no caller can choose it', async () => {
    for (const input of [{}, { maxResults: 5, pageSize: 5, limit: 5 }]) {
      const { body } = await call(ordinary, 'GetKeyPairs', input);
      expect(body.keyPairs.map(({ name }: { name: string }) => name)).toEqual(names.slice(0, 100));
      const next = await page(here, body.nextPageToken);
      expect(next).toEqual({ names: ['key-100'], nextPageToken: undefined });
    }
  });

  test('F50 is 200 for operations, oldest first', async () => {
    await remove(here, ...names);
    await here.send(new DownloadDefaultKeyPairCommand({}));
    const first = await here.send(new GetOperationsCommand({}));
    expect(first.operations).toHaveLength(200);
    const second = await here.send(new GetOperationsCommand({ pageToken: first.nextPageToken }));
    const described = ({ operationType, resourceName }: Operation): string => `${operationType} ${resourceName}`;
    expect([...(first.operations ?? []), ...(second.operations ?? [])].map(described)).toEqual([
      ...names.map((name) => `ImportKeyPair ${name}`),
      ...names.map((name) => `DeleteKeyPair ${name}`),
    ]);
    expect(second.nextPageToken).toBeUndefined();
  });

  test('F50 F51 is 200 for the operations of one resource, and there is never a count of pages', async () => {
    const there = client(ordinary, 'us-west-2');
    await add(there, 'busy');
    for (let i = 0; i < 200; i += 1) {
      await there.send(new TagResourceCommand({ resourceName: 'busy', tags: [{ key: 'turn', value: `${i}` }] }));
    }
    const first = await call(ordinary, 'GetOperationsForResource', { resourceName: 'busy' }, 'us-west-2');
    expect(Object.keys(first.body)).toEqual(['nextPageToken', 'operations']);
    expect(first.body.operations).toHaveLength(200);
    expect(first.body.operations[0].operationType).toBe('ImportKeyPair');
    const input = { resourceName: 'busy', pageToken: first.body.nextPageToken };
    const second = await call(ordinary, 'GetOperationsForResource', input, 'us-west-2');
    expect(Object.keys(second.body)).toEqual(['operations']);
    expect(second.body.operations).toHaveLength(1);
    const foreign = await call(ordinary, 'GetOperationsForResource', { ...input, resourceName: 'idle' }, 'us-west-2');
    expect(foreign.body.__type).toBe('InvalidInputException');
  });
});
