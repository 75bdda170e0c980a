import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { createCatalogue } from '../../catalogue.ts';
import { recipeIds, recipeOf } from '../../engines/incus/blueprints/recipes.ts';
import { type Incus, openIncus } from '../../engines/incus/client.ts';
import { addressOf, type IncusOptions, incusDefaults, project } from '../../engines/incus/config.ts';
import {
  type BlueprintImage,
  type InstanceType,
  importImage,
  labels,
  listImages,
  removeImage,
} from '../../engines/incus/images.ts';
import { aptSources, buildImage, hashOf, type Source, sourcesOf } from '../../engines/incus/images-build.ts';
import { commandFor } from '../../engines/incus/images-offer.ts';
import { takeImage } from '../../engines/incus/images-use.ts';
import { expectReachable, makeProject } from '../../engines/incus/setup.ts';
import { Failure } from '../failure.ts';
import { type CommonOptions, commonOptions, examples, incusAddressOptions, print } from '../options.ts';
import { table } from '../table.ts';

type ImagesOptions = CommonOptions & IncusOptions;

interface BuildOptions extends ImagesOptions {
  readonly cache?: string;
  readonly fresh?: boolean;
  readonly archive?: string;
}

export const define = (command: Command): void => {
  const options = (sub: Command): Command => incusAddressOptions(commonOptions(sub));
  options(
    command.command('list', { isDefault: true }).description('the blueprints that have an image, or could have one'),
  ).action(list);
  options(command.command('build <blueprint...>').description('make images of the packages of the distribution'))
    .option(
      '--cache <directory>',
      'where made images are kept to be used again; images in the data directory unless given',
    )
    .option('--fresh', 'make it even if one is kept, with the packages of today')
    .option('--archive <url>', 'the archive of the packages; the one that apt uses unless given')
    .action(build);
  options(command.command('use <blueprint> <image>').description('give a blueprint an image that others have made'))
    .addOption(
      new Option('--type <type>', 'which form of it')
        .choices(['container', 'virtual-machine'])
        .default(incusDefaults.incusType),
    )
    .action(use);
  options(command.command('remove <blueprint...>').description('take images away; machines stay')).action(remove);
  examples(
    command,
    'lateen images',
    'sudo lateen images build debian_12 wordpress',
    'lateen images use ubuntu_24_04 images:ubuntu/24.04/cloud',
    'lateen images remove wordpress',
  );
};

const list = (options: ImagesOptions): Promise<void> =>
  withIncus(options, async (incus) => {
    const images = await listImages(incus);
    const sources = await aptSources().catch(() => []);
    const shown = images.map((image) => ({ ...image, state: stateOf(image, sources) }));
    const missing = recipeIds.filter((id) => images.every(({ blueprintId }) => blueprintId !== id));
    print(options.json, { images: shown, buildable: missing }, () =>
      table(
        ['blueprint', 'image', 'type', 'size', 'made', 'state'],
        [
          ...shown.map(({ blueprintId, fingerprint, type, size, uploadedAt, state }) => [
            blueprintId,
            fingerprint.slice(0, 12),
            type,
            `${Math.round(size / 2 ** 20)} MiB`,
            uploadedAt.slice(0, 10),
            state,
          ]),
          ...missing.map((id) => [id, '', '', '', '', `none: ${commandFor(id)}`]),
        ],
      ),
    );
  });

/** Where it comes from, and whether Lateen would make it in another way by now. */
const stateOf = ({ blueprintId, properties }: BlueprintImage, known: readonly Source[]): string => {
  const remote = properties[labels.remote];
  if (remote !== undefined) return `of ${remote}`;
  const hash = properties[labels.recipe];
  const recipe = recipeOf(blueprintId);
  if (hash === undefined || recipe === undefined) return "the operator's own";
  const now = attempt(() => hashOf(recipe, sourcesOf(recipe.distribution, known)));
  return now === undefined || now === hash ? 'built' : `built in an older way: ${commandFor(blueprintId)}`;
};

const attempt = <T>(body: () => T): T | undefined => {
  try {
    return body();
  } catch {
    return undefined;
  }
};

const build = (blueprintIds: readonly string[], options: BuildOptions): Promise<void> =>
  withIncus(options, async (incus) => {
    const recipes = blueprintIds.map((id) => {
      checkBlueprint(id);
      const recipe = recipeOf(id);
      if (recipe !== undefined) return recipe;
      throw new Failure(
        `Lateen cannot make an image of ${id}, only of ${recipeIds.join(', ')}. Give it one that others have made: ${commandFor(id)}`,
      );
    });
    await makeProject(incus);
    const known = options.archive === undefined ? await aptSources() : [];
    const interrupted = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => interrupted.abort(new Failure('Interrupted.')));
    const results: {
      readonly blueprintId: string;
      readonly fingerprint: string;
      readonly recipe: string;
      readonly kept: boolean;
    }[] = [];
    for (const recipe of recipes) {
      const begun = Date.now();
      const say = (line: string): void => {
        process.stderr.write(
          `${recipe.blueprintId} ${String(Math.round((Date.now() - begun) / 1_000)).padStart(3)} s  ${line}\n`,
        );
      };
      const { hash, kept, ...files } = await buildImage(recipe, {
        sources: sourcesOf(recipe.distribution, known, options.archive),
        cache: resolve(options.cache ?? `${options.data}/images`),
        fresh: options.fresh,
        report: say,
        signal: interrupted.signal,
      });
      say(kept ? 'importing the image that was kept' : 'importing');
      const fingerprint = await importImage(incus, recipe.blueprintId, files, {});
      results.push({ blueprintId: recipe.blueprintId, fingerprint, recipe: hash, kept });
    }
    print(options.json, { images: results }, () =>
      results.map(({ blueprintId, fingerprint }) => `${blueprintId} is ${fingerprint.slice(0, 12)}.`).join('\n'),
    );
  });

const use = (blueprintId: string, image: string, options: ImagesOptions & { readonly type: InstanceType }) =>
  withIncus(options, async (incus) => {
    checkBlueprint(blueprintId);
    await makeProject(incus);
    const fingerprint = await takeImage(incus, { blueprintId, image, type: options.type });
    print(options.json, { blueprintId, fingerprint }, () => `${blueprintId} is ${fingerprint.slice(0, 12)}.`);
  });

const remove = (blueprintIds: readonly string[], options: ImagesOptions): Promise<void> =>
  withIncus(options, async (incus) => {
    const removed: string[] = [];
    for (const id of blueprintIds) {
      if (await removeImage(incus, id)) removed.push(id);
      else throw new Failure(`${id} has no image. lateen images lists those that have one.`);
    }
    print(options.json, { removed }, () => `Removed ${removed.join(', ')}.`);
  });

const checkBlueprint = (id: string): void => {
  if (createCatalogue().blueprint(id) === undefined) {
    throw new Failure(`There is no blueprint ${id}. aws lightsail get-blueprints --include-inactive lists all.`);
  }
};

const withIncus = async (options: IncusOptions, body: (incus: Incus) => Promise<void>): Promise<void> => {
  const incus = openIncus(addressOf(options), project);
  try {
    await expectReachable(incus, options);
    await body(incus);
  } catch (error) {
    throw error instanceof Error ? new Failure(error.message) : error;
  } finally {
    incus.close();
  }
};
