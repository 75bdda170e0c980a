import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Distribution, Recipe } from './blueprints/recipe.ts';
import type { ImageFiles } from './images.ts';
import { metadataOf } from './images-metadata.ts';
import { tarOf } from './images-tar.ts';

/** Changed when the same recipe comes to mean another image. */
const format = 1;

/** One archive that packages come from: a line of apt's sources without its options. */
export interface Source {
  readonly uri: string;
  readonly suite: string;
  readonly components: string;
}

export interface BuildOptions {
  readonly sources: readonly Source[];
  /** Where finished images are kept, and taken from when the recipe and the sources are the same. */
  readonly cache: string;
  /** Builds even if there is one: packages get newer. */
  readonly fresh?: boolean | undefined;
  /** One line for people about what goes on. */
  report(line: string): void;
  readonly signal?: AbortSignal | undefined;
}

/** The files of a recipe's image, and the hash that tells it from others. */
export interface Built extends ImageFiles {
  readonly hash: string;
  /** Whether it was there before. */
  readonly kept: boolean;
}

/** What tells images apart: recipe and sources. 12 hexadecimal digits. */
export const hashOf = (recipe: Recipe, sources: readonly Source[]): string =>
  createHash('sha256')
    .update(JSON.stringify([format, recipe, sources]))
    .digest('hex')
    .slice(0, 12);

/**
 * The sources of a distribution by those that apt uses here: the same archives, whatever release of it they are used for.
 * `archive` replaces them. Throws, in words for people, when there is none.
 */
export const sourcesOf = (
  { id, name, suite, securitySuite, components }: Distribution,
  known: readonly Source[],
  archive?: string,
): Source[] => {
  if (archive !== undefined) {
    if (!/^(https?|file):\/\/?[^\s[\]]+$/.test(archive)) throw new Error(`${archive} is not the URL of an archive.`);
    return [{ uri: archive, suite, components }];
  }
  const ofSuite = (wanted: string): Source[] =>
    known.filter((source) => source.suite === wanted).map(({ uri }) => ({ uri, suite: wanted, components }));
  const own = [suite, `${suite}-updates`, securitySuite].flatMap(ofSuite);
  if (own.some((source) => source.suite === suite)) return unique(own);
  const [like] = known.filter(({ uri, suite: other }) => !/[-/]/.test(other) && uri.includes(`/${id}`));
  if (like === undefined) {
    throw new Error(
      `apt knows no archive of ${name} on this machine. Name one with --archive URL, or use an image that is made already: lateen images use.`,
    );
  }
  const security = known.filter(({ suite: other }) => other === `${like.suite}-security`);
  return unique([
    ...[suite, `${suite}-updates`].map((wanted) => ({ uri: like.uri, suite: wanted, components })),
    ...security.map(({ uri }) => ({ uri, suite: securitySuite, components })),
  ]);
};

const unique = (sources: readonly Source[]): Source[] => [
  ...new Map(sources.map((source) => [`${source.uri} ${source.suite}`, source])).values(),
];

/** The archives that apt uses on this machine. */
export const aptSources = async (): Promise<Source[]> => {
  const lines = await output('apt-get', [
    'indextargets',
    '--format',
    '$(REPO_URI) $(RELEASE) $(COMPONENT)',
    'Created-By: Packages',
  ]);
  return lines
    .split('\n')
    .map((line) => line.split(' '))
    .flatMap(([uri = '', suite = '', components = '']) => (components === 'main' ? [{ uri, suite, components }] : []));
};

/** Where the parts of a recipe are while the system is made, on this machine. */
export interface Workplace {
  readonly overlay: string;
  readonly answers: string;
}

/** Where in the new system the script of the recipe is, until it has run. */
const setUpScript = '/var/lib/lateen/set-up';
const answersFile = '/root/lateen-answers';

/** The arguments of mmdebstrap that make the system of a recipe, as a tar archive on standard output. */
export const mmdebstrapArguments = (recipe: Recipe, sources: readonly Source[], workplace: Workplace): string[] => {
  const { suite, keyring } = recipe.distribution;
  const inside = (command: string): string => `chroot "$1" ${command}`;
  return [
    '--variant=minbase',
    '--format=tar',
    `--keyring=${keyring}`,
    `--include=${recipe.packages.join(',')}`,
    '--aptopt=Acquire::Retries "3"',
    ...(recipe.answers === ''
      ? []
      : [
          `--essential-hook=upload ${quoted(workplace.answers)} ${answersFile}`,
          `--essential-hook=${inside(`debconf-set-selections ${answersFile}`)}`,
          `--essential-hook=rm "$1${answersFile}"`,
        ]),
    `--customize-hook=tar-in ${quoted(workplace.overlay)} /`,
    `--customize-hook=${inside(`sh -eu ${setUpScript}`)}`,
    `--customize-hook=rm "$1${setUpScript}"`,
    '--customize-hook=rm "$1/etc/apt/apt.conf.d/99mmdebstrap"',
    suite,
    '-',
    ...sources.map(({ uri, suite: release, components }) => `deb ${uri} ${release} ${components}`),
  ];
};

