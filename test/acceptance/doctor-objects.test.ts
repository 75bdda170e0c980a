/** `lateen doctor --objects`, on files that were broken on purpose. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lateen, startServer, temporaryFolder } from '../lateen.ts';
import { newBucket, s3 } from '../objects.ts';

const server = await startServer();
const objects = s3(server);
await newBucket(server, 'photos');

const doctor = async (...options: string[]): Promise<{ code: number | null; found: string[] }> => {
  const { code, stdout } = await server.cli('doctor', '--objects', ...options, '--json');
  const { checks } = JSON.parse(stdout) as { checks: { check: string; state: string; found: string }[] };
  const mine = checks.filter(({ check }) => check === 'objects');
  for (const { state } of mine) expect(state).toBe(code === 0 ? 'ok' : 'problem');
  return { code, found: mine.map(({ found }) => found).sort() };
};

const folder = join(server.data, 'objects');
/** Where the file is that has these bytes. */
const fileWith = (text: string): string => {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map(({ parentPath, name }) => join(parentPath, name));
  return paths.find((path) => readFileSync(path, 'utf8') === text) ?? '';
};

test('every difference between index and files is found', async () => {
  for (const name of ['whole', 'missing', 'short', 'changed'])
    await objects.putObject({ Bucket: 'photos', Key: name, Body: `${name} bytes` });
  const { UploadId } = await objects.createMultipartUpload({ Bucket: 'photos', Key: 'upload' });
  await objects.uploadPart({ Bucket: 'photos', Key: 'upload', UploadId, PartNumber: 1, Body: 'part bytes' });
  const bytes = ['whole', 'missing', 'short', 'changed', 'part'].join(' bytes').length + ' bytes'.length;
  const well = { code: 0, found: [`5 files of ${bytes} bytes, as the index has them`] };
  expect(await doctor()).toEqual(well);
  expect(await doctor('--verify')).toEqual({
    code: 0,
    found: [`5 files of ${bytes} bytes, all read, as the index has them`],
  });

  const [missing, short, changed, part] = ['missing', 'short', 'changed', 'part'].map((name) =>
    fileWith(`${name} bytes`),
  );
  const aside = join(temporaryFolder(), 'aside');
  renameSync(missing!, aside);
  truncateSync(short!, 3);
  writeFileSync(changed!, 'CHANGED bytes');
  rmSync(part!);
  const whole = fileWith('whole bytes');
  const stray = `${whole.slice(0, -4)}${createHash('md5').update(whole).digest('hex').slice(0, 4)}`;
  writeFileSync(stray, 'nobody’s');
  const differences = [
    /^file \w+ belongs to no object$/,
    /^file \w+ of missing in bucket [\w-]+ is missing$/,
    /^file \w+ of short in bucket [\w-]+ has 3 bytes, and should have 11$/,
    /^file \w+ of upload in bucket [\w-]+ is missing$/,
  ];
  const expectFound = async (wanted: readonly RegExp[], ...options: string[]) => {
    const { code, found } = await doctor(...options);
    expect(code).toBe(1);
    expect(found).toHaveLength(wanted.length);
    expect(found).toEqual(expect.arrayContaining(wanted.map((pattern) => expect.stringMatching(pattern))));
  };
  await expectFound(differences);
  await expectFound(
    [...differences, /^file \w+ of changed in bucket [\w-]+ has other bytes than were stored$/],
    '--verify',
  );
  // Half an object is none: it is an error, and not a short answer.
  await expect(
    objects.getObject({ Bucket: 'photos', Key: 'missing' }).then(({ Body }) => Body?.transformToString()),
  ).rejects.toThrow();

  renameSync(aside, missing!);
  rmSync(stray);
  for (const name of ['short', 'changed']) await objects.deleteObject({ Bucket: 'photos', Key: name });
  await objects.abortMultipartUpload({ Bucket: 'photos', Key: 'upload', UploadId });
  expect(await doctor('--verify')).toEqual({
    code: 0,
    found: ['2 files of 24 bytes, all read, as the index has them'],
  });
});

test('without a Lateen that runs there are no objects to be read', async () => {
  const { code, stdout } = await lateen(
    'doctor',
    '--objects',
    '--port',
    '0',
    '--data',
    join(temporaryFolder(), 'none'),
  );
  expect(code).toBe(1);
  expect(stdout).toMatch(/^objects +problem +Nothing is running/m);
});
