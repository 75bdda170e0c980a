import type { Bucket, Tag } from '../../api/generated/types.ts';
import type { Context } from '../../context.ts';
import { ownDomain } from '../../network.ts';
import { identity } from '../resource.ts';
import type { BucketResource } from './noun.ts';
import { mayChangeBundle } from './rules.ts';

export interface NewBucket {
  readonly id: string;
  readonly name: string;
  readonly bundleId: string;
  readonly versioned: boolean;
  readonly tags: readonly Tag[];
}

export const states = {
  ok: { code: 'OK' },
  /** F382 */
  unknown: {
    code: 'Unknown',
    message: 'The bucket could not be made. You might want to delete it and to create a new one.',
  },
} as const satisfies Record<string, Bucket['state']>;

/** The name that others, as distributions, know a bucket by. */
export const urlOf = (name: string, region: string): string => `https://${name}.s3.${region}.${ownDomain}/`;

/** The bucket as its row has it; `shown` adds what is not the same at every time and to everyone. */
export const newBucket = (ctx: Context, { id, name, bundleId, versioned, tags }: NewBucket): Bucket => ({
  ...identity(ctx, 'Bucket', id, name, 'all'),
  accessLogConfig: { enabled: false },
  accessRules: { allowPublicOverrides: false, getObject: 'private' },
  bundleId,
  objectVersioning: versioned ? 'Enabled' : 'NeverEnabled',
  readonlyAccessAccounts: [],
  state: states.ok,
  supportCode: `${ctx.scope.account}/${name}`,
  tags,
  url: urlOf(name, ctx.scope.region),
});

/** Which parts are shown to those only who ask for them (F395). */
export interface Parts {
  readonly connected?: boolean | undefined;
  readonly cors?: boolean | undefined;
}

export const shown = (ctx: Context, { body, inner }: BucketResource, { connected, cors }: Parts = {}): Bucket => ({
  ...body,
  // Where it answers now, by a path: not every program looks up names under localhost.
  url: `${ctx.objectsUrl()}/${body.name}/`,
  ableToUpdateBundle: mayChangeBundle(inner, ctx.clock.now()),
  ...(connected && {
    resourcesReceivingAccess: (inner.receivers ?? []).map(({ name }) => ({ name, resourceType: 'Instance' })),
  }),
  ...(cors && { cors: inner.cors ?? { rules: [] } }),
});
