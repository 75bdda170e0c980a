import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { startReceiver } from '../../test/webhook.ts';
import { post } from './post.ts';
import { createSmsGateway } from './sms-gateway.ts';
import { createWebhook, type Event, signatureOf } from './webhook.ts';

const receiver = await startReceiver();
const { posted } = receiver;
const event: Event = {
  id: 'e1',
  type: 'Alarm',
  account: '111111111111',
  region: 'us-east-1',
  time: '2026-11-21T10:00:00.000Z',
  detail: { name: 'büsy' },
};

test('the signature is the HMAC of the body as it was sent', async () => {
  await createWebhook({ url: `${receiver.url}/in?x=1`, secret: 'key' }).send(event);
  const { path, headers, text, json } = posted.at(-1)!;
  expect(path).toBe('/in?x=1');
  expect(json).toEqual(event);
  expect(headers).toMatchObject({
    'content-type': 'application/json',
    'x-lateen-event': 'e1',
    'x-lateen-signature': signatureOf(text, 'key'),
  });
  // Test case 2 of RFC 4231.
  expect(signatureOf('what do ya want for nothing?', 'Jefe')).toBe(
    'sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  );
});

test('without a secret nothing is signed, and without a URL nothing is sent', async () => {
  await createWebhook({ url: receiver.url }).send(event);
  expect(posted.at(-1)!.headers).not.toHaveProperty('x-lateen-signature');
  const before = posted.length;
  await createWebhook({ secret: 'key' }).send(event);
  await createSmsGateway(undefined).send({ to: '+12065550100', text: 'hello' });
  expect(posted).toHaveLength(before);
});

test('user and password of the URL go into a header', async () => {
  await createSmsGateway(`http://us%40er:p%3Ass@127.0.0.1:${receiver.port}/sms`).send({ to: '+1', text: 'hello' });
  const { path, headers, text } = posted.at(-1)!;
  expect(path).toBe('/sms');
  expect(headers.authorization).toBe(`Basic ${Buffer.from('us@er:p:ss').toString('base64')}`);
  expect(text).toBe('{"to":"+1","text":"hello"}');
});

test('no other answer than a 2xx will do, and no redirect is followed', async () => {
  const send = () => post({ url: receiver.url, body: '{}', whom: 'It' });
  receiver.answer((response) => response.writeHead(307, { location: `${receiver.url}/elsewhere` }).end());
  await expect(send()).rejects.toThrow(/^It answers 307\.$/);
  expect(posted.at(-1)!.path).toBe('/');
  receiver.answer((response) => response.writeHead(500).end('no'));
  await expect(send()).rejects.toThrow(/^It answers 500\.$/);
  receiver.answer(undefined);
});

test('an answer without an end is not read', async () => {
  receiver.answer((response) => response.writeHead(200).write('x'));
  await post({ url: receiver.url, body: '{}', whom: 'It' });
  receiver.answer(undefined);
});

test('errors tell nothing of the URL', async () => {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  await new Promise((resolve) => listener.close(resolve));
  const error = await post({ url: `http://user:secret@127.0.0.1:${port}/hidden`, body: '{}', whom: 'It' }).catch(
    String,
  );
  expect(error).toBe('Error: It does not answer: ECONNREFUSED');
});
