import type { StaticIp } from '../../api/generated/types.ts';
import type { Noun, Resource } from '../resource.ts';

export type StaticIpResource = Resource<StaticIp, object>;

export const staticIp: Noun<StaticIp, object> = {
  kind: 'StaticIp',
  shape: 'StaticIp',
  state: (body) => (body.isAttached ? 'attached' : 'available'),
};
