import fc from 'fast-check';
import { expect, test } from 'vitest';
import { boundaryOf, readForm } from './form.ts';

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const part = (disposition: string, value: Uint8Array | string, type = ''): Buffer =>
  Buffer.concat([
    Buffer.from(`--b\r\nContent-Disposition: form-data; ${disposition}\r\n${type && `Content-Type: ${type}\r\n`}\r\n`),
    Buffer.from(value as string),
    Buffer.from('\r\n'),
  ]);

const formOf = (...parts: readonly Buffer[]): Buffer => Buffer.concat([...parts, Buffer.from('--b--\r\n')]);

const read = async (bytes: Buffer, size = bytes.length) => {
  const { file, ...form } = await readForm(pieces(bytes, Math.max(size, 1)), 'b');
  const chunks: Buffer[] = [];
  for await (const chunk of file) chunks.push(chunk);
  return { ...form, file: Buffer.concat(chunks) };
};

test('fields in their order and a file of any bytes, however they are cut', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.stringMatching(/^[a-z-]{1,8}$/), fc.string({ maxLength: 30 })), { maxLength: 4 }),
      fc.uint8Array({ maxLength: 500 }),
      fc.integer({ min: 1, max: 40 }),
      async (fields, bytes, size) => {
        fc.pre(
          fields.every(([name, value]) => name !== 'file' && !value.includes('\r\n--b')) &&
            !Buffer.from(bytes).includes('\r\n--b'),
        );
        const made = await read(
          formOf(
            ...fields.map(([name, value]) => part(`name="${name}"`, value)),
            part('name="file"; filename="f.txt"', bytes, 'text/plain'),
          ),
          size,
        );
        expect(made.fields).toEqual(new Map(fields.toReversed()));
        expect([...made.file]).toEqual([...bytes]);
        expect(made).toMatchObject({ fileName: 'f.txt', fileType: 'text/plain' });
      },
    ),
    { examples: [[[['key', 'ü']], new Uint8Array([13, 10, 45, 45, 13, 10]), 1]] },
  ));

test('whatever comes, it ends: with a form, or with an error of S3', () =>
  fc.assert(
    fc.asyncProperty(
      fc.nat(),
      fc.uint8Array({ maxLength: 10 }),
      fc.integer({ min: 1, max: 50 }),
      async (place, noise, size) => {
        const good = formOf(part('name="key"', 'k'), part('name="file"; filename="f"', 'body'));
        const at = place % good.length;
        const spoiled = Buffer.concat([good.subarray(0, at), noise, good.subarray(at + noise.length)]);
        await read(spoiled, size).catch((error: Error) =>
          expect(error.name).toMatch(
            /^(MalformedPOSTRequest|IncorrectNumberOfFilesInPostRequest|MaxPostPreDataLengthExceededError)$/,
          ),
        );
      },
    ),
  ));

test('names of files lose the folders of old browsers, and may be quoted', async () => {
  const made = await read(formOf(part('name="file"; filename="C:\\\\dir\\\\a \\"b\\".txt"', 'x')));
  expect(made.fileName).toBe('a "b".txt');
  expect((await read(formOf(part('name=file; filename=plain.txt', 'x')))).fileName).toBe('plain.txt');
});

test('too many fields, no file, and no end are refused', async () => {
  await expect(read(formOf(part('name="key"', 'x'.repeat(30_000))))).rejects.toMatchObject({
    name: 'MaxPostPreDataLengthExceededError',
  });
  await expect(read(formOf(part('name="key"', 'x')))).rejects.toMatchObject({
    name: 'IncorrectNumberOfFilesInPostRequest',
  });
  await expect(read(part('name="file"; filename="f"', 'x'))).rejects.toMatchObject({ name: 'MalformedPOSTRequest' });
});

test('the boundary of the media type', () => {
  expect(boundaryOf('multipart/form-data; boundary=abc')).toBe('abc');
  expect(boundaryOf('Multipart/Form-Data; charset=utf-8; boundary="a b"')).toBe('a b');
  expect(boundaryOf('multipart/form-data')).toBeUndefined();
  expect(boundaryOf('text/plain; boundary=abc')).toBeUndefined();
});
