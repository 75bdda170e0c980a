import type { Handlers } from '../../context.ts';
import { pageOf } from '../../paging.ts';
import { onOffer } from './offer.ts';
import { blueprintView, regionView } from './view.ts';

/** Inactive entries only appear when asked for (F88, F94, F98, F99). */
const listed =
  (includeInactive: boolean) =>
  ({ isActive }: { readonly isActive: boolean }): boolean =>
    isActive || includeInactive;

/** The operations that only read the catalogue: the same answer for everyone, so no transaction is opened. */
export const catalogueReads = {
  async GetRegions({ catalogue }, input) {
    return { regions: catalogue.regions.map((region) => regionView(catalogue, region, input)) };
  },

  async GetBundles(ctx, { includeInactive = false, appCategory, pageToken }) {
    const bundles = ctx.catalogue.bundles
      .filter(listed(includeInactive))
      // An application's bundles show only when it is named, and then they alone.
      .filter(({ supportedAppCategories: categories = [] }) =>
        appCategory === undefined ? categories.length === 0 : categories.includes(appCategory),
      );
    const { items, ...next } = pageOf(ctx, `GetBundles ${includeInactive} ${appCategory}`, bundles, pageToken);
    return { bundles: items, ...next };
  },

  async GetBlueprints(ctx, { includeInactive = false, appCategory, pageToken }) {
    const blueprints = (await onOffer(ctx))
      .filter(listed(includeInactive))
      .filter((blueprint) => blueprint.appCategory === appCategory);
    const { items, ...next } = pageOf(ctx, `GetBlueprints ${includeInactive} ${appCategory}`, blueprints, pageToken);
    return { blueprints: items.map(blueprintView), ...next };
  },

  async GetBucketBundles({ catalogue }, { includeInactive = false }) {
    return { bundles: catalogue.bucketBundles.filter(listed(includeInactive)) };
  },

  async GetDistributionBundles({ catalogue }) {
    return { bundles: catalogue.distributionBundles };
  },

  async GetContainerServicePowers({ catalogue }) {
    return { powers: catalogue.containerPowers };
  },

  async GetRelationalDatabaseBundles(ctx, { includeInactive = false, pageToken }) {
    const bundles = ctx.catalogue.databaseBundles.filter(listed(includeInactive));
    const { items, ...next } = pageOf(ctx, `GetRelationalDatabaseBundles ${includeInactive}`, bundles, pageToken);
    return { bundles: items, ...next };
  },

  async GetRelationalDatabaseBlueprints(ctx, { pageToken }) {
    const { databaseBlueprints } = ctx.catalogue;
    const { items, ...next } = pageOf(ctx, 'GetRelationalDatabaseBlueprints', databaseBlueprints, pageToken);
    return { blueprints: items, ...next };
  },
} satisfies Handlers<
  | 'GetRegions'
  | 'GetBundles'
  | 'GetBlueprints'
  | 'GetBucketBundles'
  | 'GetDistributionBundles'
  | 'GetContainerServicePowers'
  | 'GetRelationalDatabaseBundles'
  | 'GetRelationalDatabaseBlueprints'
>;
