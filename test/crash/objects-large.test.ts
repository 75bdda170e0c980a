/** An object of LATEEN_OBJECT_GIB (5) goes in and comes out, while the server's memory is watched. */
import { createHash, type Hash } from 'node:crypto';
import { readFileSync, statfsSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { type Server, startServer } from '../lateen.ts';
import { newBucket, objectsUrl, presigned, s3 } from '../objects.ts';

const GiB = 2 ** 30;
const size = Math.round(Number(process.env.LATEEN_OBJECT_GIB ?? 5) * GiB);
const most = 100 * 2 ** 20;

/** Bytes that differ all the way, made faster than they are sent, and hashed as they go. */
const source = (length: number, hash: Hash): Readable => {
  const block = Buffer.alloc(2 ** 20, 'lateen');
  let [left, count] = [length, 0];
  return new Readable({
    highWaterMark: 2 ** 20,
    read() {
      if (left === 0) {
        this.push(null);
        return;
      }
      const part = Buffer.from(block.subarray(0, Math.min(left, block.length)));
      if (part.length >= 4) part.writeUInt32BE(count++);
      left -= part.length;
      hash.update(part);
      this.push(part);
    },
  });
};

/** Resident memory of the server, in bytes: what it is, and the most that it ever was. */
const memoryOf = ({ pid }: Server): { now: number; peak: number } => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const of = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;
  return { now: of('VmRSS'), peak: of('VmHWM') };
};

const send = async (server: Server, path: string, length: number, hash: Hash): Promise<void> => {
  const { hostname, port } = new URL(objectsUrl(server));
  const sent = request({ hostname, port, method: 'PUT', path, headers: { 'content-length': length } });
  const answered = new Promise<number>((resolve, reject) => {
    sent.on('response', (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.on('error', reject);
  });
  await pipeline(source(length, hash), sent);
  expect(await answered).toBe(200);
};

const fetchHash = async (server: Server, path: string): Promise<{ digest: string; length: number }> => {
  const answer = await fetch(`${objectsUrl(server)}${path}`);
  const hash = createHash('sha256');
  let length = 0;
  for await (const chunk of answer.body!) {
    hash.update(chunk);
    length += chunk.length;
  }
  return { digest: hash.digest('hex'), length };
};

test(`an object of ${size / GiB} GiB goes in and out with less than 100 MiB of memory`, async (context) => {
  const { bavail, bsize } = statfsSync(tmpdir());
  context.skip(bavail * bsize < 2 * size + GiB, 'there is no room for it on the disk');
  context.skip(process.platform !== 'linux', 'memory is read from /proc');
  const server = await startServer();
  const Bucket = await newBucket(server, 'large', { bundleId: 'large_1_0' });
  const hash = createHash('sha256');
  await send(server, presigned(server, 'PUT', '/large/one', 3600), size, hash);
  const into = memoryOf(server);
  expect(await fetchHash(server, presigned(server, 'GET', '/large/one', 3600))).toEqual({
    digest: hash.digest('hex'),
    length: size,
  });
  const out = memoryOf(server);
  console.log(
    `resident memory: ${Math.round(into.peak / 2 ** 20)} MiB at most on the way in, ${Math.round(out.peak / 2 ** 20)} MiB out`,
  );
  expect(out.peak).toBeLessThan(most);
  const client = s3(server);
  expect(await client.headObject({ Bucket, Key: 'one' })).toMatchObject({ ContentLength: size });
  await client.deleteObject({ Bucket, Key: 'one' });
});
