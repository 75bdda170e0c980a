import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { randomIds } from '../ids.ts';
import { migrate } from '../store/migrate.ts';
import { insertAccount } from '../store/records/access-keys.ts';
import { createSeal } from '../store/seal.ts';
import { openSqlite } from '../store/sqlite/store.ts';
import type { Store } from '../store/store.ts';
import { type Issuer, isSafeUrl } from './issuer.ts';
import { createIssuers } from './issuers.ts';
import { rootOf } from './principal.ts';
import { createTokens, type Tokens } from './tokens.ts';

const folder = mkdtempSync(join(tmpdir(), 'lateen-tokens-'));
let stores = 0;
const openStore = async (): Promise<Store> => {
  stores += 1;
  const opened = openSqlite(join(folder, `${stores}.db`));
  await migrate(opened);
  return opened;
};

const account = '111111111111';
const seal = createSeal(Buffer.alloc(32, 1), randomIds);

const key = generateKeyPairSync('rsa', { modulusLength: 2048 });
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** An issuer on this machine: what it answers with, and how often it was asked. */
const provider = { asked: [] as string[], works: true, claims: {} as Record<string, unknown>, url: '' };
const http = createServer((req, res) => {
  provider.asked.push(req.url ?? '');
  const discovery = { issuer: provider.url, jwks_uri: `${provider.url}/keys`, ...provider.claims };
  const answer = async () =>
    req.url === '/keys' ? { keys: [{ ...(await exportJWK(key.publicKey)), kid: 'one', alg: 'RS256' }] } : discovery;
  void answer().then((body) => {
    res.writeHead(provider.works ? 200 : 500, { 'content-type': 'application/json' });
    res.end(JSON.stringify(body));
  });
});

let store: Store;
let clock: { now: number };
beforeAll(async () => {
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  provider.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  store = await openStore();
  await store.write(account, (tx) => insertAccount(tx, { id: account, name: 'root', createdAt: 0 }));
});
afterAll(async () => {
  http.close();
  await store.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  clock = { now: Date.UTC(2026, 10, 21) };
  Object.assign(provider, { asked: [], works: true, claims: {} });
});

const tokensWith = (more: Partial<Issuer> = {}): Tokens =>
  createTokens({
    ...{ store, seal, ids: randomIds, now: () => clock.now },
    issuers: createIssuers([{ url: provider.url, audience: 'lateen', account, ...more }]),
    principalOf: async ({ account: of, user }) =>
      user === undefined ? rootOf(of) : user === 'ann' ? { ...rootOf(of), kind: 'user', userId: 'AIDAANN' } : undefined,
  });

const claims = () => ({ sub: 'abc', aud: 'lateen', exp: clock.now / 1000 + 60, iss: provider.url });

const signed = (payload: object, privateKey: KeyObject = key.privateKey, alg = 'RS256'): Promise<string> =>
  new SignJWT({ ...claims(), ...payload }).setProtectedHeader({ alg, kid: 'one' }).sign(privateKey);

const refusedAs = (code: string, message: string) => ({ code, message });
const notValid = refusedAs('UnauthenticatedException', 'The token is not valid');

test('a token of ours ends, and its clock may be a little off', async () => {
  const tokens = tokensWith();
  const { token, expiresAt } = await tokens.issue({ account }, 60_000);
  expect(expiresAt).toBe(clock.now + 60_000);
  expect((await tokens.bearer(token)).principal).toEqual(rootOf(account));
  clock.now = expiresAt + 29_000;
  expect((await tokens.bearer(token)).account).toBe(account);
  clock.now = expiresAt + 31_000;
  await expect(tokens.bearer(token)).rejects.toMatchObject(
    refusedAs('UnauthenticatedException', 'The token has expired'),
  );
});

test('another process with the same state takes it, and one with another state does not', async () => {
  const { token } = await tokensWith().issue({ account, user: 'ann' }, 60_000);
  expect(await tokensWith().bearer(token)).toMatchObject({ account, principal: { userId: 'AIDAANN' } });
  const elsewhere = await openStore();
  const tokens = createTokens({
    ...{ store: elsewhere, seal, ids: randomIds, now: () => clock.now, issuers: createIssuers([]) },
    principalOf: async () => rootOf(account),
  });
  await expect(tokens.bearer(token)).rejects.toMatchObject(notValid);
  await elsewhere.close();
});

