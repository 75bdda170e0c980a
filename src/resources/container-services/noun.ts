import type { ContainerService } from '../../api/generated/types.ts';
import type { OriginInner } from '../distributions/origin-use.ts';
import type { Noun, Resource } from '../resource.ts';

/** What Lateen knows of a container service beside what it shows. */
export interface ContainerServiceInner extends OriginInner {
  /** Public IPv4 addresses, where its names lead. */
  readonly addresses: readonly string[];
  /** What the ARNs of its roles end with; they show once the service is there, and the one for private registries while it is active. */
  readonly principal: string;
  readonly puller: string;
  /** Of its deployments. */
  readonly lastVersion: number;
}

export type ContainerServiceResource = Resource<ContainerService, ContainerServiceInner>;

export const containerService: Noun<ContainerService, ContainerServiceInner> = {
  kind: 'ContainerService',
  shape: 'ContainerService',
  name: (body) => body.containerServiceName ?? '',
  state: (body) => body.state ?? 'PENDING',
};
