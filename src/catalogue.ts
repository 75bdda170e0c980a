import blueprintsFile from '../catalogue/blueprints.json' with { type: 'json' };
import bucketBundlesFile from '../catalogue/bucket-bundles.json' with { type: 'json' };
import bundlesFile from '../catalogue/bundles.json' with { type: 'json' };
import containerMetadataFile from '../catalogue/container-metadata.json' with { type: 'json' };
import containerPowersFile from '../catalogue/container-powers.json' with { type: 'json' };
import cpuBaselinesFile from '../catalogue/cpu-baselines.json' with { type: 'json' };
import databaseBlueprintsFile from '../catalogue/database-blueprints.json' with { type: 'json' };
import databaseBundlesFile from '../catalogue/database-bundles.json' with { type: 'json' };
import databaseEnginesFile from '../catalogue/database-engines.json' with { type: 'json' };
import databaseParametersFile from '../catalogue/database-parameters.json' with { type: 'json' };
import databaseWindowsFile from '../catalogue/database-windows.json' with { type: 'json' };
import portsFile from '../catalogue/default-ports.json' with { type: 'json' };
import distributionBundlesFile from '../catalogue/distribution-bundles.json' with { type: 'json' };
import httpsSetupFile from '../catalogue/https-setup.json' with { type: 'json' };
import metricsFile from '../catalogue/metrics.json' with { type: 'json' };
import pricesFile from '../catalogue/prices.json' with { type: 'json' };
import quotasFile from '../catalogue/quotas.json' with { type: 'json' };
import regionsFile from '../catalogue/regions.json' with { type: 'json' };
import tlsPoliciesFile from '../catalogue/tls-policies.json' with { type: 'json' };
import timesFile from '../catalogue/transition-times.json' with { type: 'json' };
import wafRulesFile from '../catalogue/waf-rules.json' with { type: 'json' };
import type * as Api from './api/generated/types.ts';
import { invalidInput } from './errors.ts';

/** A shape of the API of which the catalogue knows every member but `Unknown`. */
type Known<T, Unknown extends keyof T = never> = {
  readonly [K in Exclude<keyof T, Unknown>]-?: Exclude<T[K], undefined>;
} & { readonly [K in Unknown]?: T[K] };

/** `zones` are letters. */
export type Region = Known<Omit<Api.Region, 'availabilityZones' | 'relationalDatabaseAvailabilityZones'>> & {
  readonly zones: readonly string[];
};
export type Bundle = Known<Api.Bundle, 'supportedAppCategories'>;
/** What is on the wire, and three members that are not: `blueprintView` takes them off. */
export type Blueprint = Known<Api.Blueprint, 'appCategory'> & {
  /** Whether new instances may have it; some inactive ones are still accepted (F89, F108). */
  readonly launchable: boolean;
  readonly username: string;
  readonly ports: keyof typeof portsFile.ports;
};
export type BucketBundle = Known<Api.BucketBundle>;
export type DistributionBundle = Known<Api.DistributionBundle>;
export type ContainerPower = Known<Api.ContainerServicePower>;
export type DatabaseBundle = Known<Api.RelationalDatabaseBundle>;
export type DatabaseBlueprint = Known<Api.RelationalDatabaseBlueprint>;
/** What holds for all databases of one engine; lengths are the longest in characters. */
export interface DatabaseEngine {
  readonly title: string;
  readonly port: number;
  readonly databaseName: number;
  readonly username: number;
  readonly password: number;
  readonly logStreams: readonly string[];
  /** In lower case. */
  readonly reservedNames: ReadonlySet<string>;
  readonly reservedUsernames: ReadonlySet<string>;
}
/** Without a value it has the engine's own default. */
export type DatabaseParameter = Known<
  Omit<Api.RelationalDatabaseParameter, 'applyMethod'>,
  'allowedValues' | 'parameterValue'
>;
/** Where the blocks of time begin (hh:mm, UTC) from which a Region takes default windows, how long they and the windows are. */
export interface DatabaseWindows {
  readonly backup: string;
  readonly maintenance: string;
  readonly hours: number;
  readonly minutes: number;
}
export type TlsPolicy = Known<Api.LoadBalancerTlsPolicy>;
export type DefaultPort = Known<Pick<Api.PortInfo, 'protocol' | 'fromPort' | 'toPort'>>;

/** USD. */
export type Prices = Readonly<typeof pricesFile.prices>;
export type Quotas = Readonly<typeof quotasFile.quotas>;
export type Pace = keyof typeof timesFile.paces;
export type Transition = keyof typeof timesFile.paces.instant;

/** `seconds` lie between two figures; `statistic` is what an alarm watches (F501, F540). */
export interface Metric {
  readonly unit: Api.MetricUnit;
  readonly seconds: number;
  readonly statistic: Api.MetricStatistic;
}

/** Which blueprints are set up for HTTPS, and what must be open for it; the version of our steps, and how many runs are shown. */
export type HttpsSetup = Readonly<Omit<typeof httpsSetupFile, 'source' | 'notes'>>;

