import { createHash, createHmac } from 'node:crypto';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AwsChunkedDecoder, type ChunkedOptions } from './aws-chunked.ts';

/** Decodes what comes in these pieces. Rejects as the stream fails. */
const decode = async (pieces: Iterable<Buffer>, options: ChunkedOptions) => {
  const decoder = Readable.from(pieces, { objectMode: false }).pipe(new AwsChunkedDecoder(options));
  const chunks: Buffer[] = [];
  for await (const chunk of decoder) chunks.push(chunk as Buffer);
  return { body: Buffer.concat(chunks), trailers: decoder.trailers };
};

/** The bytes cut at those places. */
const cut = (bytes: Buffer, places: readonly number[]): Buffer[] => {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...at, bytes.length].map((end, i) => bytes.subarray(i === 0 ? 0 : at[i - 1], end));
};

const encode = (chunks: readonly Uint8Array[], trailers: Readonly<Record<string, string>> = {}): Buffer => {
  const framed = chunks.flatMap((chunk) => [
    Buffer.from(`${chunk.length.toString(16)}\r\n`),
    chunk,
    Buffer.from('\r\n'),
  ]);
  const end = Object.entries(trailers).map(([name, value]) => `${name}:${value}\r\n`);
  return Buffer.concat([...framed, Buffer.from(`0\r\n${end.join('')}\r\n`)]);
};

const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 6 });
const places = fc.array(fc.nat(), { maxLength: 12 });

test('gives the bytes and the trailers back, however they are cut', () =>
  fc.assert(
    fc.asyncProperty(chunks, places, fc.constantFrom('', 'a', 'x=='), async (parts, at, value) => {
      const trailers = { 'x-amz-checksum-crc32': value };
      const made = await decode(cut(encode(parts, trailers), at), { trailers: Object.keys(trailers) });
      expect(made.body.equals(Buffer.concat(parts))).toBe(true);
      expect(made.trailers.get('x-amz-checksum-crc32')).toBe(value);
    }),
  ));

test('whatever comes, it ends: with bytes, or with an error of S3', () =>
  fc.assert(
    fc.asyncProperty(chunks, places, fc.nat(), fc.uint8Array({ maxLength: 20 }), async (parts, at, place, noise) => {
      const good = encode(parts, { 'x-amz-checksum-crc32': 'AAAAAA==' });
      const where = place % (good.length + 1);
      const spoiled = Buffer.concat([good.subarray(0, where), noise, good.subarray(where + noise.length)]);
      await decode(cut(spoiled, at), { trailers: ['x-amz-checksum-crc32'] }).catch((error: Error) =>
        expect(error.name).toMatch(/^(IncompleteBody|MalformedTrailerError)$/),
      );
    }),
  ));

test.each([
  ['nothing', '', 'IncompleteBody'],
  ['no last chunk', '1\r\na\r\n', 'IncompleteBody'],
  ['a size that is none', 'x\r\n', 'IncompleteBody'],
  ['a size beyond all', 'fffffffffffffff\r\n', 'IncompleteBody'],
  ['an endless line', 'a'.repeat(2000), 'IncompleteBody'],
  ['a chunk that is longer than it says', '1\r\nab\r\n0\r\n\r\n', 'IncompleteBody'],
  ['something behind the end', '0\r\nx-amz-checksum-crc32:a\r\n\r\nmore\n', 'IncompleteBody'],
  ['a trailer that was not announced', '0\r\nx-other:a\r\n\r\n', 'MalformedTrailerError'],
  ['a trailer twice', '0\r\nx-amz-checksum-crc32:a\r\nx-amz-checksum-crc32:b\r\n\r\n', 'MalformedTrailerError'],
  ['no trailer', '0\r\n\r\n', 'MalformedTrailerError'],
  ['endless trailers', `0\r\nx-amz-checksum-crc32:${'a'.repeat(20_000)}`, 'MalformedTrailerError'],
])('refuses %s', async (_what, body, code) => {
  await expect(decode([Buffer.from(body)], { trailers: ['x-amz-checksum-crc32'] })).rejects.toMatchObject({
    name: code,
  });
});

// The example of the S3 API Reference: Signature Calculations for the Authorization Header, Transferring Payload in Multiple Chunks.
const key = ['20130524', 'us-east-1', 's3', 'aws4_request'].reduce<string | Buffer>(
  (from, part) => createHmac('sha256', from).update(part).digest(),
  'AWS4wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
);
const example: ChunkedOptions = {
  seal: {
    hmac: (text) => createHmac('sha256', key).update(text).digest('hex'),
    context: '20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n',
    seed: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
  },
  trailers: [],
};
const signed = Buffer.from(
  [
    `10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n${'a'.repeat(65_536)}\r\n`,
    `400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n${'a'.repeat(1024)}\r\n`,
    '0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n',
  ].join(''),
);

test('the published example of signed chunks', async () => {
  const { body } = await decode([signed], example);
  expect(createHash('sha256').update(body).digest('hex')).toBe(
    createHash('sha256').update('a'.repeat(66_560)).digest('hex'),
  );
});

test('a byte that is changed anywhere in signed chunks is noticed', () =>
  fc.assert(
    fc.asyncProperty(fc.nat(signed.length - 5), fc.integer({ min: 1, max: 255 }), async (at, by) => {
      const spoiled = Buffer.from(signed);
      spoiled[at] = spoiled[at]! ^ by;
      const outcome = await decode([spoiled], example).then(
        ({ body }) => body.equals(Buffer.alloc(66_560, 'a')),
        (error: Error) =>
          /^(SignatureDoesNotMatch|IncompleteBody|InvalidChunkSizeError|MalformedTrailerError)$/.test(error.name),
      );
      // Digits of sizes may be written in either case, and the ends of lines without CR.
      expect(outcome).toBe(true);
    }),
    { numRuns: 60 },
  ));
