import { expect, test } from 'vitest';
import { type Catalogue, createCatalogue } from '../../catalogue.ts';
import type { Context } from '../../context.ts';
import type { Machines, Offer } from '../../engines/machine.ts';
import { createPaging } from '../../paging.ts';
import { checkOffered } from './offer.ts';
import { catalogueReads } from './operations.ts';

const published = createCatalogue();
const seal = { close: Buffer.from, open: Buffer.from, tryOpen: Buffer.from };
/** Only what these handlers may touch; anything else is undefined and breaks the test. */
const contextOf = (changed: Partial<Catalogue> = {}, size = 1000, offer?: Offer): Context =>
  ({
    catalogue: { ...published, ...changed },
    paging: createPaging(seal, size),
    machines: (offer ? { offer: async () => offer } : {}) as Machines,
  }) as Partial<Context> as Context;
const ctx = contextOf();

const inactive = (entries: readonly { readonly isActive?: boolean | undefined }[]): number =>
  entries.filter(({ isActive }) => isActive === false).length;

test('F83 zones are only included when asked for', async () => {
  const { regions: bare } = await catalogueReads.GetRegions(ctx, {});
  for (const region of bare)
    expect(region).toMatchObject({ availabilityZones: [], relationalDatabaseAvailabilityZones: [] });
  const { regions } = await catalogueReads.GetRegions(ctx, { includeAvailabilityZones: true });
  expect(regions[1]?.availabilityZones?.map(({ zoneName }) => zoneName)).toEqual(published.zones('us-east-2'));
  expect(regions[1]?.relationalDatabaseAvailabilityZones).toEqual([]);
});

test('F84 database zones are only included when asked for', async () => {
  const { regions } = await catalogueReads.GetRegions(ctx, { includeRelationalDatabaseAvailabilityZones: true });
  expect(regions[0]?.relationalDatabaseAvailabilityZones).toHaveLength(6);
  expect(regions[0]?.availabilityZones).toEqual([]);
});

test('F85 a Region has its six members and no other', async () => {
  const { regions } = await catalogueReads.GetRegions(ctx, {});
  expect(regions.find(({ name }) => name === 'us-east-2')).toEqual({
    name: 'us-east-2',
    displayName: 'Ohio',
    description: expect.stringMatching(/./),
    continentCode: 'NA',
    availabilityZones: [],
    relationalDatabaseAvailabilityZones: [],
  });
});

test('F86 a zone has a name and a state', async () => {
  const { regions } = await catalogueReads.GetRegions(ctx, { includeAvailabilityZones: true });
  expect(regions.find(({ name }) => name === 'us-east-2')?.availabilityZones?.[0]).toEqual({
    zoneName: 'us-east-2a',
    state: 'available',
  });
});

test('F87 the names of 2022 are all there, and the five since', async () => {
  const { regions } = await catalogueReads.GetRegions(ctx, {});
  const names = regions.map(({ name }) => name);
  expect(names).toHaveLength(20);
  expect(names).toEqual(
    expect.arrayContaining(['us-west-1', 'eu-north-1', 'ap-northeast-2', 'sa-east-1', 'eu-south-2']),
  );
});

test('F88 inactive blueprints only appear when asked for', async () => {
  expect(inactive((await catalogueReads.GetBlueprints(ctx, {})).blueprints)).toBe(0);
  expect(inactive((await catalogueReads.GetBlueprints(ctx, { includeInactive: false })).blueprints)).toBe(0);
  expect(inactive((await catalogueReads.GetBlueprints(ctx, { includeInactive: true })).blueprints)).toBeGreaterThan(0);
});

test('a blueprint that no machine can begin as is inactive, and says what mends it', async () => {
  const offer: Offer = { has: (id) => id === 'debian_12' || id === 'debian_10', remedy: (id) => `Mend ${id}.` };
  const offering = contextOf({}, 1000, offer);
  const { blueprints } = await catalogueReads.GetBlueprints(offering, {});
  expect(blueprints.map(({ blueprintId }) => blueprintId)).toEqual(['debian_12']);
  const all = await catalogueReads.GetBlueprints(offering, { includeInactive: true });
  expect(all.blueprints).toHaveLength(
    (await catalogueReads.GetBlueprints(ctx, { includeInactive: true })).blueprints?.length ?? 0,
  );
  await expect(checkOffered(offering, published.blueprint('debian_12')!)).resolves.toBeUndefined();
  await expect(checkOffered(offering, published.blueprint('nginx')!)).rejects.toMatchObject({
    message: 'The blueprint nginx has no image on this host.',
    tip: 'Mend nginx.',
  });
});