/** What is on offer, at what price, within which limits. Nothing in it changes while Lateen runs. */
export interface Catalogue {
  readonly regions: readonly Region[];
  region(name: string): Region | undefined;
  /** Zone names such as us-east-1a; none for a Region that is not there. */
  zones(region: string): readonly string[];
  readonly bundles: readonly Bundle[];
  bundle(id: string): Bundle | undefined;
  /** The same machine with public IPv4 addresses where `bundle` has none, and without where it has them. */
  twin(bundle: Bundle): Bundle | undefined;
  readonly blueprints: readonly Blueprint[];
  blueprint(id: string): Blueprint | undefined;
  /** What the firewall of a new instance lets in, from anywhere. */
  defaultPorts(blueprint: Blueprint): readonly DefaultPort[];
  /** Who logs in (F135). */
  username(blueprint: Blueprint): string;
  quota(name: keyof Quotas): number;
  /** The same with the quotas of an account, where it has others than the rest. */
  forAccount(account: string): Catalogue;
  readonly prices: Prices;
  /** What an hour costs of something with a price per month (USD). */
  perHour(pricePerMonth: number): number;
  /** Undefined when resources of the kind do not have such a metric. */
  metric(kind: Api.ResourceType, name: string): Metric | undefined;
  /** Milliseconds that figures are kept, and how many points an answer has at most. */
  readonly metricRetention: number;
  readonly mostPoints: number;
  /** Share of its CPUs that a machine may use for ever, 0 to 1; undefined for sizes that burst without limit. */
  cpuBaseline(size: { readonly cpuCount: number; readonly ramSizeInGb: number }): number | undefined;
  /** Milliseconds that a simulated machine takes. */
  time(transition: Transition): number;
  readonly bucketBundles: readonly BucketBundle[];
  readonly distributionBundles: readonly DistributionBundle[];
  readonly containerPowers: readonly ContainerPower[];
  /** What clients that push images are told (F444). */
  readonly containerMetadata: readonly Readonly<Record<string, string>>[];
  readonly databaseBundles: readonly DatabaseBundle[];
  readonly databaseBlueprints: readonly DatabaseBlueprint[];
  databaseEngine(name: string): DatabaseEngine;
  databaseParameters(engine: string): readonly DatabaseParameter[];
  databaseWindows(region: string): DatabaseWindows;
  /** Certificates that databases can show to their clients, the default first. */
  readonly caCertificates: readonly string[];
  readonly tlsPolicies: readonly TlsPolicy[];
  readonly httpsSetup: HttpsSetup;
  /** Rule groups that distributions with the bundle can have; none where it has no firewall. */
  wafRules(bundleId: string): readonly string[];
  /** The member of a rule that its group is set up by, if it needs any. */
  wafConfiguration(group: string): string | undefined;
}

const engineOf = ({
  reservedNames,
  reservedUsernames,
  reservedWords,
  ...rest
}: (typeof databaseEnginesFile.engines)['mysql']): DatabaseEngine => {
  const words = reservedWords.split(' ');
  return {
    ...rest,
    reservedNames: new Set([...reservedNames, ...words]),
    reservedUsernames: new Set([...reservedUsernames, ...words]),
  };
};

const databaseEngines = {
  mysql: engineOf(databaseEnginesFile.engines.mysql),
  postgres: engineOf(databaseEnginesFile.engines.postgres),
};