test('secrets of API keys are not in the store', async () => {
  const tokens = tokensWith();
  const { id, secret } = await tokens.createKey({ account });
  const rows = await store.read((tx) => tx.all('select * from api_key'));
  expect(JSON.stringify(rows)).toContain(id);
  expect(JSON.stringify(rows)).not.toContain(secret);
  expect((await tokens.holderOfKey(`${id}:${secret}`)).accessKeyId).toBe(id);
});

test('a token of a named issuer is let in, and its keys are asked for once', async () => {
  const tokens = tokensWith();
  expect(provider.asked).toEqual([]);
  for (let i = 0; i < 3; i += 1) {
    expect(await tokens.bearer(await signed({}))).toMatchObject({
      ...{ account, accessKeyId: `${provider.url}#abc`, principal: { kind: 'root' } },
    });
  }
  expect(provider.asked).toEqual(['/.well-known/openid-configuration', '/keys']);
});

test('a claim may name the user', async () => {
  const tokens = tokensWith({ userClaim: 'preferred_username' });
  const ann = await tokens.bearer(await signed({ preferred_username: 'ann' }));
  expect(ann.principal).toMatchObject({ kind: 'user', userId: 'AIDAANN' });
  for (const payload of [{}, { preferred_username: 7 }]) {
    await expect(tokens.bearer(await signed(payload))).rejects.toMatchObject(notValid);
  }
  await expect(tokens.bearer(await signed({ preferred_username: 'eve' }))).rejects.toMatchObject({
    code: 'UnauthenticatedException',
  });
});

test.each([
  ['another audience', { aud: 'somebody else' }],
  ['no audience', { aud: undefined }],
  ['no end', { exp: undefined }],
  ['no subject', { sub: undefined }],
  ['an issuer that is not named', { iss: 'https://other.example' }],
  ['a start in the future', { nbf: Date.UTC(2027, 0, 1) / 1000 }],
])('refused: %s', async (_, payload) => {
  await expect(tokensWith().bearer(await signed(payload))).rejects.toMatchObject(notValid);
});

test('refused: another key, and a key of the caller that pretends to be a secret', async () => {
  await expect(tokensWith().bearer(await signed({}, stranger.privateKey))).rejects.toMatchObject(notValid);
  const pem = Buffer.from(key.publicKey.export({ type: 'spki', format: 'pem' }));
  const confused = new SignJWT(claims()).setProtectedHeader({ alg: 'HS256', kid: 'one' }).sign(pem);
  await expect(tokensWith().bearer(await confused)).rejects.toMatchObject(notValid);
});

test('an issuer that does not answer, or names another one, leaves it unknown who asks', async () => {
  const token = await signed({});
  const unavailable = { code: 'ServiceException', reason: 'unavailable' };
  provider.works = false;
  await expect(tokensWith().bearer(token)).rejects.toMatchObject(unavailable);
  provider.works = true;
  for (const wrong of [{ issuer: 'https://other.example' }, { jwks_uri: 'http://192.0.2.1/keys' }, { jwks_uri: 7 }]) {
    provider.claims = wrong;
    await expect(tokensWith().bearer(token)).rejects.toMatchObject(unavailable);
  }
  provider.asked = [];
  const tokens = tokensWith();
  for (let i = 0; i < 3; i += 1) await expect(tokens.bearer(token)).rejects.toMatchObject(unavailable);
  expect(provider.asked).toHaveLength(1);
});

test.each([
  ['https://id.example.com/realm', true],
  ['http://127.0.0.1:8080', true],
  ['http://localhost/', true],
  ['http://[::1]:1/', true],
  ['http://id.example.com', false],
  ['http://127.0.0.1.example.com', false],
  ['file:///etc/passwd', false],
  ['id.example.com', false],
])('keys may come from %s: %s', (url, safe) => {
  expect(isSafeUrl(url)).toBe(safe);
});
