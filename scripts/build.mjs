/**
 * Bundles the program into dist/. Commands, PostgreSQL and X.509 become files of their own, so that a start reads only what it
 * runs. New files appear whole and main.js last: a program that starts meanwhile finds one build or the other.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { buildStamp, root } from './ensure.mjs';

const dist = join(root, 'dist');
const stamp = buildStamp();
const entry = 'main.js';
const hour = 3_600_000;

const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: ['src/cli/main.ts'],
  outdir: dist,
  write: false,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // A CommonJS package that is loaded late would give none of its names.
  mainFields: ['module', 'main'],
  external: ['@photostructure/sqlite', 'pg', 'pg-native'],
  sourcemap: 'external',
  // A start reads all of what it loads: half of it was blanks and comments. Names stay, for the stacks in logs.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  // Bundled CommonJS asks for node's own modules by require.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);",
  },
});

const same = (file, contents) => {
  try {
    return readFileSync(file).equals(contents);
  } catch {
    return false;
  }
};

mkdirSync(dist, { recursive: true });
const lastEntry = (a, b) => Number(basename(a.path) === entry) - Number(basename(b.path) === entry);
for (const { path, contents } of outputFiles.toSorted(lastEntry)) {
  if (same(path, contents)) continue;
  writeFileSync(`${path}.${process.pid}`, contents);
  renameSync(`${path}.${process.pid}`, path);
}
writeFileSync(join(dist, '.stamp'), stamp);

// A program that runs since before may still load its own files: they stay for a while.
const current = new Set(['.stamp', ...outputFiles.map(({ path }) => basename(path))]);
for (const name of readdirSync(dist)) {
  const file = join(dist, name);
  if (!current.has(name) && statSync(file).mtimeMs < Date.now() - hour) rmSync(file, { force: true });
}
