import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Recipe } from './blueprints/recipe.ts';
import { recipeIds, recipeOf } from './blueprints/recipes.ts';
import { buildImage, hashOf, mmdebstrapArguments, overlayOf, type Source, sourcesOf } from './images-build.ts';

const uri = 'http://archive.test/debian';
const apt: readonly Source[] = [
  { uri: 'http://other.test/tools', suite: 'stable/tools', components: 'main' },
  { uri, suite: 'bookworm', components: 'main' },
  { uri, suite: 'bookworm-updates', components: 'main' },
  { uri: `${uri}-security`, suite: 'bookworm-security', components: 'main' },
];
const debian = recipeOf('debian_12')!;
const lines = (sources: readonly Source[]): string[] => sources.map((source) => `${source.uri} ${source.suite}`);

test('the archives are those of apt, and no others', () => {
  expect(lines(sourcesOf(debian.distribution, apt))).toEqual([
    `${uri} bookworm`,
    `${uri} bookworm-updates`,
    `${uri}-security bookworm-security`,
  ]);
});

test('another release comes from the archives of the one that apt knows', () => {
  expect(lines(sourcesOf(recipeOf('debian_11')!.distribution, apt))).toEqual([
    `${uri} bullseye`,
    `${uri} bullseye-updates`,
    `${uri}-security bullseye-security`,
  ]);
});

test('an unknown archive is refused with what to do, and a named one is taken', () => {
  const { distribution } = recipeOf('debian_12')!;
  const other = apt.slice(0, 1);
  expect(() => sourcesOf(distribution, other)).toThrow('--archive');
  expect(lines(sourcesOf(distribution, other, 'http://near.test/debian'))).toEqual([
    'http://near.test/debian bookworm',
  ]);
  expect(() => sourcesOf(distribution, other, 'http://near.test/ [trusted=yes]')).toThrow('is not the URL');
});

test('mmdebstrap is given packages, hooks and sources as arguments', () => {
  const args = mmdebstrapArguments(debian, apt.slice(1, 2), {
    overlay: '/build/over lay.tar',
    answers: '/build/answers',
  });
  expect(args).toContain('--customize-hook=tar-in "/build/over lay.tar" /');
  expect(args.find((arg) => arg.startsWith('--include='))?.split(',')).toContain('cloud-init');
  expect(args.filter((arg) => arg.includes('debconf'))).toEqual([]);
  expect(args.slice(-3)).toEqual(['bookworm', '-', `deb ${uri} bookworm main`]);
});

test('answers for debconf are read before the packages come', () => {
  const args = mmdebstrapArguments(recipeOf('redmine')!, apt, { overlay: '/o', answers: '/a' });
  const hooks = args.filter((arg) => arg.startsWith('--essential-hook='));
  expect(hooks).toEqual([
    '--essential-hook=upload "/a" /root/lateen-answers',
    '--essential-hook=chroot "$1" debconf-set-selections /root/lateen-answers',
    '--essential-hook=rm "$1/root/lateen-answers"',
  ]);
});

test('a path that a shell would change is refused', () => {
  for (const overlay of ['/a$(b)', '/a`b`', '/a"b', '/a\\b'])
    expect(() => mmdebstrapArguments(debian, apt, { overlay, answers: '/a' })).toThrow('cannot take');
});

test('another recipe or another archive is another image', () => {
  const hashes = [
    hashOf(debian, apt),
    hashOf(debian, apt.slice(0, 2)),
    ...recipeIds.filter((id) => id !== 'debian_12').map((id) => hashOf(recipeOf(id)!, apt)),
  ];
  expect(new Set(hashes).size).toBe(hashes.length);
  expect(hashOf(recipeOf('debian_12')!, [...apt])).toBe(hashes[0]);
});

test('every recipe has unique packages, files by absolute path that an archive can hold, and the user of its blueprint', () => {
  for (const id of recipeIds) {
    const recipe = recipeOf(id)!;
    expect(new Set(recipe.packages).size).toBe(recipe.packages.length);
    for (const name of recipe.packages) expect(name).toMatch(/^[a-z0-9][a-z0-9+.-]+$/);
    for (const path of Object.keys(recipe.files)) expect(path).toMatch(/^\/[^/]/);
    expect(
      overlayOf(recipe).includes(`useradd --create-home --shell /bin/bash --groups adm,sudo ${recipe.username}\n`),
    ).toBe(true);
  }
  expect(recipeOf('debian_12')?.username).toBe('admin');
  expect(recipeOf('nginx')?.username).toBe('bitnami');
});

test('what is not a blueprint, or not of packages, has no recipe', () => {
  for (const id of ['gitlab', 'windows_server_2022', 'debian_99', 'constructor']) expect(recipeOf(id)).toBeUndefined();
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lateen-images-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('an image that is kept is not made again', async () => {
  const stem = join(folder, `debian_12-${hashOf(debian, apt)}`);
  for (const end of ['.metadata.tar.gz', '.squashfs']) writeFileSync(stem + end, '');
  const built = await buildImage(debian, { sources: apt, cache: folder, report: () => {} });
  expect(built).toMatchObject({ kept: true, system: `${stem}.squashfs` });
});

test('without the keys of the archive nothing is begun', async () => {
  const keyless: Recipe = { ...debian, distribution: { ...debian.distribution, keyring: join(folder, 'none.gpg') } };
  const cache = join(folder, 'cache');
  await expect(buildImage(keyless, { sources: apt, cache, report: () => {} })).rejects.toThrow('none.gpg');
  expect(existsSync(cache)).toBe(false);
});
