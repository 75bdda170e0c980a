import type { Scope } from '../../context.ts';
import { type InstanceKey, type InstanceKeys, roleArnOf } from '../../iam/instance-keys.ts';
import type { Store } from '../../store/store.ts';
import { getResource } from '../resource.ts';
import { instance } from './noun.ts';
import { checkState } from './rules.ts';

export interface InstanceKeyWorld {
  readonly store: Store;
  readonly instanceKeys: Pick<InstanceKeys, 'issue'>;
}

/**
 * What the metadata service of an instance would hand out to it now, for engines whose machines do not run. Throws NotFoundException, and
 * InvalidInputException for an instance that is not there to ask.
 */
export const issueInstanceKey = async (
  { store, instanceKeys }: InstanceKeyWorld,
  scope: Scope,
  name: string,
): Promise<InstanceKey & { readonly account: string; readonly arn: string }> => {
  const { row, body } = await store.read((tx) => getResource(tx, scope, instance, name));
  checkState(body, 'asked for its key');
  const { account, id } = row;
  return { ...instanceKeys.issue(id), account, arn: roleArnOf(account, id) };
};
