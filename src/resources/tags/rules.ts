import type { ResourceType, Tag } from '../../api/generated/types.ts';
import { type ApiError, invalidInput } from '../../errors.ts';

/** Limits of the service (F525, F529, F530); lengths in characters. */
const limits = { tags: 50, key: 128, value: 256 } as const;

/** Letters and digits of any script, blanks and a few signs (F529). */
const characters = /^[\p{L}\p{N}\p{Z}+\-=._:/@]*$/u;
const charactersInWords = 'letters, digits, spaces and + - = . _ : / @';

/** Keys that AWS keeps for itself. */
const reserved = /^aws:/i;

/** The kinds that bear tags. A certificate of a load balancer shows some and takes none (error-messages). */
const taggable: ReadonlySet<ResourceType> = new Set([
  'Alarm',
  'Bucket',
  'Certificate',
  'ContactMethod',
  'ContainerService',
  'Disk',
  'DiskSnapshot',
  'Distribution',
  'Domain',
  'Instance',
  'InstanceSnapshot',
  'KeyPair',
  'LoadBalancer',
  'RelationalDatabase',
  'RelationalDatabaseSnapshot',
  'Subdomain',
]);

/** Throws InvalidInputException for a kind that takes no tags. */
export const checkTaggable = (kind: ResourceType): void => {
  if (!taggable.has(kind)) throw invalidInput(`The resource type, ${kind}, is not taggable.`);
};

/**
 * The tags of a resource that had `existing` ones once `tags` are added: a key that is there already gets the new value.
 * Throws InvalidInputException for keys and values that are not allowed, a key that comes twice, and too many tags.
 */
export const checkTags = (tags: readonly Tag[] = [], existing: readonly Tag[] = []): Tag[] => {
  const result = new Map(existing.map((tag) => [tag.key, tag]));
  const seen = new Set<string>();
  for (const tag of tags) {
    const key = checkKey(tag.key);
    checkValue(key, tag.value);
    if (seen.has(key)) throw refusal(`The tag key ${key} is in the request more than once.`);
    seen.add(key);
    result.set(key, tag);
  }
  if (result.size > limits.tags) {
    throw refusal(`A resource can have at most ${limits.tags} tags, and this one would have ${result.size}.`);
  }
  return [...result.values()];
};

/** What is left of `tags`; keys that are not there make no difference (F528). */
export const withoutTags = (tags: readonly Tag[] = [], keys: readonly string[]): Tag[] =>
  tags.filter(({ key = '' }) => !keys.includes(key));

const checkKey = (key = ''): string => {
  const length = lengthOf(key);
  if (length < 1 || length > limits.key) {
    throw refusal(`A tag key must have 1 to ${limits.key} characters, and this one has ${length}.`);
  }
  if (!characters.test(key)) throw refusal(`The tag key ${key} can contain only ${charactersInWords}.`);
  if (reserved.test(key)) throw refusal(`The tag key ${key} is not valid: keys that begin with aws: are reserved.`);
  return key;
};

const checkValue = (key: string, value = ''): void => {
  const length = lengthOf(value);
  if (length > limits.value) {
    throw refusal(`A tag value can have up to ${limits.value} characters, and that of ${key} has ${length}.`);
  }
  if (!characters.test(value)) throw refusal(`The tag value of ${key} can contain only ${charactersInWords}.`);
};

const lengthOf = (text: string): number => [...text].length;

const refusal = (message: string): ApiError =>
  invalidInput(
    message,
    `A resource has up to ${limits.tags} tags; keys have 1 to ${limits.key} characters and values up to ${limits.value}.`,
  );
