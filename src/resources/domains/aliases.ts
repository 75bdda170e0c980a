import type { LoadBalancer } from '../../api/generated/types.ts';
import { plainName } from '../../dns/names.ts';
import { ownDomain } from '../../network.ts';
import { findById } from '../../store/records/resources.ts';
import type { Tx } from '../../store/store.ts';
import type { LoadBalancerInner } from '../load-balancers/noun.ts';
import { readResource } from '../resource.ts';

/** A kind whose DNS names aliases may lead to. */
interface AliasKind {
  readonly names: RegExp;
  /** Addresses of the one that has the plain name; undefined when the account has none such. */
  find(tx: Tx, account: string, name: string, match: RegExpExecArray): Promise<readonly string[] | undefined>;
}

/** F274, F275. The name of a load balancer begins with its id, so that it is found by it. */
const kinds: readonly AliasKind[] = [
  {
    names: new RegExp(
      `^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})-\\d+\\.[a-z0-9-]+\\.elb\\.${ownDomain}$`,
    ),
    async find(tx, account, name, [, ...parts]) {
      const row = await findById(tx, parts.join('-'));
      if (row?.kind !== 'LoadBalancer' || row.account !== account) return undefined;
      const { body, inner } = readResource<LoadBalancer, LoadBalancerInner>(row);
      if (body.dnsName !== name) return undefined;
      return body.ipAddressType === 'ipv6' ? [] : (inner.addresses ?? []);
    },
  },
];

export const isAliasTarget = (target: string): boolean => kinds.some(({ names }) => names.test(plainName(target)));

/** The addresses behind an alias of the account; undefined when there is nothing of that name. */
export const findAliasTarget = async (
  tx: Tx,
  account: string,
  target: string,
): Promise<readonly string[] | undefined> => {
  const name = plainName(target);
  for (const { names, find } of kinds) {
    const match = names.exec(name);
    if (match !== null) return find(tx, account, name, match);
  }
  return undefined;
};