test('F91 F92 F93 a blueprint shows what a client reads, and nothing of ours', async () => {
  const { blueprints } = await catalogueReads.GetBlueprints(ctx, { includeInactive: true });
  for (const blueprint of blueprints) {
    expect(blueprint).toEqual({
      blueprintId: expect.stringMatching(/^[a-z0-9_]+$/),
      name: expect.stringMatching(/./),
      group: expect.stringMatching(/./),
      type: expect.stringMatching(/^(os|app)$/),
      description: expect.stringMatching(/./),
      isActive: expect.any(Boolean),
      minPower: expect.any(Number),
      version: expect.stringMatching(/./),
      versionCode: expect.stringMatching(/./),
      productUrl: expect.stringMatching(/^https:/),
      licenseUrl: expect.stringMatching(/^https:/),
      platform: expect.stringMatching(/^(LINUX_UNIX|WINDOWS)$/),
    });
  }
  expect(new Set(blueprints.map(({ type }) => type)).size).toBe(2);
  expect(new Set(blueprints.map(({ platform }) => platform)).size).toBe(2);
});

test('F94 inactive bundles only appear when asked for', async () => {
  const { bundles } = await catalogueReads.GetBundles(ctx, {});
  expect(bundles).toHaveLength(100);
  expect(inactive(bundles)).toBe(0);
  const all = await catalogueReads.GetBundles(ctx, { includeInactive: true });
  expect(all.bundles.map(({ bundleId }) => bundleId)).toEqual(expect.arrayContaining(['nano_1_0', 'large_win_2_0']));
});

test('F97 a bundle has all its figures', async () => {
  const { bundles } = await catalogueReads.GetBundles(ctx, {});
  expect(bundles.find(({ bundleId }) => bundleId === 'micro_3_0')).toEqual({
    bundleId: 'micro_3_0',
    name: 'Micro',
    instanceType: 'micro',
    cpuCount: 2,
    ramSizeInGb: 1,
    diskSizeInGb: 40,
    transferPerMonthInGb: 2048,
    price: 7,
    power: 500,
    supportedPlatforms: ['LINUX_UNIX'],
    publicIpv4AddressCount: 1,
    isActive: true,
  });
});

test('bundles and blueprints of an application show only when it is named', async () => {
  const research = { ...published.bundles[0]!, bundleId: 'research', supportedAppCategories: ['LfR'] as const };
  const studio = { ...published.blueprints[0]!, blueprintId: 'studio', appCategory: 'LfR' as const };
  const both = contextOf({
    bundles: [published.bundles[1]!, research],
    blueprints: [published.blueprints[1]!, studio],
  });
  const named = await catalogueReads.GetBundles(both, { appCategory: 'LfR' });
  expect(named.bundles.map(({ bundleId }) => bundleId)).toEqual(['research']);
  const unnamed = await catalogueReads.GetBundles(both, {});
  expect(unnamed.bundles.map(({ bundleId }) => bundleId)).toEqual([published.bundles[1]!.bundleId]);
  const blueprints = await catalogueReads.GetBlueprints(both, { appCategory: 'LfR' });
  expect(blueprints.blueprints.map(({ blueprintId }) => blueprintId)).toEqual(['studio']);
});

test('F98 inactive bucket bundles only appear when asked for', async () => {
  const retired = { ...published.bucketBundles[0]!, bundleId: 'tiny_1_0', isActive: false };
  const withRetired = contextOf({ bucketBundles: [retired, ...published.bucketBundles] });
  const { bundles } = await catalogueReads.GetBucketBundles(withRetired, {});
  expect(bundles).toEqual(published.bucketBundles);
  const all = await catalogueReads.GetBucketBundles(withRetired, { includeInactive: true });
  expect(all.bundles).toEqual([retired, ...published.bucketBundles]);
});

