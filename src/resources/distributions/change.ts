import type {
  IpAddressType,
  LightsailDistribution,
  Operation,
  UpdateDistributionRequest,
} from '../../api/generated/types.ts';
import type { Context } from '../../context.ts';
import { invalidInput } from '../../errors.ts';
import { recordOperation } from '../../operations/record.ts';
import type { Tx } from '../../store/store.ts';
import { checkHomeRegion } from '../home-region.ts';
import { getResource, saveResource } from '../resource.ts';
import { checkBehavior, checkCacheSettings, checkPaths } from './cache-rules.ts';
import { attachCertificate, detachCertificate } from './certificates.ts';
import { type DistributionInner, type DistributionResource, distribution } from './noun.ts';
import { checkOrigin, linkOrigin } from './origins.ts';
import { checkAddressType, checkErrorResponses, checkRootObject } from './rules.ts';
import { updateDistribution as deploy } from './tasks.ts';
import { checkWaf } from './waf-rules.ts';

export const recordForDistribution = (
  tx: Tx,
  ctx: Context,
  name: string,
  status: 'Started' | 'Succeeded',
): Promise<Operation> =>
  recordOperation(tx, ctx, { type: ctx.operation, subject: { name, kind: 'Distribution', zone: 'all' }, status });

interface Changed {
  readonly body: LightsailDistribution;
  readonly inner?: DistributionInner;
}

/** The distribution shows the change with the answer; it is deployed, and the operation over, when the engine has it. */
export const change = (
  ctx: Context,
  name: string,
  to: (tx: Tx, found: DistributionResource) => Promise<Changed>,
): Promise<{ operation: Operation }> => {
  checkHomeRegion(ctx.scope, 'Distribution');
  return ctx.write(async (tx) => {
    const found = await getResource(tx, ctx.scope, distribution, name);
    const { body, inner = found.inner } = await to(tx, found);
    await saveResource(tx, distribution, found, { ...body, status: 'InProgress' }, inner, ctx);
    const operation = await recordForDistribution(tx, ctx, name, 'Started');
    await ctx.enqueue(tx, deploy, {
      scope: ctx.scope,
      resource: found.row.id,
      input: {},
      operations: [operation.id ?? ''],
    });
    return { operation };
  });
};

/** SetIpAddressType of a distribution (F158, F343). */
export const changeDistributionAddressType = async (ctx: Context, name: string, type: IpAddressType) => {
  const { operation } = await change(ctx, name, async (_, { body }) => ({
    body: { ...body, ipAddressType: checkAddressType(type) },
  }));
  return { operations: [operation] };
};

/** UpdateDistribution: what the request leaves out stays as it is. */
export const updateDistribution = async (ctx: Context, input: UpdateDistributionRequest) =>
  change(ctx, input.distributionName, async (tx, { body }) => {
    const { catalogue } = ctx;
    const changed: LightsailDistribution = {
      ...body,
      ...(input.defaultCacheBehavior && { defaultCacheBehavior: checkBehavior(input.defaultCacheBehavior) }),
      // F361: all of them.
      ...(input.cacheBehaviorSettings && {
        cacheBehaviorSettings: checkCacheSettings(input.cacheBehaviorSettings, catalogue),
      }),
      ...(input.cacheBehaviors && { cacheBehaviors: checkPaths(input.cacheBehaviors, catalogue) }),
      ...(input.customErrorResponses && { customErrorResponses: checkErrorResponses(input.customErrorResponses) }),
      ...(input.defaultRootObject !== undefined && { defaultRootObject: checkRootObject(input.defaultRootObject) }),
      viewerMinimumTlsProtocolVersion: input.viewerMinimumTlsProtocolVersion ?? body.viewerMinimumTlsProtocolVersion,
      isEnabled: input.isEnabled ?? body.isEnabled,
      waf: checkWaf(body.waf, input, body.bundleId ?? '', catalogue),
    };
    return { body: await certified(tx, ctx, await withOrigin(tx, ctx, changed, input), input) };
  });

const withOrigin = async (
  tx: Tx,
  ctx: Context,
  body: LightsailDistribution,
  { origin: given, enablePrivateOriginAccess }: UpdateDistributionRequest,
): Promise<LightsailDistribution> => {
  if (given === undefined) {
    if (enablePrivateOriginAccess === undefined) return body;
    throw invalidInput('The private access is to an origin.', 'Send the origin with its name too.');
  }
  const { name = '', origin: known } = body;
  const next = await checkOrigin(tx, ctx, { given, enablePrivateOriginAccess, known });
  if (known !== undefined) await linkOrigin(tx, ctx.scope, known, name, false);
  await linkOrigin(tx, ctx.scope, next.origin, name, true);
  return { ...body, ...next };
};

/** The default certificate is the one for the distribution's own name alone. */
const certified = async (
  tx: Tx,
  ctx: Context,
  body: LightsailDistribution,
  { certificateName, useDefaultCertificate }: UpdateDistributionRequest,
): Promise<LightsailDistribution> => {
  if (certificateName !== undefined) {
    if (useDefaultCertificate)
      throw invalidInput('A distribution has either the default certificate or the named one.');
    return attachCertificate(tx, ctx, body, certificateName);
  }
  if (useDefaultCertificate === false && body.certificateName === undefined)
    throw invalidInput('Without the default certificate, a distribution needs another.', 'Send a certificateName.');
  return useDefaultCertificate && body.certificateName !== undefined ? detachCertificate(tx, ctx, body) : body;
};
