import { expect, test } from 'vitest';
import { allPages } from '../call.ts';
import { lightsail } from '../instances.ts';
import { startServer } from '../lateen.ts';

const server = await startServer();
const api = lightsail(server);
const activity = (entries: readonly { readonly isActive?: boolean | undefined }[] = []) =>
  new Set(entries.map(({ isActive }) => isActive));

test('F83 F84 F85 F86 F87 Regions, with the zones that are asked for', async () => {
  const { regions = [] } = await api.getRegions({});
  expect(regions.map(({ name }) => name)).toEqual(
    expect.arrayContaining(
      'us-east-1 us-east-2 us-west-1 us-west-2 eu-west-1 eu-west-2 eu-west-3 eu-central-1 ca-central-1 ap-south-1 ap-southeast-1 ap-southeast-2 ap-northeast-1 ap-northeast-2 eu-north-1'.split(
        ' ',
      ),
    ),
  );
  const ohio = {
    name: 'us-east-2',
    displayName: 'Ohio',
    continentCode: 'NA',
    description: expect.stringContaining('United States'),
    availabilityZones: [],
    relationalDatabaseAvailabilityZones: [],
  };
  const zones = ['a', 'b', 'c'].map((letter) => ({ zoneName: `us-east-2${letter}`, state: 'available' }));
  expect(regions).toContainEqual(ohio);
  expect((await api.getRegions({ includeAvailabilityZones: true })).regions).toContainEqual({
    ...ohio,
    availabilityZones: zones,
  });
  expect((await api.getRegions({ includeRelationalDatabaseAvailabilityZones: true })).regions).toContainEqual({
    ...ohio,
    relationalDatabaseAvailabilityZones: zones,
  });
});

test('F88 F89 F90 F91 F92 F93 blueprints, inactive ones when asked for', async () => {
  const { blueprints } = await api.getBlueprints({});
  expect(blueprints).toContainEqual({
    blueprintId: 'debian_12',
    name: 'Debian',
    group: expect.stringMatching(/./),
    type: 'os',
    platform: 'LINUX_UNIX',
    description: expect.stringMatching(/./),
    isActive: true,
    minPower: 0,
    version: expect.stringMatching(/^12/),
    versionCode: expect.stringMatching(/./),
    productUrl: expect.stringMatching(/^https:/),
    licenseUrl: expect.stringMatching(/^https:/),
  });
  expect(activity(blueprints)).toEqual(new Set([true]));
  expect(blueprints?.find(({ blueprintId }) => blueprintId === 'windows_server_2022')?.platform).toBe('WINDOWS');
  const all = (await api.getBlueprints({ includeInactive: true })).blueprints;
  expect(activity(all)).toEqual(new Set([true, false]));
  expect(all?.find(({ blueprintId }) => blueprintId === 'debian_8_7')?.isActive).toBe(false);
});

test('F94 F95 F96 F97 bundles, inactive ones when asked for', async () => {
  const { bundles } = await api.getBundles({});
  expect(bundles).toContainEqual({
    bundleId: 'nano_3_0',
    name: 'Nano',
    instanceType: 'nano',
    cpuCount: 2,
    ramSizeInGb: 0.5,
    diskSizeInGb: 20,
    transferPerMonthInGb: 1024,
    price: 5,
    power: 298,
    supportedPlatforms: ['LINUX_UNIX'],
    publicIpv4AddressCount: 1,
    isActive: true,
  });
  expect(activity(bundles)).toEqual(new Set([true]));
  const all = await allPages(async (pageToken) => {
    const page = await api.getBundles({ includeInactive: true, pageToken });
    return { items: page.bundles, next: page.nextPageToken };
  });
  expect(all.find(({ bundleId }) => bundleId === 'nano_2_0')?.isActive).toBe(false);
});

test('F98 F99 F102 bundles of buckets and of databases', async () => {
  const buckets = (await api.getBucketBundles({ includeInactive: true })).bundles;
  expect(buckets?.[0]).toMatchObject({ bundleId: 'small_1_0', price: 1, storagePerMonthInGb: 5, isActive: true });
  const { bundles } = await api.getRelationalDatabaseBundles({});
  expect(activity(bundles)).toEqual(new Set([true]));
  expect(bundles).toContainEqual(expect.objectContaining({ bundleId: 'micro_2_0', isEncrypted: true }));
  const all = (await api.getRelationalDatabaseBundles({ includeInactive: true })).bundles;
  expect(all).toContainEqual(expect.objectContaining({ bundleId: 'micro_1_0', isActive: false, isEncrypted: false }));
});

test('F100 F101 database blueprints, with a default of each engine', async () => {
  const { blueprints = [] } = await api.getRelationalDatabaseBlueprints({});
  expect(blueprints.find(({ blueprintId }) => blueprintId === 'mysql_8_0')?.engine).toBe('mysql');
  for (const engine of ['mysql', 'postgres'])
    expect(blueprints.filter((entry) => entry.engine === engine && entry.isEngineDefault)).toHaveLength(1);
});

test('F103 F104 F105 F106 bundles of distributions and powers of container services', async () => {
  const { bundles } = await api.getDistributionBundles({});
  expect(bundles?.map(({ bundleId, isActive }) => [bundleId, isActive])).toEqual([
    ['small_1_0', true],
    ['medium_1_0', true],
    ['large_1_0', true],
  ]);
  const { powers } = await api.getContainerServicePowers({});
  expect(powers?.[0]).toEqual({
    powerId: 'nano-1',
    name: 'nano',
    price: 7,
    cpuCount: 0.25,
    ramSizeInGb: 0.5,
    isActive: true,
  });
});

test('the catalogue is the same in every Region, and read in pages of the size the server was started with', async () => {
  const paged = await startServer({ args: ['--page-size', '30'] });
  const stockholm = lightsail(paged, 'eu-north-1');
  const seen = await allPages(async (pageToken) => {
    const page = await stockholm.getBundles({ pageToken });
    expect(page.bundles?.length).toBeLessThanOrEqual(30);
    return { items: page.bundles, next: page.nextPageToken };
  });
  expect(seen).toEqual((await api.getBundles({})).bundles);
  expect(seen).toHaveLength(100);
});