/** `quotas` replace published ones, `accountQuotas` those of one account by its id; `pace` is brisk unless given. */
export const createCatalogue = ({
  quotas,
  accountQuotas = {},
  pace = 'brisk',
}: {
  readonly quotas?: Partial<Quotas>;
  readonly accountQuotas?: Readonly<Record<string, Partial<Quotas>>>;
  readonly pace?: Pace;
} = {}): Catalogue => {
  const regions = regionsFile.regions as readonly Region[];
  const bundles = bundlesFile.bundles as readonly Bundle[];
  const blueprints = blueprintsFile.blueprints as readonly Blueprint[];
  const ports = portsFile.ports as Readonly<Record<Blueprint['ports'], readonly DefaultPort[]>>;
  const limits = { ...quotasFile.quotas, ...quotas };
  const wafRulesByBundle: Readonly<Record<string, readonly string[]>> = wafRulesFile.bundles;
  const wafConfigurations: Readonly<Record<string, string>> = wafRulesFile.configurations;
  const times = timesFile.paces[pace];
  const metrics = metricsFile.metrics as Readonly<Partial<Record<Api.ResourceType, Readonly<Record<string, Metric>>>>>;
  const regionByName = new Map<string, Region>(regions.map((region) => [region.name, region]));
  const bundleById = new Map(bundles.map((bundle) => [bundle.bundleId, bundle]));
  const blueprintById = new Map(blueprints.map((blueprint) => [blueprint.blueprintId, blueprint]));
  const catalogue: Catalogue = {
    regions,
    region: (name) => regionByName.get(name),
    zones: (name) => regionByName.get(name)?.zones.map((letter) => name + letter) ?? [],
    bundles,
    bundle: (id) => bundleById.get(id),
    twin: ({ bundleId, publicIpv4AddressCount }) =>
      bundleById.get(
        publicIpv4AddressCount === 0 ? bundleId.replace('_ipv6_', '_') : bundleId.replace(/_(\d+_\d+)$/, '_ipv6_$1'),
      ),
    blueprints,
    blueprint: (id) => blueprintById.get(id),
    defaultPorts: (blueprint) => ports[blueprint.ports],
    username: (blueprint) => blueprint.username,
    quota: (name) => limits[name],
    forAccount: (account) => ofAccounts.get(account) ?? catalogue,
    prices: pricesFile.prices,
    perHour: (pricePerMonth) => pricePerMonth / pricesFile.hoursPerMonth,
    metric: (kind, name) => metrics[kind]?.[name],
    metricRetention: metricsFile.retentionDays * 86_400_000,
    mostPoints: metricsFile.mostPoints,
    cpuBaseline({ cpuCount, ramSizeInGb }) {
      const found = cpuBaselinesFile.baselines.find(
        (entry) => entry.ramSizeInGb === ramSizeInGb && entry.cpuCounts.includes(cpuCount),
      );
      return found && found.percent / 100;
    },
    time: (transition) => times[transition],
    bucketBundles: bucketBundlesFile.bundles,
    distributionBundles: distributionBundlesFile.bundles,
    containerPowers: containerPowersFile.powers,
    containerMetadata: containerMetadataFile.metadata,
    databaseBundles: databaseBundlesFile.bundles,
    databaseBlueprints: databaseBlueprintsFile.blueprints as readonly DatabaseBlueprint[],
    databaseEngine: (name) => databaseEngines[name as keyof typeof databaseEngines],
    databaseParameters: (name) => databaseParametersFile.parameters[name as keyof typeof databaseEngines],
    databaseWindows: (name) => ({
      ...databaseWindowsFile.regions[name as keyof typeof databaseWindowsFile.regions],
      hours: databaseWindowsFile.hours,
      minutes: databaseWindowsFile.minutes,
    }),
    caCertificates: databaseEnginesFile.caCertificates,
    tlsPolicies: tlsPoliciesFile.policies,
    httpsSetup: httpsSetupFile,
    wafRules: (bundleId) => wafRulesByBundle[bundleId] ?? [],
    wafConfiguration: (group) => wafConfigurations[group],
  };
  const ofAccounts = new Map(
    Object.entries(accountQuotas).map(([account, own]): [string, Catalogue] => {
      const theirs = { ...limits, ...own };
      return [account, { ...catalogue, quota: (name) => theirs[name] }];
    }),
  );
  return catalogue;
};

/** The address types a bundle allows, its default first: one without public IPv4 addresses has IPv6 alone. */
export const ipAddressTypes = (bundle: Bundle): readonly [Api.IpAddressType, ...Api.IpAddressType[]] =>
  bundle.publicIpv4AddressCount === 0 ? ['ipv6'] : ['dualstack', 'ipv4'];

/** Whether `blueprint` launches on `bundle` (F90, F95, F96, F108) with that address type. Throws InvalidInputException. */
export const checkLaunch = (bundle: Bundle, blueprint: Blueprint, ipAddressType = ipAddressTypes(bundle)[0]): void => {
  const { bundleId, power, supportedPlatforms, supportedAppCategories = [] } = bundle;
  const { blueprintId, minPower, platform, appCategory } = blueprint;
  if (!blueprint.launchable)
    throw invalidInput(
      `The blueprint ${blueprintId} is not available for new instances.`,
      'GetBlueprints without includeInactive lists the blueprints that are.',
    );
  if (!supportedPlatforms.includes(platform))
    throw invalidInput(
      `The bundle ${bundleId} does not support the platform ${platform} of the blueprint ${blueprintId}.`,
      `Choose a bundle of GetBundles whose supportedPlatforms hold ${platform}.`,
    );
  const fits =
    appCategory === undefined ? supportedAppCategories.length === 0 : supportedAppCategories.includes(appCategory);
  if (!fits)
    throw invalidInput(
      `The bundle ${bundleId} does not support the blueprint ${blueprintId}.`,
      'Blueprints and bundles of an application category go together: GetBlueprints and GetBundles list them by appCategory.',
    );
  if (power < minPower)
    throw invalidInput(
      `The bundle ${bundleId} has power ${power}, and the blueprint ${blueprintId} needs at least ${minPower}.`,
      `Choose a bundle of GetBundles whose power is ${minPower} or more.`,
    );
  const allowed = ipAddressTypes(bundle);
  if (!allowed.includes(ipAddressType))
    throw invalidInput(
      `The bundle ${bundleId} does not support the IP address type ${ipAddressType}.`,
      `It supports ${allowed.join(' and ')}; bundles with _ipv6_ in their id are for ipv6 alone.`,
    );
};
