import type { ExportSnapshotRecord, InstancePortInfo, IpAddressType } from '../../api/generated/types.ts';
import type { Noun, Resource } from '../resource.ts';

/** What Lateen knows of an export beside what it shows. */
export interface ExportInner {
  /** The firewall of the instance that was exported, as it was when its snapshot was taken (F231). */
  readonly firewall?:
    | { readonly ports: readonly InstancePortInfo[]; readonly ipAddressType: IpAddressType }
    | undefined;
  /** Name of the stack record that is being made from it: until it is, no other may be (F227). */
  readonly stack?: string | undefined;
}

export type ExportResource = Resource<ExportSnapshotRecord, ExportInner>;

export const exportRecord: Noun<ExportSnapshotRecord, ExportInner> = {
  kind: 'ExportSnapshotRecord',
  shape: 'ExportSnapshotRecord',
  state: (body) => body.state ?? 'Started',
};
