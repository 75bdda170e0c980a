import type { LightsailDistribution } from '../../api/generated/types.ts';
import { seconds } from '../../clock.ts';
import type { Handlers } from '../../context.ts';
import { invalidInput } from '../../errors.ts';
import { pageOfRows, rowsOfKind } from '../../store/records/resources.ts';
import { mayChangeInCycle } from '../costs/billing-cycle.ts';
import { checkHomeRegion } from '../home-region.ts';
import { givePublicAddress } from '../instances/addresses.ts';
import { readPage } from '../list.ts';
import { addResource, checkQuota, getResource, readResource, saveResource } from '../resource.ts';
import { checkSubdomainName } from '../subdomains/rules.ts';
import { attachNewSubdomain } from '../subdomains/tasks.ts';
import { checkTags } from '../tags/rules.ts';
import { checkBehavior, checkCacheSettings, checkPaths } from './cache-rules.ts';
import { attachCertificate, detachCertificate } from './certificates.ts';
import { change, recordForDistribution, updateDistribution } from './change.ts';
import { type DistributionInner, distribution } from './noun.ts';
import { checkOrigin, linkOrigin } from './origins.ts';
import { removeDistribution } from './remove.ts';
import { checkAddressType, checkBundle, checkErrorResponses, checkRootObject, need } from './rules.ts';
import { createDistribution, deleteDistribution, resetCache } from './tasks.ts';
import { newDistribution, shown } from './view.ts';
import { checkWaf, checkWafBundle } from './waf-rules.ts';

