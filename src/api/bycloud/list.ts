import type { Catalogue } from '../../catalogue.ts';
import type { Scope } from '../../context.ts';
import {
  type Condition,
  countInstances,
  findListed,
  isRebooting,
  newestInstances,
  type Place,
  placesUpTo,
} from '../../store/records/newest-instances.ts';
import type { Tx } from '../../store/store.ts';
import { ByCloudError, invalid } from './answers.ts';
import { flavorId, imageId, isUuid } from './uuid5.ts';
import { viewOf } from './view.ts';

/** Items of a page when the caller does not say, and at most (bycloud.md 2). */
const usual = 20;
const most = 1000;

/** What a listing is asked for; the texts are as sent, for the links. */
export interface Listing {
  readonly limit: number;
  readonly marker: string | undefined;
  /** The filters in the order in which links have them. */
  readonly filters: readonly (readonly [name: string, value: string])[];
  readonly conditions: readonly Condition[];
}

const launched = `inner_body like '%"launchedAt":%'`;

/** The rows of each status, as `view.ts` tells them. */
const statuses: Readonly<Record<string, string>> = {
  ACTIVE: `(state = 'stopping' or (state = 'running' and not ${isRebooting}))`,
  BUILD: `(state = 'pending' and not ${launched})`,
  REBOOT: `(state = 'running' and ${isRebooting})`,
  SHUTOFF: `(state = 'stopped' or (state = 'pending' and ${launched}))`,
};

/** Words for states that no instance of Lateen gets into: known, and never found. */
const otherStatuses = new Set([
  ...[
    'DELETED',
    'ERROR',
    'HARD_REBOOT',
    'MIGRATING',
    'PASSWORD',
    'PAUSED',
    'REBUILD',
    'RESCUE',
    'RESIZE',
    'REVERT_RESIZE',
  ],
  ...['SHELVED', 'SHELVED_OFFLOADED', 'SOFT_DELETED', 'SUSPENDED', 'UNKNOWN', 'VERIFY_RESIZE'],
]);

const never: Condition = { sql: '1 = 0', values: [] };

/** Whether the text of the body has the piece. Bodies are JSON with their members in order, so a piece of it stands for a member. */
const has = (...pieces: readonly string[]): Condition => ({
  sql: `(${pieces.map(() => "replace(body, ?, '') <> body").join(' or ')})`,
  values: pieces,
});

const nameIs = (name: string): readonly Condition[] => {
  if (!name.endsWith('*')) return [{ sql: 'name = ?', values: [name] }];
  const prefix = name.slice(0, -1);
  return [{ sql: 'substr(name, 1, ?) = ?', values: [[...prefix].length, prefix] }];
};

const statusIs = (status: string): readonly Condition[] => {
  const word = status.toUpperCase();
  if (Object.hasOwn(statuses, word)) return [{ sql: statuses[word]!, values: [] }];
  if (otherStatuses.has(word)) return [never];
  throw invalid('Invalid status value');
};

const tagsAre = (tags: string): readonly Condition[] =>
  tags
    .split(',')
    .map((tag) => JSON.stringify(tag.trim()))
    .filter((tag) => tag !== '""')
    .map((tag) => has(`{"key":${tag}}`, `{"key":${tag},"value":""}`));

/** A member of the body by the id that ByCloud has for its value; one that the catalogue does not know is nobody's. */
const idIs =
  (
    parameter: string,
    member: string,
    known: (catalogue: Catalogue) => readonly (readonly [id: string, value: string])[],
  ) =>
  (value: string, catalogue: Catalogue): readonly Condition[] => {
    if (!isUuid(value)) throw invalid(`${parameter} must be a uuid`);
    const found = known(catalogue).find(([id]) => id === value.toLowerCase());
    return [found === undefined ? never : has(`"${member}":${JSON.stringify(found[1])}`)];
  };

type Filter = (value: string, catalogue: Catalogue) => readonly Condition[];

const filters: Readonly<Record<string, Filter>> = {
  name: nameIs,
  status: statusIs,
  tags: tagsAre,
  flavor_id: idIs('flavor_id', 'bundleId', ({ bundles }) =>
    bundles.map(({ bundleId }) => [flavorId(bundleId), bundleId] as const),
  ),
  image_id: idIs('image_id', 'blueprintId', ({ blueprints }) =>
    blueprints.map(({ blueprintId }) => [imageId(blueprintId), blueprintId] as const),
  ),
};

const limitOf = (text: string | undefined): number => {
  if (text === undefined) return usual;
  if (!/^\d+$/.test(text)) throw invalid('limit must be an integer');
  return Math.min(Number(text), most);
};

/** Reads the query of a listing. Parameters that are empty or unknown count as left out. Throws ByCloudError with 400. */
export const readListing = (query: ReadonlyMap<string, string>, catalogue: Catalogue): Listing => {
  const given = (name: string): string | undefined => query.get(name) || undefined;
  const marker = given('marker');
  if (marker !== undefined && !isUuid(marker)) throw invalid('marker must be a uuid');
  const asked = Object.keys(filters).flatMap((name) => {
    const value = given(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    limit: limitOf(given('limit')),
    marker: marker?.toLowerCase(),
    filters: asked,
    conditions: asked.flatMap(([name, value]) => filters[name]!(value, catalogue)),
  };
};

/** A page, newest first, with what leads to the others. `url` is the listing's address without a query. Throws ByCloudError with 400. */
export const listInstances = async (tx: Tx, scope: Scope, listing: Listing, url: string, region: string) => {
  const { limit, marker, conditions } = listing;
  const after = marker === undefined ? undefined : await placeOf(tx, scope, marker);
  const found = await newestInstances(tx, scope, conditions, after, limit + 1);
  const shown = found.slice(0, limit);
  const hasMore = limit > 0 && found.length > limit;
  const next = hasMore ? shown.at(-1)!.id : null;
  return {
    instances: shown.map((row) => viewOf(row, region)),
    meta: { total: await countInstances(tx, scope, conditions), limit, marker: next, has_more: hasMore },
    links: {
      self: linkTo(url, listing, marker),
      next: next === null ? null : linkTo(url, listing, next),
      previous: after === undefined ? null : linkTo(url, listing, await markerBefore(tx, scope, listing, after)),
    },
  };
};

const placeOf = async (tx: Tx, scope: Scope, marker: string): Promise<Place> => {
  const row = await findListed(tx, scope, marker);
  if (row === undefined) throw new ByCloudError(400, `marker [${marker}] not found`);
  return row;
};

/** The marker that the page before this one has; none when that is the first. */
const markerBefore = async (tx: Tx, scope: Scope, { limit, conditions }: Listing, after: Place) =>
  (await placesUpTo(tx, scope, conditions, after, limit + 1))[limit]?.id;

const linkTo = (url: string, { limit, filters: given }: Listing, marker: string | undefined): string => {
  const parts = [['limit', String(limit)] as const, ...(marker ? [['marker', marker] as const] : []), ...given];
  return `${url}?${parts.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`;
};
