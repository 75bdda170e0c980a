import type {
  Alarm,
  Bucket,
  CloudFormationStackRecord,
  Disk,
  ExportSnapshotRecord,
  Instance,
  LoadBalancer,
  LoadBalancerTlsCertificate,
  ResourceType,
  StaticIp,
} from '../../api/generated/types.ts';
import type { Holder } from '../add-ons/holder.ts';
import { timeOf } from '../add-ons/plan.ts';
import { addOnOf, autoSnapshot, stopOnIdle } from '../add-ons/rules.ts';
import type { BucketInner } from '../buckets/noun.ts';
import type { DatabaseSnapshotResource } from '../database-snapshots/noun.ts';
import type { DatabaseResource } from '../databases/noun.ts';
import type { DiskInner } from '../disks/noun.ts';
import { attachedDisks } from '../disks/view.ts';
import type { ExportInner } from '../export-records/noun.ts';
import type { InstanceInner } from '../instances/noun.ts';
import type { LoadBalancerInner } from '../load-balancers/noun.ts';
import type { Resource } from '../resource.ts';
import type { SnapshotBody, SnapshotInner } from '../snapshots/snapshot.ts';

/** What a rule may look at beside the resource itself. */
export interface Look {
  /** The resource of that name beside this one, whatever its kind. */
  named(name: string): Promise<Resource<object, object> | undefined>;
  /** Whether a task is about the id, or names it. */
  isUnderWay(id: string): boolean;
  /** IPv4 addresses that the resource holds. */
  addresses(): Promise<readonly string[]>;
  /** Id of what it watches, if it is an alarm. */
  monitored(): Promise<string | undefined>;
}

/** Answers with what is wrong, in words that come after the resource's name. It must hold at any moment, whatever is under way. */
export type Rule<R> = (found: R, look: Look) => Promise<readonly string[]>;

/** A name in a resource: what it names is there, is of the kind, and tells of this one too. `tells` reads before the kind. */
const link =
  <From extends Resource<object, object>, To extends Resource<object, object>>(
    tells: string,
    kind: ResourceType,
    names: (from: From) => readonly (string | undefined)[],
    back: (to: To, from: From) => boolean,
  ): Rule<From> =>
  async (found, look) => {
    const problems: string[] = [];
    for (const name of names(found)) {
      if (name === undefined) continue;
      const other = await look.named(name);
      if (other?.row.kind !== kind) problems.push(`${tells} the ${kind} ${name}, which is not there`);
      else if (!back(other as To, found)) problems.push(`${tells} the ${kind} ${name}, which tells otherwise`);
    }
    return problems;
  };

/** What always holds of one resource by itself. */
const holds =
  <R>(problem: string, is: (found: R) => boolean): Rule<R> =>
  async (found) =>
    is(found) ? [] : [problem];

/** Something has begun that a task must end. `ids` are of what the task is about, and the resource itself unless said. */
const ends =
  <R extends Resource<object, object>>(
    problem: string,
    has: (found: R) => boolean,
    ids: (found: R) => readonly string[] = ({ row }) => [row.id],
  ): Rule<R> =>
  async (found, look) =>
    has(found) && !ids(found).every((id) => look.isUnderWay(id)) ? [`${problem}, and nothing is under way`] : [];

/** The addresses that a resource shows are its own; more only for as long as a task has not let go of them. */
const holdsAddresses =
  <R extends Resource<object, object>>(shown: (found: R) => readonly (string | undefined)[]): Rule<R> =>
  async (found, look) => {
    const [own, wanted] = [await look.addresses(), shown(found).flatMap((address) => address ?? [])];
    const missing = wanted.filter((address) => !own.includes(address));
    const extra = look.isUnderWay(found.row.id) ? [] : own.filter((address) => !wanted.includes(address));
    return [
      ...missing.map((address) => `shows the address ${address}, which is not its own`),
      ...extra.map((address) => `holds the address ${address} and does not show it`),
    ];
  };

const inState =
  (...states: readonly string[]) =>
  (found: Resource<object, object>): boolean =>
    states.includes(found.row.state);

type AlarmRow = Resource<Alarm, object>;
type BucketRow = Resource<Bucket, BucketInner>;
type CertificateRow = Resource<LoadBalancerTlsCertificate, object>;
type DiskRow = Resource<Disk, DiskInner>;
type ExportRow = Resource<ExportSnapshotRecord, ExportInner>;
type InstanceRow = Resource<Instance, InstanceInner>;
type BalancerRow = Resource<LoadBalancer, LoadBalancerInner>;
type SnapshotRow = Resource<SnapshotBody, SnapshotInner>;
type StackRow = Resource<CloudFormationStackRecord, object>;
type StaticIpRow = Resource<StaticIp, object>;