export const distributions = {
  async CreateDistribution(ctx, input) {
    checkHomeRegion(ctx.scope, 'Distribution');
    const { catalogue } = ctx;
    const { distributionName: name, subdomainName } = input;
    const bundleId = checkBundle(catalogue, input.bundleId);
    if (subdomainName !== undefined) checkSubdomainName(subdomainName);
    const id = ctx.ids.uuid();
    const settled = newDistribution(ctx, {
      id,
      name,
      bundleId,
      cacheBehaviorSettings: checkCacheSettings(input.cacheBehaviorSettings, catalogue),
      cacheBehaviors: checkPaths(input.cacheBehaviors, catalogue),
      customErrorResponses: input.customErrorResponses && checkErrorResponses(input.customErrorResponses),
      defaultCacheBehavior: checkBehavior(input.defaultCacheBehavior),
      defaultRootObject: checkRootObject(input.defaultRootObject),
      ipAddressType: checkAddressType(input.ipAddressType ?? 'dualstack'),
      tags: checkTags(input.tags),
      viewerMinimumTlsProtocolVersion: input.viewerMinimumTlsProtocolVersion,
      waf: checkWaf(undefined, input, bundleId, catalogue),
    });
    return ctx.write(async (tx) => {
      await checkQuota(tx, ctx, 'Distribution', 'Distributions', catalogue.quota('distributionsPerAccount'));
      const { enablePrivateOriginAccess } = input;
      const origin = await checkOrigin(tx, ctx, { given: input.origin, enablePrivateOriginAccess });
      const wished: LightsailDistribution = {
        ...settled,
        ...origin,
        subdomain: subdomainName === undefined ? undefined : { name: subdomainName, state: 'Creating' },
      };
      const { certificateName } = input;
      const body = certificateName === undefined ? wished : await attachCertificate(tx, ctx, wished, certificateName);
      const addresses = [await givePublicAddress(tx, ctx, id)];
      const made = await addResource(tx, ctx, distribution, id, body, { addresses });
      await linkOrigin(tx, ctx.scope, origin.origin, name, true);
      const operation = await recordForDistribution(tx, ctx, name, 'Started');
      const order = { scope: ctx.scope, resource: id, input: {} };
      const operations = [operation.id ?? ''];
      // With a subdomain the operation is over when that is attached, well or not.
      await ctx.enqueue(tx, createDistribution, subdomainName === undefined ? { ...order, operations } : order);
      if (subdomainName !== undefined) {
        const subdomain = { subdomain: ctx.ids.uuid(), name: subdomainName };
        await ctx.enqueue(tx, attachNewSubdomain, { ...order, input: subdomain, operations });
      }
      return { distribution: shown(made, ctx.clock.now(), true), operation };
    });
  },

  async GetDistributions(ctx, { distributionName, pageToken }) {
    checkHomeRegion(ctx.scope, 'Distribution');
    const now = ctx.clock.now();
    if (distributionName !== undefined) {
      const found = await ctx.read((tx) => getResource(tx, ctx.scope, distribution, distributionName));
      return { distributions: [shown(found, now, true)] };
    }
    const { page, nextPageToken } = await readPage(ctx, pageToken, [], (tx, after) =>
      pageOfRows(tx, ctx.scope, 'Distribution', after, ctx.paging.size),
    );
    return { distributions: page.rows.map((row) => shown(readResource(row), now, false)), nextPageToken };
  },

  UpdateDistribution: updateDistribution,

  /** F363: once in a billing cycle. */
  UpdateDistributionBundle: async (ctx, input) => {
    const name = need('distributionName', input.distributionName);
    const bundleId = checkBundle(ctx.catalogue, need('bundleId', input.bundleId));
    return change(ctx, name, async (_, { body, inner }) => {
      const now = ctx.clock.now();
      if (body.bundleId === bundleId)
        throw invalidInput(`The Distribution ${name} has the bundle ${bundleId} already.`);
      if (!mayChangeInCycle(inner.bundleChangedAt, now)) {
        throw invalidInput(
          `The bundle of the Distribution ${name} was already updated in this billing cycle.`,
          'It can be updated again when the next month begins.',
        );
      }
      checkWafBundle(body.waf, bundleId, ctx.catalogue);
      return { body: { ...body, bundleId }, inner: { ...inner, bundleChangedAt: now } };
    });
  },

  /** The row is gone with the answer; the engine follows. */
  async DeleteDistribution(ctx, { distributionName }) {
    checkHomeRegion(ctx.scope, 'Distribution');
    const name = need('distributionName', distributionName);
    return ctx.write(async (tx) => {
      const found = await getResource(tx, ctx.scope, distribution, name);
      await removeDistribution(tx, found);
      await ctx.enqueue(tx, deleteDistribution, { scope: ctx.scope, resource: found.row.id, input: {} });
      return { operation: await recordForDistribution(tx, ctx, name, 'Succeeded') };
    });
  },

  AttachCertificateToDistribution: async (ctx, { distributionName, certificateName }) =>
    change(ctx, distributionName, async (tx, { body }) => ({
      body: await attachCertificate(tx, ctx, body, certificateName),
    })),

  DetachCertificateFromDistribution: async (ctx, { distributionName }) =>
    change(ctx, distributionName, async (tx, { body }) => ({ body: await detachCertificate(tx, ctx, body) })),

  async ResetDistributionCache(ctx, { distributionName }) {
    checkHomeRegion(ctx.scope, 'Distribution');
    const name = need('distributionName', distributionName);
    return ctx.write(async (tx) => {
      const found = await getResource(tx, ctx.scope, distribution, name);
      const at = ctx.clock.now();
      const [id, before] = [ctx.ids.uuid(), found.inner.reset];
      const reset = { id, status: 'InProgress', at } as const;
      await saveResource(tx, distribution, found, found.body, { ...found.inner, reset });
      const operation = await recordForDistribution(tx, ctx, name, 'Started');
      await ctx.enqueue(tx, resetCache, {
        scope: ctx.scope,
        resource: found.row.id,
        input: { id, before },
        operations: [operation.id ?? ''],
      });
      return { status: reset.status, createTime: seconds(at), operation };
    });
  },

  /** F367: without a name the latest of all. Nothing tells of a cache that was never reset. */
  async GetDistributionLatestCacheReset(ctx, { distributionName }) {
    checkHomeRegion(ctx.scope, 'Distribution');
    const resets = await ctx.read(async (tx) => {
      if (distributionName !== undefined)
        return [(await getResource(tx, ctx.scope, distribution, distributionName)).inner.reset];
      const rows = await rowsOfKind(tx, ctx.scope, 'Distribution');
      return rows.map((row) => readResource<LightsailDistribution, DistributionInner>(row).inner.reset);
    });
    const [latest] = resets.filter((reset) => reset !== undefined).sort((a, b) => b.at - a.at);
    return latest === undefined ? {} : { status: latest.status, createTime: seconds(latest.at) };
  },
} satisfies Handlers<
  | 'CreateDistribution'
  | 'GetDistributions'
  | 'UpdateDistribution'
  | 'UpdateDistributionBundle'
  | 'DeleteDistribution'
  | 'AttachCertificateToDistribution'
  | 'DetachCertificateFromDistribution'
  | 'ResetDistributionCache'
  | 'GetDistributionLatestCacheReset'
>;
