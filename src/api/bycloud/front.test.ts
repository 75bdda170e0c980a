import { expect, test } from 'vitest';
import { checkAgainstDescription } from '../../../test/bycloud.ts';
import { createThrottle } from '../../guard/throttle.ts';
import { rootOf } from '../../iam/principal.ts';
import type { Tokens } from '../../iam/tokens.ts';
import { createByCloudFront } from './front.ts';

const moment = Date.UTC(2026, 10, 21);

/** A front whose callers may call three times at once, and then once in ten seconds. */
const frontAt = (clock: { ms: number }) => {
  const rates = { account: { perSecond: 0.1, burst: 3 }, key: { perSecond: 0.1, burst: 3 } };
  const bearer: Tokens['bearer'] = async (token) => {
    const account = token;
    return { accessKeyId: token, secret: '', account, arn: 'arn', principal: rootOf(account) };
  };
  const front = createByCloudFront({
    throttle: createThrottle(rates, () => clock.ms),
    tokens: { bearer } as Tokens,
    now: () => moment + clock.ms,
    base: () => 'https://lateen.example/v1',
    regionOf: () => 'us-east-1',
    durable: async () => {},
  } as unknown as Parameters<typeof createByCloudFront>[0]);
  return async (path: string, token?: string) => {
    const rawHeaders = token === undefined ? [] : ['Authorization', `Bearer ${token}`];
    const { answer } = (await front({
      ...{ method: 'GET', target: `/v1${path}`, rawHeaders, body: Buffer.alloc(0) },
      ...{ requestId: '00000000-0000-4000-8000-000000000000', remoteAddress: '192.0.2.1' },
    }))!;
    const headers = new Map<string, string>();
    for (let i = 0; i < answer.headers!.length; i += 2) headers.set(answer.headers![i]!, answer.headers![i + 1]!);
    const body: unknown = JSON.parse(answer.body);
    if (path !== '/openapi.json') checkAgainstDescription('GET', path, answer.status, body);
    const [limit, remaining, reset] = ['Limit', 'Remaining', 'Reset'].map((name) =>
      Number(headers.get(`X-RateLimit-${name}`)),
    );
    return { status: answer.status, limit, remaining, reset: reset! - moment / 1000, headers, body };
  };
};

test('every answer tells what is left, and over the limit it is 429 until there is more', async () => {
  const clock = { ms: 0 };
  const ask = frontAt(clock);
  expect(await ask('/nothing', 'a')).toMatchObject({ status: 404, limit: 3, remaining: 2, reset: 10 });
  expect(await ask('/nothing', 'a')).toMatchObject({ status: 404, limit: 3, remaining: 1, reset: 20 });
  expect(await ask('/nothing', 'a')).toMatchObject({ status: 404, limit: 3, remaining: 0, reset: 30 });
  const over = await ask('/instances', 'a');
  expect(over).toMatchObject({
    ...{ status: 429, limit: 3, remaining: 0, reset: 30 },
    body: { error: { code: 429, message: 'Rate limit exceeded', details: 'Please wait 10 seconds before retrying' } },
  });
  expect(over.headers.get('Retry-After')).toBe('10');
  expect((await ask('/nothing', 'b')).status).toBe(404);
  clock.ms = 10_000;
  expect((await ask('/nothing', 'a')).status).toBe(404);
});

test('whoever is not let in counts by where they come from, and so do readers of the description', async () => {
  const ask = frontAt({ ms: 0 });
  const seen = [await ask('/instances'), await ask('/openapi.json'), await ask('/instances'), await ask('/instances')];
  expect(seen.map(({ status }) => status)).toEqual([401, 200, 401, 429]);
  expect(seen[1]!.body).toMatchObject({ openapi: '3.1.0', servers: [{ url: 'https://lateen.example/v1' }] });
  expect((await ask('/openapi.json')).status).toBe(429);
  expect((await ask('/nothing', 'a')).status).toBe(404);
});
