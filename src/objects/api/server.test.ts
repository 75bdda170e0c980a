import { expect, test } from 'vitest';
import { rawRequest } from '../../../test/sign.ts';
import { randomIds } from '../../ids.ts';
import { type Front, nothingKnown, type Served } from './front.ts';
import { createObjectServer, type Limits } from './server.ts';

const served = (reply: Served['reply']): Served => ({ reply, ...nothingKnown });

const withServer = async (
  front: Front,
  limits: Partial<Limits>,
  body: (port: number, flushed: () => number) => Promise<void>,
) => {
  let flushed = 0;
  const flush = async (): Promise<void> => {
    flushed += 1;
  };
  const accessLog = { record() {}, flush };
  const server = createObjectServer({ load: async () => ({ front, accessLog }), ids: randomIds, log() {}, limits });
  const { port } = await server.listen(0, '127.0.0.1');
  try {
    await body(port, () => flushed);
  } finally {
    await server.close();
  }
  return flushed;
};

/** Reads all of the body, and then answers. */
const reading: Front = async ({ req }) => {
  for await (const _ of req);
  return served({ status: 200, headers: {} });
};

test('a client that falls silent in the middle of a body is told so', async () => {
  const flushed = await withServer(reading, { idleMs: 100 }, async (port) => {
    const answer = await rawRequest(port, 'PUT /b/k HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf');
    expect(answer).toMatch(/^HTTP\/1\.1 400 [\s\S]*<Code>RequestTimeout<\/Code>/);
  });
  expect(flushed).toBe(1);
});

test('a client that waits for us is not sent away', async () => {
  const slow: Front = async () => {
    await new Promise((resolve) => setTimeout(resolve, 400));
    return served({ status: 200, headers: {}, xml: '<a/>' });
  };
  await withServer(slow, { idleMs: 100 }, async (port) => {
    const answer = await rawRequest(port, 'GET /b/k HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*<a\/>$/);
  });
});

test('a refused body is answered at once, and the connection ends', async () => {
  const refusing: Front = async () => served({ status: 403, headers: {}, xml: '<Error/>' });
  await withServer(refusing, {}, async (port) => {
    const answer = await rawRequest(port, 'PUT /b/k HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\nhalf');
    expect(answer).toMatch(/^HTTP\/1\.1 403 [\s\S]*connection: close[\s\S]*<Error\/>$/i);
  });
});

test('a connection without a request, or without an end of its head, is closed', async () => {
  await withServer(reading, { idleMs: 100 }, async (port) => {
    expect(await rawRequest(port, '')).toBe('');
    expect(await rawRequest(port, 'GET / HTTP/1.1\r\nhost:')).toBe('');
  });
});