test('F99 inactive database bundles only appear when asked for', async () => {
  expect(inactive((await catalogueReads.GetRelationalDatabaseBundles(ctx, {})).bundles)).toBe(0);
  const all = await catalogueReads.GetRelationalDatabaseBundles(ctx, { includeInactive: true });
  expect(inactive(all.bundles)).toBe(8);
});

test('F100 F101 each engine has one default version', async () => {
  const { blueprints } = await catalogueReads.GetRelationalDatabaseBlueprints(ctx, {});
  const defaults = blueprints.filter(({ isEngineDefault }) => isEngineDefault).map(({ engine }) => engine);
  expect(defaults.sort()).toEqual(['mysql', 'postgres']);
  expect(new Set(blueprints.map(({ engine }) => engine)).size).toBe(2);
});

test('F102 some database bundles are encrypted', async () => {
  const { bundles } = await catalogueReads.GetRelationalDatabaseBundles(ctx, { includeInactive: true });
  const encrypted = (id: string) => bundles.find(({ bundleId }) => bundleId === id)?.isEncrypted;
  expect(encrypted('micro_2_0')).toBe(true);
  expect(encrypted('micro_1_0')).toBe(false);
});

test('F103 F104 distribution bundles are listed whole, and say which can be chosen', async () => {
  const retired = { ...published.distributionBundles[0]!, bundleId: 'tiny_1_0', isActive: false };
  const withRetired = contextOf({ distributionBundles: [retired, ...published.distributionBundles] });
  const { bundles } = await catalogueReads.GetDistributionBundles(withRetired);
  expect(bundles.map(({ isActive }) => isActive)).toEqual([false, true, true, true]);
});

test('F105 F106 powers are listed whole, and say which can be chosen', async () => {
  const { powers } = await catalogueReads.GetContainerServicePowers(ctx);
  expect(powers.map(({ name }) => name)).toEqual(['nano', 'micro', 'small', 'medium', 'large', 'xlarge']);
  expect(powers[0]).toEqual({
    powerId: 'nano-1',
    name: 'nano',
    price: 7,
    cpuCount: 0.25,
    ramSizeInGb: 0.5,
    isActive: true,
  });
});

test.each([
  ['GetBundles', 'bundles', published.bundles.filter((each) => each.isActive && !each.supportedAppCategories).length],
  ['GetBlueprints', 'blueprints', published.blueprints.filter((each) => each.isActive && !each.appCategory).length],
  ['GetRelationalDatabaseBundles', 'bundles', 8],
  ['GetRelationalDatabaseBlueprints', 'blueprints', published.databaseBlueprints.length],
] as const)(
  'F47 F48 the pages of %s hold every entry once, and a token fits no other call',
  async (operation, key, count) => {
    const small = contextOf({}, 3);
    const seen = new Set<unknown>();
    let pageToken: string | undefined;
    let tokens = 0;
    do {
      const page: Readonly<Record<string, unknown>> = await catalogueReads[operation](small, { pageToken });
      for (const entry of page[key] as readonly unknown[]) seen.add(JSON.stringify(entry));
      pageToken = page.nextPageToken as string | undefined;
      if (pageToken === undefined) break;
      tokens += 1;
      const other = operation === 'GetBundles' ? 'GetBlueprints' : 'GetBundles';
      await expect(catalogueReads[other](small, { pageToken })).rejects.toThrow('The page token is not valid.');
    } while (tokens < 100);
    expect(seen.size).toBe(count);
    expect(tokens).toBe(Math.ceil(count / 3) - 1);
  },
);

test('F48 a token of one filter does not continue another', async () => {
  const small = contextOf({}, 3);
  const { nextPageToken: pageToken } = await catalogueReads.GetBundles(small, {});
  await expect(catalogueReads.GetBundles(small, { includeInactive: true, pageToken })).rejects.toThrow('page token');
  await expect(catalogueReads.GetBundles(small, { includeInactive: false, pageToken })).resolves.toBeDefined();
});
