import { gzipSync } from 'node:zlib';
import type { Recipe } from './blueprints/recipe.ts';
import { labels } from './images.ts';
import { tarOf } from './images-tar.ts';

/**
 * What Incus writes into a machine from the machine's own config. That reaches every cloud-init, where the guest API of Incus
 * does not, and user data cannot undo it. `create` and `copy` are the first boot; `start` is every one.
 */
interface Template {
  readonly when: readonly ('create' | 'copy' | 'start')[];
  readonly text: string;
}

const firstBoot = ['create', 'copy'] as const;
const everyBoot = ['create', 'copy', 'start'] as const;

/** Config keys of a machine that its image reads. Host name and instance id are the machine's name in Incus without them. */
export const guestKeys = {
  userData: 'user.user-data',
  vendorData: 'user.vendor-data',
  /** More lines of NoCloud's meta-data, such as `public-keys`. */
  metaData: 'user.meta-data',
  hostname: 'user.lateen.hostname',
  /** Public key of the authority whose certificates may log in, and the principals that those must name. */
  userAuthority: 'user.ssh-ca',
  principals: 'user.ssh-principals',
} as const;

const hostname = `{{ config_get("${guestKeys.hostname}", container.name) }}`;
const config = (key: string, without: string): string => `{{ config_get("${key}", ${without}) }}`;
const seed = '/var/lib/cloud/seed/nocloud-net';

/** A new machine id, as the file is empty: a copy must not have that of its source. */
const templates = (username: string): Readonly<Record<string, Template>> => ({
  '/etc/machine-id': { when: firstBoot, text: '' },
  '/etc/hostname': { when: firstBoot, text: `${hostname}\n` },
  [`${seed}/meta-data`]: {
    when: firstBoot,
    text: `instance-id: {{ container.name }}\nlocal-hostname: ${hostname}\n${config(guestKeys.metaData, '""')}\n`,
  },
  [`${seed}/user-data`]: { when: firstBoot, text: `${config(guestKeys.userData, 'properties.default')}\n` },
  [`${seed}/vendor-data`]: { when: firstBoot, text: `${config(guestKeys.vendorData, 'properties.default')}\n` },
  '/etc/ssh/user_ca.pub': { when: everyBoot, text: `${config(guestKeys.userAuthority, '""')}\n` },
  [`/etc/ssh/principals/${username}`]: { when: everyBoot, text: `${config(guestKeys.principals, '""')}\n` },
});

/** The first file of an image: its description and its templates. `time` is in seconds of Unix time. JSON is YAML. */
export const metadataOf = (recipe: Recipe, hash: string, time: number): Buffer => {
  const described = Object.entries(templates(recipe.username)).map(([path, template]) => ({
    path,
    when: template.when,
    text: template.text,
    name: `${path.slice(1).replaceAll('/', '-')}.tpl`,
  }));
  const metadata = {
    architecture: architectures[process.arch] ?? process.arch,
    creation_date: time,
    properties: {
      os: recipe.distribution.id,
      release: recipe.distribution.suite,
      description: `${recipe.blueprintId} of ${recipe.distribution.name}`,
      default: '#cloud-config\n{}',
      [labels.blueprint]: recipe.blueprintId,
      [labels.recipe]: hash,
    },
    templates: Object.fromEntries(described.map(({ path, when, name }) => [path, { when, template: name }])),
  };
  const entries = [
    { path: 'metadata.yaml', text: `${JSON.stringify(metadata, undefined, 2)}\n` },
    ...described.map(({ name, text }) => ({ path: `templates/${name}`, text })),
  ];
  return gzipSync(tarOf(entries, time));
};

/** As Linux calls them. */
const architectures: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };
