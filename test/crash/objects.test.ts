/**
 * Kills the server at random moments under writes to a bucket: what was answered is there as a whole, and what was not is there as a whole or not at
 * all; no file is left that belongs to nothing. LATEEN_CRASHES says how often (50), LATEEN_SEED repeats a run's choices.
 */
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type S3, S3ServiceException } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { apiOf } from '../call.ts';
import { startServer, temporaryFolder } from '../lateen.ts';
import { newBucket, s3 } from '../objects.ts';
import { chosenSeed, type Random, randomOf } from '../random.ts';

const crashes = Number(process.env.LATEEN_CRASHES ?? 50);
const Bucket = 'photos';

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Empty, small, and of several buffers. */
const bodyOf = (random: Random): Buffer => {
  const size = random.pick([0, 1, 1_000, 70_000, 900_000]);
  return Buffer.alloc(size, String(random.below(2 ** 32)));
};

/** What is to be found under a key: a digest, or undefined for nothing. */
type Found = string | undefined;

/** Writes to keys of its own, one call after the other. */
class KeyWriter {
  readonly keys: readonly string[];
  readonly random: Random;
  acknowledged = 0;
  readonly #known = new Map<string, Found>();
  #underWay: { readonly key: string; readonly to: Found } | undefined;

  constructor(name: string, random: Random) {
    this.keys = Array.from({ length: 4 }, (_, at) => `${name}/${at}`);
    this.random = random;
  }

  /** Until the server is gone. */
  async write(client: S3): Promise<void> {
    for (;;) {
      const Key = this.random.pick(this.keys);
      const body = bodyOf(this.random);
      const act = this.random.pick(['put', 'put', 'delete', 'parts']);
      const to = act === 'delete' ? undefined : digest(body);
      this.#underWay = { key: Key, to };
      try {
        if (act === 'put') await client.putObject({ Bucket, Key, Body: body });
        else if (act === 'delete') await client.deleteObject({ Bucket, Key });
        else await this.#inParts(client, Key, body);
      } catch (error) {
        if (error instanceof S3ServiceException && error.$response !== undefined) throw error;
        return;
      }
      this.acknowledged += 1;
      this.#known.set(Key, to);
      this.#underWay = undefined;
    }
  }

  async #inParts(client: S3, Key: string, body: Buffer): Promise<void> {
    const { UploadId } = await client.createMultipartUpload({ Bucket, Key });
    const { ETag, ChecksumCRC32 } = await client.uploadPart({ Bucket, Key, UploadId, PartNumber: 1, Body: body });
    const Parts = [{ PartNumber: 1, ETag, ChecksumCRC32 }];
    await client.completeMultipartUpload({ Bucket, Key, UploadId, MultipartUpload: { Parts } });
  }

  /** Every key has what was answered last, or what was under way. */
  async check(client: S3): Promise<void> {
    for (const key of this.keys) {
      const found = await read(client, key);
      const possible = [this.#known.get(key), ...(this.#underWay?.key === key ? [this.#underWay.to] : [])];
      expect(possible, key).toContain(found);
      this.#known.set(key, found);
    }
    this.#underWay = undefined;
  }
}

const read = async (client: S3, Key: string): Promise<Found> => {
  try {
    const { Body, ETag } = await client.getObject({ Bucket, Key });
    expect(ETag).toBeDefined();
    return digest(await Body!.transformToByteArray());
  } catch (error) {
    if (error instanceof S3ServiceException && error.name === 'NoSuchKey') return undefined;
    throw error;
  }
};

test(`${crashes} times`, async () => {
  const seed = chosenSeed();
  console.log(`LATEEN_SEED=${seed}`);
  const random = randomOf(seed);
  const data = join(temporaryFolder(), 'data');
  const writers = ['a', 'b', 'c', 'd'].map((name) => new KeyWriter(name, randomOf(random.below(2 ** 32))));
  const written = (): number => writers.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
  for (let killed = 0; ; killed++) {
    const server = await startServer({ data });
    const { control } = apiOf(server);
    if (killed === 0) await newBucket(server, Bucket);
    expect(readdirSync(join(data, 'objects', 'incoming'))).toEqual([]);
    // Sweeps, and lets uploads run out that a kill has cut off.
    await control('AdvanceClock', { ms: 8 * 86_400_000 });
    expect(await control('CheckObjects', { verify: true })).toMatchObject({ findings: [], count: 0 });
    const client = s3(server);
    for (const writer of writers) await writer.check(client);
    if (killed === crashes) {
      console.log(`killed ${killed} times, ${written()} writes were answered`);
      expect(written()).toBeGreaterThan(killed);
      expect(await server.stop()).toBe(0);
      return;
    }
    const enough = written() + 1 + random.below(40);
    const writing = Promise.all(writers.map((writer) => writer.write(client)));
    while (written() < enough) await sleep(1);
    await sleep(random.below(20));
    await server.kill();
    await writing;
    client.destroy();
  }
});
