import type { Catalogue } from '../../catalogue.ts';
import type { Instance, Tag } from '../generated/types.ts';
import { type ByCloudError, invalid } from './answers.ts';
import { flavorId, imageId } from './uuid5.ts';
import { descriptionTag, escapeDescription, isMetadata } from './view.ts';

export type Body = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Body =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The JSON object of a body; none at all is an empty one. Throws ByCloudError with 400. */
export const readBody = (bytes: Buffer): Body => {
  if (bytes.length === 0) return {};
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (isObject(value)) return value;
  } catch {
    // Told below.
  }
  throw invalid('The body must be a JSON object');
};

const wrong = (field: string, what: string): ByCloudError => invalid(`Field '${field}' must be ${what}`);

/** A member that counts as left out when it is null. */
const optional = (body: Body, field: string): unknown => body[field] ?? undefined;

export const text = (body: Body, field: string): string | undefined => {
  const value = optional(body, field);
  if (value === undefined || typeof value === 'string') return value;
  throw wrong(field, 'a string');
};

const required = (body: Body, field: string): string => {
  const value = text(body, field);
  if (value) return value;
  throw invalid(`Field '${field}' is required`);
};

const texts = (body: Body, field: string): readonly string[] | undefined => {
  const value = optional(body, field);
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value as readonly string[];
  throw wrong(field, 'a list of strings');
};

const textsByName = (body: Body, field: string): Readonly<Record<string, string>> | undefined => {
  const value = optional(body, field);
  if (value === undefined) return undefined;
  if (isObject(value) && Object.values(value).every((item) => typeof item === 'string')) {
    return value as Readonly<Record<string, string>>;
  }
  throw wrong(field, 'an object of strings');
};

/** Instances here have one network, one firewall and the disks of their flavor: nothing else can be chosen. */
const fixed: Readonly<Record<string, (item: unknown) => boolean>> = {
  networks: () => false,
  security_groups: (item) => item === 'default' || (isObject(item) && item.name === 'default'),
  volumes: () => false,
};

const checkFixed = (body: Body): void => {
  for (const [field, allowed] of Object.entries(fixed)) {
    const value = optional(body, field);
    if (value === undefined) continue;
    if (!Array.isArray(value)) throw wrong(field, 'a list');
    if (!value.every(allowed)) throw invalid(`Field '${field}' cannot be chosen here: leave it out`);
  }
};

const offered = (body: Body, field: string, ids: readonly (readonly [id: string, value: string])[]): string => {
  const given = required(body, field);
  const found = ids.find(([id, value]) => id === given.toLowerCase() || value === given);
  if (found !== undefined) return found[1];
  throw invalid(`Field '${field}' names nothing that is on offer`);
};

/** Lightsail keeps all three in tags: with a value, without one, and one of a name that is kept for it. */
const tagsOf = (body: Body): Tag[] => {
  const [metadata, tags, description] = [textsByName(body, 'metadata'), texts(body, 'tags'), text(body, 'description')];
  for (const [key, value] of Object.entries(metadata ?? {})) {
    if (value === '') throw invalid(`Field 'metadata.${key}' must not be empty`);
    checkKey('metadata', key);
  }
  for (const key of tags ?? []) {
    checkKey('tags', key);
    if (metadata !== undefined && Object.hasOwn(metadata, key)) throw invalid(`${key} is in 'tags' and in 'metadata'`);
  }
  return [
    ...Object.entries(metadata ?? {}).map(([key, value]) => ({ key, value })),
    ...[...new Set(tags)].map((key) => ({ key })),
    ...(description ? [{ key: descriptionTag, value: escapeDescription(description) }] : []),
  ];
};

const checkKey = (field: string, key: string): void => {
  if (key === descriptionTag) throw invalid(`Field '${field}' must not have ${key}: it keeps the description`);
};

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const userDataOf = (body: Body): string | undefined => {
  const encoded = text(body, 'user_data');
  if (encoded === undefined || encoded === '') return undefined;
  if (base64.test(encoded)) {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(encoded, 'base64'));
    } catch {
      // Told below.
    }
  }
  throw wrong('user_data', 'text in base64');
};

/** The input of CreateInstances that makes what the body of `POST /instances` says. Throws ByCloudError with 400. */
export const creationOf = (body: Body, catalogue: Catalogue, availabilityZone: string) => {
  const { bundles, blueprints } = catalogue;
  const name = required(body, 'name');
  checkFixed(body);
  const [keyPairName, userData, tags] = [text(body, 'key_name') || undefined, userDataOf(body), tagsOf(body)];
  return {
    instanceNames: [name],
    availabilityZone,
    bundleId: offered(
      body,
      'flavor_id',
      bundles.map(({ bundleId }) => [flavorId(bundleId), bundleId] as const),
    ),
    blueprintId: offered(
      body,
      'image_id',
      blueprints.map(({ blueprintId }) => [imageId(blueprintId), blueprintId] as const),
    ),
    ...(keyPairName === undefined ? {} : { keyPairName }),
    ...(userData === undefined ? {} : { userData }),
    ...(tags.length === 0 ? {} : { tags }),
  };
};

/** What of the tags is what `PATCH` names: each of its members replaces all that was there of it. */
const kinds: Readonly<Record<string, (tag: Tag) => boolean>> = {
  description: ({ key }) => key === descriptionTag,
  metadata: isMetadata,
  tags: (tag) => !tag.value && tag.key !== descriptionTag,
};

/** The tags to put and the keys to take away, so that an instance is as the body of `PATCH` says. Throws ByCloudError with 400. */
export const changeOf = (body: Body, { name, tags = [] }: Instance): { put: Tag[]; drop: string[] } => {
  const wanted = text(body, 'name');
  if (wanted !== undefined && wanted !== name)
    throw invalid("Field 'name' cannot be changed: it is the instance's identity");
  const put = tagsOf(body);
  const named = Object.entries(kinds).filter(([field]) => optional(body, field) !== undefined);
  const kept = new Set(put.map(({ key }) => key));
  const drop = tags.filter((tag) => !kept.has(tag.key ?? '') && named.some(([, isOfIt]) => isOfIt(tag)));
  const known = new Map(tags.map(({ key, value }) => [key, value ?? '']));
  return {
    put: put.filter(({ key, value }) => known.get(key) !== (value ?? '')),
    drop: drop.map(({ key = '' }) => key),
  };
};
