import type { ShapeName } from '../api/generated/shapes.ts';
import type { ResourceType } from '../api/generated/types.ts';
import { serialize } from '../api/serialize.ts';
import { type Clock, seconds } from '../clock.ts';
import type { Context, Scope } from '../context.ts';
import { namesInUse, notFound, quotaReached } from '../errors.ts';
import { shownRegion } from '../location.ts';
import { insertPriceChange } from '../store/records/price-changes.ts';
import {
  countUsed,
  findResource,
  insertResource,
  type ResourceRow,
  updateResource,
} from '../store/records/resources.ts';
import type { Tx } from '../store/store.ts';
import { basisOf } from './costs/prices.ts';
import { defaultKeyPairName } from './key-pairs/rules.ts';

/** A noun: the shape that its rows show, and what else must be known to keep them. `Body` is the API's type, `Inner` ours alone. */
export interface Noun<Body extends object, Inner extends object> {
  readonly kind: ResourceType;
  /** Name of the body's shape in the model. */
  readonly shape: ShapeName;
  /** The state that rules are about; kinds without states have one. */
  state(body: Body, inner: Inner): string;
}

/** A row, read. Change `body` and `inner` by making new ones. */
export interface Resource<Body extends object, Inner extends object> {
  readonly row: ResourceRow;
  readonly body: Body;
  readonly inner: Inner;
}

/** Where and when something comes to be. */
export type Setting = Pick<Context, 'clock' | 'scope'>;

/** What every resource shows about itself (F42, F44, F45). `zone` is `all` for regional resources. */
export const identity = (ctx: Setting, kind: ResourceType, id: string, name: string, zone: string) => ({
  arn: arnOf(ctx.scope, kind, id),
  createdAt: seconds(ctx.clock.now()),
  location: { availabilityZone: zone, regionName: shownRegion(ctx.scope, kind) as never },
  name,
  resourceType: kind,
});

export const arnOf = (scope: Scope, kind: ResourceType, id: string): string =>
  `arn:aws:lightsail:${shownRegion(scope, kind)}:${scope.account}:${kind}/${id}`;

/** Throws when the account's quota has no room for `count` more. `what` is the plural of the error text, `limit` the quota. */
export const checkQuota = async (
  tx: Tx,
  ctx: Context,
  kind: ResourceType,
  what: string,
  limit: number,
  count = 1,
): Promise<void> => {
  if ((await countUsed(tx, ctx.scope.account, kind)) + count > limit) throw quotaReached(what, limit);
};

/** What changes in a row when its body does. */
export const textsOf = <Body extends object, Inner extends object>(
  noun: Noun<Body, Inner>,
  body: Body,
  inner: Inner,
): Pick<ResourceRow, 'state' | 'body' | 'inner'> => ({
  state: noun.state(body, inner),
  body: serialize(noun.shape, body),
  inner: JSON.stringify(inner),
});

/** Adds a row. Throws InvalidInputException when the name is in use in the scope, by whatever kind. */
export const addResource = async <Body extends { name?: string | undefined }, Inner extends object>(
  tx: Tx,
  ctx: Context,
  noun: Noun<Body, Inner>,
  id: string,
  body: Body,
  inner: Inner,
): Promise<Resource<Body, Inner>> => {
  const row: ResourceRow = {
    id,
    ...ctx.scope,
    kind: noun.kind,
    name: body.name ?? '',
    createdAt: ctx.clock.now(),
    ...textsOf(noun, body, inner),
  };
  // The default key pair may be made at any time, so its name is kept for it.
  const reserved = row.name === defaultKeyPairName && noun.kind !== 'KeyPair';
  if (reserved || !(await insertResource(tx, row))) throw namesInUse([row.name]);
  return { row, body, inner };
};

/** The named resource. Throws NotFoundException. */
export const getResource = async <Body extends object, Inner extends object>(
  tx: Tx,
  scope: Scope,
  noun: Noun<Body, Inner>,
  name: string,
): Promise<Resource<Body, Inner>> => {
  const row = await findResource(tx, scope, noun.kind, name);
  if (row === undefined) throw notFound(noun.kind);
  return readResource(row);
};

/** The text of the named resource as it goes out, unread. Throws NotFoundException. */
export const textOfResource = async <Body extends object, Inner extends object>(
  tx: Tx,
  scope: Scope,
  noun: Noun<Body, Inner>,
  name: string,
): Promise<string> => {
  const row = await findResource(tx, scope, noun.kind, name);
  if (row === undefined) throw notFound(noun.kind);
  return row.body;
};

export const readResource = <Body extends object, Inner extends object>(row: ResourceRow): Resource<Body, Inner> => ({
  row,
  body: JSON.parse(row.body) as Body,
  inner: JSON.parse(row.inner) as Inner,
});

/** A change that what the resource costs hangs on needs `now`, since when it is so. Throws Error without. */
export const saveResource = async <Body extends object, Inner extends object>(
  tx: Tx,
  noun: Noun<Body, Inner>,
  { row, body: before }: Resource<Body, Inner>,
  body: Body,
  inner: Inner,
  now?: { readonly clock: Clock },
): Promise<Resource<Body, Inner>> => {
  const basis = basisOf(noun.kind, before);
  if (basis !== undefined && basis !== basisOf(noun.kind, body)) {
    if (now === undefined) throw new Error(`the price of the ${noun.kind} ${row.name} changes, and nobody says when`);
    await insertPriceChange(tx, row.id, { at: now.clock.now(), basis });
  }
  const saved: ResourceRow = { ...row, ...textsOf(noun, body, inner) };
  await updateResource(tx, saved);
  return { row: saved, body, inner };
};
