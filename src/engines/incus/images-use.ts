import { spawnSync } from 'node:child_process';
import type { Incus } from './client.ts';
import { project } from './config.ts';
import { giveImage, type InstanceType, labels } from './images.ts';

/** A server of images, as the client of Incus knows it by a short name. */
export interface Remote {
  readonly url: string;
  readonly protocol: string;
}

export interface Wish {
  readonly blueprintId: string;
  /** `remote:name`, or a name or fingerprint that Lateen's project has. */
  readonly image: string;
  readonly type: InstanceType;
}

/**
 * Gives a blueprint an image that somebody else has made. One of a server is fetched now, and kept up to date by Incus. Answers
 * with its fingerprint. Throws, in words for people, when there is no such server or image.
 */
export const takeImage = async (
  incus: Incus,
  { blueprintId, image, type }: Wish,
  remoteOf: (name: string) => Remote = remoteByClient,
): Promise<string> => {
  const colon = image.indexOf(':');
  const fingerprint =
    colon < 0
      ? await localImage(incus, image)
      : await fetchImage(incus, remoteOf(image.slice(0, colon)), blueprintId, image.slice(colon + 1), image, type);
  await giveImage(incus, blueprintId, fingerprint);
  return fingerprint;
};

const localImage = async (incus: Incus, name: string): Promise<string> => {
  const path = encodeURIComponent(name);
  const alias = await incus.find<{ readonly target: string }>(`/1.0/images/aliases/${path}`);
  const found =
    alias?.target ?? (await incus.find<{ readonly fingerprint: string }>(`/1.0/images/${path}`))?.fingerprint;
  if (found !== undefined) return found;
  throw new Error(
    `The Incus project ${project} has no image ${name}. If another has it:\n  incus image copy local:${name} local: --target-project ${project} --alias ${name}`,
  );
};

const fetchImage = async (
  incus: Incus,
  { url, protocol }: Remote,
  blueprintId: string,
  name: string,
  asked: string,
  type: InstanceType,
): Promise<string> => {
  const fetched = await incus.post<{ readonly fingerprint: string }>('/1.0/images', {
    source: { type: 'image', mode: 'pull', server: url, protocol, alias: name, image_type: type },
    auto_update: true,
    properties: { [labels.blueprint]: blueprintId, [labels.remote]: asked },
  });
  return fetched.fingerprint;
};

/** The client's own list, of whoever runs this. */
const remoteByClient = (name: string): Remote => {
  const { stdout, error } = spawnSync('incus', ['remote', 'list', '--format', 'json'], { encoding: 'utf8' });
  if (error) throw new Error(`The client of Incus knows the servers of images, and it does not run: ${error.message}`);
  const known = JSON.parse(stdout) as Readonly<Record<string, { readonly Addr: string; readonly Protocol: string }>>;
  const remote = Object.hasOwn(known, name) ? known[name] : undefined;
  if (remote === undefined) {
    throw new Error(
      `Incus knows no server ${name}, only ${Object.keys(known).join(', ')}. Add it: incus remote add ${name} URL --protocol simplestreams`,
    );
  }
  if (!remote.Addr.startsWith('https://')) throw new Error(`${name} is this Incus itself. Leave "${name}:" out.`);
  return { url: remote.Addr, protocol: remote.Protocol };
};
