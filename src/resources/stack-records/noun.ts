import type { CloudFormationStackRecord } from '../../api/generated/types.ts';
import type { Noun } from '../resource.ts';

/** Its secret `template` is the text of the template, which user data is a part of. */
export const stackRecord: Noun<CloudFormationStackRecord, object> = {
  kind: 'CloudFormationStackRecord',
  shape: 'CloudFormationStackRecord',
  state: (body) => body.state ?? 'Started',
};
