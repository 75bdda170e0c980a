import { expect, test } from 'vitest';
import { ApiError } from '../errors.ts';
import { rootOf } from '../iam/principal.ts';
import { createLockout, withLockout } from './lockout.ts';

const credential = { accessKeyId: 'AKIA1', secret: 's', account: '1', arn: 'a', principal: rootOf('1') };

const setting = () => {
  const clock = { ms: 0 };
  const told: [string, string, number][] = [];
  const lockout = createLockout({ now: () => clock.ms, locked: (...what) => told.push(what) });
  const verify = withLockout(lockout, async ({ body }) => {
    if (String(body) === 'good') return { credential, region: 'us-east-1' };
    throw new ApiError((String(body) || 'InvalidSignatureException') as 'InvalidSignatureException', 'no');
  });
  const ask = (body = '', { key = 'AKIA1', remoteAddress = '192.0.2.1', presigned = false } = {}) => {
    const claim = `Credential=${key}/20260101/us-east-1/lightsail/aws4_request`;
    const request = presigned
      ? { target: `/?X-Amz-${encodeURIComponent(claim).replace('%3D', '=')}`, rawHeaders: [] }
      : { target: '/', rawHeaders: ['Authorization', `AWS4-HMAC-SHA256 ${claim}, SignedHeaders=host`] };
    return verify({ method: 'POST', ...request, body: Buffer.from(body), remoteAddress } as never, 'lightsail').then(
      () => 'in',
      (error: ApiError) => error.code,
    );
  };
  const guess = async (times: number, from?: Parameters<typeof ask>[1]) => {
    for (let i = 0; i < times; i++) await ask('', from);
  };
  return { clock, told, ask, guess };
};

test('who guesses is refused for longer and longer, with the right secret too', async () => {
  const { clock, told, ask, guess } = setting();
  await guess(49);
  expect(await ask('good')).toBe('in');
  await guess(50);
  expect(await ask('good')).toBe('ThrottlingException');
  clock.ms = 1000;
  expect(await ask()).toBe('InvalidSignatureException');
  clock.ms = 2999;
  expect(await ask()).toBe('ThrottlingException');
  clock.ms = 3000;
  expect(await ask('good')).toBe('in');
  expect(told).toEqual([
    ['AKIA1', '192.0.2.1', 1000],
    ['AKIA1', '192.0.2.1', 2000],
  ]);
  expect(await ask()).toBe('InvalidSignatureException');
  expect(await ask('good')).toBe('in');
});

test('nobody is locked out elsewhere, nor any other key', async () => {
  const { ask, guess } = setting();
  await guess(60);
  expect(await ask('good', { remoteAddress: '192.0.2.2' })).toBe('in');
  expect(await ask('good', { key: 'AKIA2' })).toBe('in');
  expect(await ask('good')).toBe('ThrottlingException');
});

test('a presigned request is a guess as well', async () => {
  const { ask, guess } = setting();
  await guess(50, { presigned: true });
  expect(await ask('good')).toBe('ThrottlingException');
});

test('keys that are not there are guesses, and what says nothing of the secret is none', async () => {
  const { ask } = setting();
  for (let i = 0; i < 60; i++) await ask('ExpiredTokenException');
  expect(await ask('good')).toBe('in');
  for (let i = 0; i < 60; i++) await ask('UnrecognizedClientException', { key: 'AKIANONE' });
  expect(await ask('UnrecognizedClientException', { key: 'AKIANONE' })).toBe('ThrottlingException');
});

test('the pause is a quarter of an hour at most, and is forgotten after another', async () => {
  const { clock, told, ask } = setting();
  for (let i = 0; i < 80; i++) {
    await ask();
    clock.ms += 899_999;
  }
  expect(told.at(-1)?.[2]).toBe(900_000);
  clock.ms += 1_800_000;
  for (let i = 0; i < 49; i++) expect(await ask()).toBe('InvalidSignatureException');
  expect(await ask('good')).toBe('in');
});

test('what is remembered of guessers has an end', async () => {
  const { ask, guess } = setting();
  await guess(50);
  for (let i = 0; i < 10_000; i++) await ask('', { key: `AKIA${i + 10}` });
  expect(await ask('good')).toBe('in');
});