/** For the hooks, which are read by a shell and by mmdebstrap. */
const quoted = (path: string): string => {
  if (/["$`\\\n]/.test(path)) throw new Error(`${path} has a character that mmdebstrap cannot take in a path.`);
  return `"${path}"`;
};

/** What is laid over the packages. */
export const overlayOf = ({ files, setUp }: Recipe): Buffer => {
  const all = { ...files, [setUpScript]: { text: setUp } };
  return tarOf(
    Object.entries(all).map(([path, file]) => ({ ...file, path: path.slice(1) })),
    0,
  );
};

/** Makes the image of a recipe, unless the cache has it. Throws with what the tools said when they fail. */
export const buildImage = async (recipe: Recipe, options: BuildOptions): Promise<Built> => {
  const hash = hashOf(recipe, options.sources);
  const stem = join(options.cache, `${recipe.blueprintId}-${hash}`);
  const files = { metadata: `${stem}.metadata.tar.gz`, system: `${stem}.squashfs` };
  if (!options.fresh && existsSync(files.metadata) && existsSync(files.system)) return { ...files, hash, kept: true };
  if (!existsSync(recipe.distribution.keyring)) {
    throw new Error(
      `The keys of ${recipe.distribution.name}'s archive are not here: ${recipe.distribution.keyring}. Install the package of that name.`,
    );
  }
  await mkdir(options.cache, { recursive: true });
  const place = await mkdtemp(join(options.cache, 'building-'));
  try {
    const workplace = { overlay: join(place, 'overlay.tar'), answers: join(place, 'answers') };
    const system = join(place, 'system.squashfs');
    const metadata = join(place, 'metadata.tar.gz');
    await writeFile(workplace.overlay, overlayOf(recipe));
    await writeFile(workplace.answers, recipe.answers);
    await makeSystem(mmdebstrapArguments(recipe, options.sources, workplace), system, options);
    await writeFile(metadata, metadataOf(recipe, hash, Math.floor(Date.now() / 1_000)));
    await rename(system, files.system);
    await rename(metadata, files.metadata);
    return { ...files, hash, kept: false };
  } finally {
    await rm(place, { recursive: true, force: true });
  }
};

/** mmdebstrap into tar2sqfs. The one that fails first is the one to tell of, and the end of the other. */
const makeSystem = async (
  args: readonly string[],
  file: string,
  { report, signal }: Pick<BuildOptions, 'report' | 'signal'>,
): Promise<void> => {
  const failure = new AbortController();
  const either = signal ? AbortSignal.any([signal, failure.signal]) : failure.signal;
  const bootstrap = start('mmdebstrap', args, either, (line) => {
    const step = /^I: ((?:running apt|downloading|extracting|installing|cleaning|creating).*?)\.*$/.exec(line)?.[1];
    if (step !== undefined) report(step);
  });
  const squash = start(
    'tar2sqfs',
    ['--quiet', '--force', '--compressor', 'zstd', '--comp-extra', 'level=6', file],
    either,
  );
  const joined = pipeline(bootstrap.process.stdout, squash.process.stdin).catch(() => {});
  let first: unknown;
  const note = (error: unknown): void => {
    first ??= error;
    failure.abort();
  };
  await Promise.all([bootstrap.ended.catch(note), squash.ended.catch(note), joined]);
  if (first !== undefined) throw first;
};

const output = async (command: string, args: readonly string[]): Promise<string> => {
  const { process: child, ended } = start(command, args);
  child.stdin.end();
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  await ended;
  return Buffer.concat(chunks).toString();
};

/** Packages that the tools are in. */
const packages: Readonly<Record<string, string>> = {
  'apt-get': 'apt',
  mmdebstrap: 'mmdebstrap',
  tar2sqfs: 'squashfs-tools-ng',
};
/** How many lines of what a tool complained of are shown. */
const shown = 12;

/** Runs a tool without a shell. `ended` throws with the last lines that it wrote on standard error, unless it ends with 0. */
const start = (command: string, args: readonly string[], signal?: AbortSignal, onLine?: (line: string) => void) => {
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    signal,
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  });
  const lines: string[] = [];
  let rest = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (rest + chunk).split(/[\r\n]+/);
    rest = parts.pop() ?? '';
    for (const line of parts) {
      onLine?.(line);
      lines.push(line);
      if (lines.length > shown) lines.shift();
    }
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'ENOENT'
          ? new Error(`${command} is not installed. sudo apt-get install ${packages[command] ?? command}`)
          : error,
      ),
    );
    child.on('close', (code, killed) =>
      code === 0
        ? resolve()
        : reject(new Error(`${command} failed (${killed ?? code}):\n${[...lines, rest].join('\n').trim()}`)),
    );
  });
  // Whoever feeds it hears of its end by `ended`.
  child.stdin.on('error', () => {});
  return { process: child, ended };
};
