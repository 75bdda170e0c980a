import type {
  Bucket,
  Disk,
  DiskSnapshot,
  Instance,
  InstanceSnapshot,
  PricingUnit,
  RelationalDatabase,
  RelationalDatabaseSnapshot,
  ResourceType,
  StaticIp,
} from '../../api/generated/types.ts';
import type { Catalogue } from '../../catalogue.ts';

/** How something is charged. */
export interface Rate {
  /** What it is called in an estimate. */
  readonly usageType: string;
  readonly pricingUnit: PricingUnit;
  /** Pricing units that one hour takes, in a month of so many hours. */
  units(hoursOfMonth: number): number;
  /** USD per pricing unit. */
  readonly price: number;
}

/** How resources of a kind are charged, from the answer to the call that makes them until they are deleted, whatever their state. */
interface Priced<Body> {
  /** All that the price hangs on, as text: it is written down when it changes. */
  basis(body: Body): string;
  /** Undefined when it costs nothing. */
  rate(basis: string, catalogue: Catalogue): Rate | undefined;
}

const hourly = (usageType: string, price: number): Rate => ({ usageType, pricingUnit: 'Hrs', units: () => 1, price });

const stored = (usageType: string, gb: string, price: number): Rate => ({
  usageType,
  pricingUnit: 'GB-Mo',
  units: (hoursOfMonth) => Number(gb) / hoursOfMonth,
  price,
});

/** Of the kind with that body. */
const of = <Body>(priced: Priced<Body>): Priced<never> => priced;

const prices: Partial<Record<ResourceType, Priced<never>>> = {
  Bucket: of<Bucket>({
    basis: ({ bundleId = '' }) => bundleId,
    rate: (id, catalogue) => {
      const bundle = catalogue.bucketBundles.find(({ bundleId }) => bundleId === id);
      return bundle && hourly(`BucketUsage:${id}`, catalogue.perHour(bundle.price));
    },
  }),
  Disk: of<Disk>({
    basis: ({ sizeInGb = 0 }) => `${sizeInGb}`,
    rate: (gb, catalogue) => stored('DiskUsage', gb, catalogue.prices.diskPerGbMonth),
  }),
  DiskSnapshot: of<DiskSnapshot>({
    basis: ({ sizeInGb = 0 }) => `${sizeInGb}`,
    rate: (gb, catalogue) => stored('SnapshotUsage', gb, catalogue.prices.snapshotPerGbMonth),
  }),
  Instance: of<Instance>({
    basis: ({ bundleId = '' }) => bundleId,
    rate: (id, catalogue) => {
      const bundle = catalogue.bundle(id);
      return bundle && hourly(`BundleUsage:${id}`, catalogue.perHour(bundle.price));
    },
  }),
  InstanceSnapshot: of<InstanceSnapshot>({
    basis: ({ sizeInGb = 0, fromAttachedDisks = [] }) =>
      `${fromAttachedDisks.reduce((sum, disk) => sum + (disk.sizeInGb ?? 0), sizeInGb)}`,
    rate: (gb, catalogue) => stored('SnapshotUsage', gb, catalogue.prices.snapshotPerGbMonth),
  }),
  LoadBalancer: of<object>({
    basis: () => '',
    rate: (_, catalogue) => hourly('LoadBalancerUsage', catalogue.perHour(catalogue.prices.loadBalancerPerMonth)),
  }),
  RelationalDatabase: of<RelationalDatabase>({
    basis: ({ relationalDatabaseBundleId = '' }) => relationalDatabaseBundleId,
    rate: (id, catalogue) => {
      const bundle = catalogue.databaseBundles.find(({ bundleId }) => bundleId === id);
      return bundle && hourly(`DatabaseUsage:${id}`, catalogue.perHour(bundle.price));
    },
  }),
  RelationalDatabaseSnapshot: of<RelationalDatabaseSnapshot>({
    basis: ({ sizeInGb = 0 }) => `${sizeInGb}`,
    rate: (gb, catalogue) => stored('DatabaseSnapshotUsage', gb, catalogue.prices.snapshotPerGbMonth),
  }),
  StaticIp: of<StaticIp>({
    basis: ({ isAttached }) => (isAttached ? 'attached' : 'unattached'),
    rate: (basis, catalogue) =>
      basis === 'unattached' ? hourly('UnusedStaticIP', catalogue.prices.unattachedStaticIpPerHour) : undefined,
  }),
};

/** Undefined for kinds that cost nothing. */
export const basisOf = (kind: ResourceType, body: object): string | undefined => prices[kind]?.basis(body as never);

/** Undefined for what costs nothing. */
export const rateOf = (kind: ResourceType, basis: string, catalogue: Catalogue): Rate | undefined =>
  prices[kind]?.rate(basis, catalogue);