/** The other bucket that takes the access logs of this one. */
const logsTo = ({ row, body: { accessLogConfig } }: BucketRow): string | undefined =>
  accessLogConfig?.destination === row.name ? undefined : accessLogConfig?.destination;

const lets = ({ row, inner: { receivers = [] } }: BucketRow, { row: { id, name }, inner }: InstanceRow): boolean =>
  receivers.some((one) => one.id === id && one.name === name) && (inner.buckets ?? []).includes(row.name);

const diskOn = ({ body }: InstanceRow, { row, body: { path } }: DiskRow): boolean =>
  attachedDisks(body).some((disk) => disk.name === row.name && disk.path === path);

const hasAddress = (
  { row, body, inner }: InstanceRow,
  { row: ip, body: { attachedTo, ipAddress } }: StaticIpRow,
): boolean => inner.staticIp === ip.name && attachedTo === row.name && body.publicIpAddress === ipAddress;

const serves = ({ row, inner }: BalancerRow, { row: target, inner: { loadBalancers = [] } }: InstanceRow): boolean =>
  loadBalancers.includes(row.name) &&
  inner.targets.some(({ instance, name }) => instance === target.id && name === target.name);

const lists = (
  { row, body }: BalancerRow,
  { row: { name }, body: { loadBalancerName, isAttached } }: CertificateRow,
): boolean =>
  loadBalancerName === row.name &&
  (body.tlsCertificateSummaries ?? []).some((summary) => summary.name === name && summary.isAttached === isAttached);

const isSource = ({ row, inner }: ExportRow, { row: stack, body: { sourceInfo = [] } }: StackRow): boolean =>
  inner.stack === stack.name && sourceInfo.some(({ name }) => name === row.name);

const watches: Rule<AlarmRow> = async ({ body }, look) => {
  const { arn = '', name = '' } = body.monitoredResourceInfo ?? {};
  const id = await look.monitored();
  const other = await look.named(name);
  return id !== undefined && arn.endsWith(`/${id}`) && other?.row.id === id
    ? []
    : [`monitors ${name}, which is not there`];
};

const snapshotRules: readonly Rule<SnapshotRow>[] = [
  ends('is pending', inState('pending')),
  ends('is in use', ({ inner }) => (inner.uses ?? 0) > 0),
];

/** What holds of instances and disks, which may have add-ons. */
const holderRules: readonly Rule<Holder>[] = [
  holds('shows another next snapshot than it waits for', ({ body, inner }) => {
    const nextAt = inner.autoSnapshot?.nextAt;
    return addOnOf(body, autoSnapshot)?.nextSnapshotTimeOfDay === (nextAt && timeOf(nextAt));
  }),
  ends(
    'takes automatic snapshots',
    () => true,
    ({ inner }) => [inner.autoSnapshot?.schedule ?? []].flat(),
  ),
  holds('watches for idleness and does not show it, or the other way about', ({ body, inner }) => {
    const { status = 'Disabled' } = addOnOf(body, stopOnIdle) ?? {};
    return (status !== 'Disabled') === (inner.stopOnIdle?.schedule !== undefined);
  }),
  ends(
    'stops on idle',
    () => true,
    ({ inner }) => [inner.stopOnIdle?.schedule ?? []].flat(),
  ),
  ends('changes an add-on', ({ body }) => (body.addOns ?? []).some(({ status = '' }) => /ing$/.test(status))),
];

/** Of the kind with that body and inner. */
const of = <R>(...rules: readonly Rule<R>[]): readonly Rule<never>[] => rules;

