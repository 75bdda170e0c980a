import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Incus } from './client.ts';

export type InstanceType = 'container' | 'virtual-machine';

/** What machines of a blueprint begin as. The alias is the tie between the two: an operator may move it to any image. */
export interface BlueprintImage {
  readonly blueprintId: string;
  readonly alias: string;
  readonly fingerprint: string;
  readonly type: InstanceType;
  /** Bytes. */
  readonly size: number;
  /** ISO time of the import. */
  readonly uploadedAt: string;
  /** Of the image itself; ours carry `labels`. */
  readonly properties: Readonly<Record<string, string>>;
}

/** Names of properties that images of Lateen carry: the blueprint, and the hash of the recipe or the remote image it is made by. */
export const labels = {
  blueprint: 'user.lateen.blueprint',
  recipe: 'user.lateen.recipe',
  remote: 'user.lateen.remote',
} as const;

const prefix = 'lateen/';
export const aliasOf = (blueprintId: string): string => `${prefix}${blueprintId}`;
const aliasPath = (blueprintId: string): string => `/1.0/images/aliases/${encodeURIComponent(aliasOf(blueprintId))}`;

interface Image {
  readonly fingerprint: string;
  readonly type: InstanceType;
  readonly size: number;
  readonly uploaded_at: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly aliases: readonly { readonly name: string }[];
}

/** The image that machines of the blueprint begin as; undefined when there is none on this host. */
export const imageFor = async (
  incus: Incus,
  blueprintId: string,
): Promise<{ readonly alias: string; readonly fingerprint: string; readonly type: InstanceType } | undefined> => {
  const found = await incus.find<{ target: string; type: InstanceType }>(aliasPath(blueprintId));
  return found && { alias: aliasOf(blueprintId), fingerprint: found.target, type: found.type };
};

/** All images that a blueprint has, by the id of the blueprint. One call. */
export const listImages = async (incus: Incus): Promise<BlueprintImage[]> => {
  const images = await incus.get<readonly Image[]>('/1.0/images?recursion=1');
  return images
    .flatMap(({ fingerprint, type, size, uploaded_at: uploadedAt, properties, aliases }) =>
      aliases
        .filter(({ name }) => name.startsWith(prefix))
        .map(({ name: alias }) => {
          const blueprintId = alias.slice(prefix.length);
          return { blueprintId, alias, fingerprint, type, size, uploadedAt, properties };
        }),
    )
    .sort((a, b) => (a.blueprintId < b.blueprintId ? -1 : 1));
};

/** The two files of an image: its description with templates, and the root file system. */
export interface ImageFiles {
  readonly metadata: string;
  readonly system: string;
}

/** Puts an image into Incus and gives it to the blueprint. Answers with its fingerprint. One that is there already is not sent again. */
export const importImage = async (
  incus: Incus,
  blueprintId: string,
  files: ImageFiles,
  properties: Readonly<Record<string, string>>,
): Promise<string> => {
  const fingerprint = await fingerprintOf(files);
  if ((await incus.find(`/1.0/images/${fingerprint}`)) === undefined) {
    const { body, headers } = await formOf(files);
    await incus.upload('/1.0/images', body, {
      ...headers,
      'x-incus-properties': new URLSearchParams(properties).toString(),
    });
  }
  await giveImage(incus, blueprintId, fingerprint);
  return fingerprint;
};

/** Has machines of the blueprint begin as this image from now on. What they began as before goes, when nobody else wants it. */
export const giveImage = async (incus: Incus, blueprintId: string, fingerprint: string): Promise<void> => {
  const before = await imageFor(incus, blueprintId);
  if (before?.fingerprint === fingerprint) return;
  if (before === undefined)
    await incus.post('/1.0/images/aliases', { name: aliasOf(blueprintId), target: fingerprint, description: '' });
  else await incus.put(aliasPath(blueprintId), { target: fingerprint, description: '' });
  if (before !== undefined) await dropUnused(incus, before.fingerprint);
};

/** Takes the image from the blueprint. Machines that began as it stay. False when it has none. */
export const removeImage = async (incus: Incus, blueprintId: string): Promise<boolean> => {
  const found = await imageFor(incus, blueprintId);
  if (found === undefined) return false;
  await incus.delete(aliasPath(blueprintId));
  await dropUnused(incus, found.fingerprint);
  return true;
};

/** Only what carries our label: an operator's own image stays. */
const dropUnused = async (incus: Incus, fingerprint: string): Promise<void> => {
  const image = await incus.find<Image>(`/1.0/images/${fingerprint}`);
  if (image && image.aliases.length === 0 && image.properties[labels.blueprint] !== undefined)
    await incus.delete(`/1.0/images/${fingerprint}`);
};

/** Incus names an image by the hash of its files, one after the other. */
const fingerprintOf = async ({ metadata, system }: ImageFiles): Promise<string> => {
  const hash = createHash('sha256');
  for (const file of [metadata, system]) await pipeline(createReadStream(file), hash, { end: false });
  return hash.digest('hex');
};

/** The form that a split image is sent as. */
const formOf = async ({
  metadata,
  system,
}: ImageFiles): Promise<{ body: Readable; headers: Record<string, string> }> => {
  const boundary = 'lateen-image';
  const heading = (name: string, before = ''): Buffer =>
    Buffer.from(
      `${before}--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="${name}"\r\n` +
        'Content-Type: application/octet-stream\r\n\r\n',
    );
  const parts = [
    heading('metadata'),
    metadata,
    heading('rootfs', '\r\n'),
    system,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ];
  const sizes = await Promise.all(
    parts.map(async (part) => (typeof part === 'string' ? (await stat(part)).size : part.length)),
  );
  const bytes = async function* () {
    for (const part of parts) {
      if (typeof part === 'string') yield* createReadStream(part);
      else yield part;
    }
  };
  return {
    body: Readable.from(bytes(), { objectMode: false }),
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': String(sizes.reduce((sum, size) => sum + size, 0)),
    },
  };
};
