import type {
  CloudFormationStackRecord,
  InstanceEntry,
  InstancePortInfo,
  PortInfoSourceType,
} from '../../api/generated/types.ts';
import { raw } from '../../api/serialize.ts';
import type { Context, Handlers } from '../../context.ts';
import { invalidInput, notFound, wrongState } from '../../errors.ts';
import { recordBoth, subjectOf } from '../../operations/record.ts';
import { putSecret } from '../../store/records/secrets.ts';
import { type ExportResource, exportRecord } from '../export-records/noun.ts';
import { checkZone } from '../instances/rules.ts';
import { listResources } from '../list.ts';
import { openedPort } from '../ports/view.ts';
import { addResource, getResource, identity, saveResource } from '../resource.ts';
import { stackRecord } from './noun.ts';
import { createStack } from './tasks.ts';
import { templateOf } from './template.ts';

/** The one instance that a stack has (F226). Throws InvalidInputException. */
const entryOf = (ctx: Context, [entry, ...more]: readonly InstanceEntry[]): InstanceEntry => {
  if (entry === undefined || more.length > 0) {
    throw invalidInput(
      `A CloudFormation stack is created for exactly one instance, and the request has ${entry === undefined ? 0 : more.length + 1}.`,
      'Call CreateCloudFormationStack once for each export snapshot record.',
    );
  }
  checkZone(entry.availabilityZone, ctx.catalogue.zones(ctx.scope.region), ctx.scope.region);
  if (!/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/.test(entry.instanceType))
    throw invalidInput(
      `The instance type ${entry.instanceType} is not valid. It must be one of EC2, such as t3.micro.`,
    );
  return entry;
};

/** Throws InvalidInputException for an export that no stack can be made from, or not now (F227, F230). */
const checkExport = ({ row, body, inner }: ExportResource): void => {
  if (body.sourceInfo?.resourceType !== 'InstanceSnapshot') {
    throw invalidInput(
      `The ExportSnapshotRecord ${row.name} is not of an instance snapshot.`,
      'A CloudFormation stack is created from the export of an instance snapshot.',
    );
  }
  if (body.state !== 'Succeeded')
    throw wrongState('ExportSnapshotRecord', row.name, 'used', body.state ?? '', ['Succeeded']);
  if (inner.stack !== undefined) {
    throw invalidInput(
      `The ExportSnapshotRecord ${row.name} is in use by the CloudFormationStackRecord ${inner.stack}.`,
      'Wait until its instance is there.',
    );
  }
};

/** What the security group lets in, by its source (F231). Undefined is the default group of EC2. */
const portsOf = (
  ctx: Context,
  { body, inner }: ExportResource,
  source: PortInfoSourceType,
): readonly InstancePortInfo[] | undefined => {
  if (source === 'NONE') return undefined;
  if (source === 'CLOSED') return [];
  if (source === 'INSTANCE') return inner.firewall?.ports ?? [];
  const blueprint = ctx.catalogue.blueprint(body.sourceInfo?.instanceSnapshotInfo?.fromBlueprintId ?? '');
  if (blueprint === undefined) throw notFound('Blueprint');
  return ctx.catalogue.defaultPorts(blueprint).map((port) => openedPort(port, 'dualstack'));
};

export const stackRecords = {
  /** The record is there at once, its template when the operations are done. */
  CreateCloudFormationStack: (ctx, { instances }) => {
    const entry = entryOf(ctx, instances);
    return ctx.write(async (tx) => {
      const found = await getResource(tx, ctx.scope, exportRecord, entry.sourceName);
      checkExport(found);
      const id = ctx.ids.uuid();
      const name = `CloudFormationStackRecord-${ctx.ids.uuid()}`;
      const { arn, destinationInfo, sourceInfo } = found.body;
      const body: CloudFormationStackRecord = {
        ...identity(ctx, 'CloudFormationStackRecord', id, name, 'all'),
        sourceInfo: [{ arn, name: entry.sourceName, resourceType: 'ExportSnapshotRecord' }],
        state: 'Started',
      };
      const template = templateOf({
        ...entry,
        name: sourceInfo?.fromResourceName ?? '',
        imageId: destinationInfo?.id ?? '',
        ports: portsOf(ctx, found, entry.portInfoSource),
      });
      await addResource(tx, ctx, stackRecord, id, body, {});
      await putSecret(tx, ctx.seal, id, 'template', template);
      await saveResource(tx, exportRecord, found, found.body, { ...found.inner, stack: name });
      const order = { type: 'CreateCloudFormationStack', status: 'Started' } as const;
      const operations = await recordBoth(tx, ctx, order, subjectOf(body), subjectOf(found.body));
      await ctx.enqueue(tx, createStack, {
        scope: ctx.scope,
        resource: id,
        input: { name, exported: found.row.id },
        operations: operations.map((operation) => operation.id ?? ''),
      });
      return { operations };
    });
  },

  async GetCloudFormationStackRecords(ctx, { pageToken }) {
    const { text, nextPageToken } = await listResources(ctx, 'CloudFormationStackRecord', pageToken);
    return { cloudFormationStackRecords: raw<CloudFormationStackRecord[]>(`[${text}]`), nextPageToken };
  },
} satisfies Handlers<'CreateCloudFormationStack' | 'GetCloudFormationStackRecords'>;