/** What holds of the resources of each kind. A kind that is not here has no links. */
export const rules: Partial<Record<ResourceType, readonly Rule<never>[]>> = {
  Alarm: of<AlarmRow>(
    watches,
    ends('is to be evaluated', () => true),
  ),
  Bucket: of<BucketRow>(
    link<BucketRow, InstanceRow>(
      'lets in',
      'Instance',
      ({ inner }) => (inner.receivers ?? []).map(({ name }) => name),
      (to, from) => lets(from, to),
    ),
    link<BucketRow, BucketRow>(
      'writes its logs to',
      'Bucket',
      (from) => [logsTo(from)],
      (to, from) => (to.inner.logsOf ?? []).includes(from.row.name),
    ),
    link<BucketRow, BucketRow>(
      'takes the logs of',
      'Bucket',
      ({ inner }) => inner.logsOf ?? [],
      (to, from) => logsTo(to) === from.row.name,
    ),
    holds(
      'has access logs and no destination, or the other way about',
      ({ body: { accessLogConfig: log } }) => (log?.enabled ?? false) === (log?.destination !== undefined),
    ),
  ),
  CloudFormationStackRecord: of<StackRow>(ends('is being made', inState('Started'))),
  Disk: of<DiskRow>(
    ...holderRules,
    link<DiskRow, InstanceRow>(
      'is attached to',
      'Instance',
      ({ body }) => [body.attachedTo],
      (to, from) => diskOn(to, from),
    ),
    holds('is in no place, or in one and not attached', ({ body: { isAttached, attachedTo, path } }) =>
      [attachedTo, path].every((place) => (place !== undefined) === isAttached),
    ),
    ends('is pending', inState('pending')),
    ends(
      'is being moved',
      ({ body, inner }) => inner.moving !== undefined || (body.state === 'in-use' && !body.isAttached),
    ),
  ),
  DiskSnapshot: snapshotRules,
  ExportSnapshotRecord: of<ExportRow>(
    link<ExportRow, StackRow>(
      'is used for',
      'CloudFormationStackRecord',
      ({ inner }) => [inner.stack],
      (to, from) => isSource(from, to),
    ),
    ends('is being exported', inState('Started')),
  ),
  Instance: of<InstanceRow>(
    ...holderRules,
    link<InstanceRow, DiskRow>(
      'has',
      'Disk',
      ({ body }) => attachedDisks(body).map(({ name }) => name),
      (to, from) => to.body.attachedTo === from.row.name && diskOn(from, to),
    ),
    link<InstanceRow, StaticIpRow>(
      'has',
      'StaticIp',
      ({ inner }) => [inner.staticIp],
      (to, from) => hasAddress(from, to),
    ),
    link<InstanceRow, BalancerRow>(
      'is behind',
      'LoadBalancer',
      ({ inner }) => inner.loadBalancers ?? [],
      (to, from) => serves(to, from),
    ),
    link<InstanceRow, BucketRow>(
      'has access to',
      'Bucket',
      ({ inner }) => inner.buckets ?? [],
      (to, from) => lets(to, from),
    ),
    holds(
      'has a static address and no StaticIp, or the other way about',
      ({ body, inner }) => (body.isStaticIp ?? false) === (inner.staticIp !== undefined),
    ),
    holdsAddresses(({ body }) => [body.privateIpAddress, body.isStaticIp ? undefined : body.publicIpAddress]),
    ends('changes its state', inState('pending', 'stopping')),
    ends('gets other metadata options', ({ body }) => body.metadataOptions?.state === 'pending'),
  ),
  InstanceSnapshot: snapshotRules,
  LoadBalancer: of<BalancerRow>(
    link<BalancerRow, InstanceRow>(
      'serves',
      'Instance',
      ({ inner }) => inner.targets.map(({ name }) => name),
      (to, from) => serves(from, to),
    ),
    link<BalancerRow, CertificateRow>(
      'lists',
      'LoadBalancerTlsCertificate',
      ({ body }) => (body.tlsCertificateSummaries ?? []).map(({ name }) => name),
      (to, from) => lists(from, to),
    ),
    holds(
      'shows the health of others than its targets',
      ({ body, inner }) =>
        (body.instanceHealthSummary ?? []).map(({ instanceName }) => instanceName).join() ===
        inner.targets.map(({ name }) => name).join(),
    ),
    holdsAddresses(({ inner }) => inner.addresses ?? []),
    ends('is provisioning', inState('provisioning')),
    ends(
      'drains a target',
      () => true,
      ({ body, inner }) =>
        inner.targets
          .filter(({ name }) =>
            body.instanceHealthSummary?.some((one) => one.instanceName === name && one.instanceHealth === 'draining'),
          )
          .map(({ id }) => id),
    ),
  ),
  LoadBalancerTlsCertificate: of<CertificateRow>(
    link<CertificateRow, BalancerRow>(
      'belongs to',
      'LoadBalancer',
      ({ body }) => [body.loadBalancerName],
      (to, from) => lists(to, from),
    ),
    ends('is to be validated or renewed', inState('PENDING_VALIDATION', 'ISSUED')),
  ),
  RelationalDatabase: of<DatabaseResource>(
    ends(
      'has windows',
      () => true,
      ({ inner }) => [inner.upkeep],
    ),
    ends('changes its state', ({ body: { state } }) => state !== 'available' && state !== 'stopped'),
    ends('gets other parameters', ({ body }) => body.parameterApplyStatus === 'applying'),
    ends('is in use', ({ inner }) => (inner.uses ?? 0) > 0),
  ),
  RelationalDatabaseSnapshot: of<DatabaseSnapshotResource>(
    ends('is being taken', inState('creating')),
    ends('is in use', ({ inner }) => (inner.uses ?? 0) > 0),
  ),
  StaticIp: of<StaticIpRow>(
    link<StaticIpRow, InstanceRow>(
      'is attached to',
      'Instance',
      ({ body }) => [body.attachedTo],
      (to, from) => hasAddress(to, from),
    ),
    holds(
      'is attached to nothing, or to something and not attached',
      ({ body }) => (body.attachedTo !== undefined) === body.isAttached,
    ),
    holdsAddresses(({ body }) => [body.ipAddress]),
  ),
};
