import type { Context } from '../../context.ts';
import type { Tx } from '../../store/store.ts';
import { homeRegion } from '../home-region.ts';
import { getResource, saveResource } from '../resource.ts';
import { distribution } from './noun.ts';
import type { OriginInner } from './origin-use.ts';
import { applyDistribution } from './tasks.ts';

/** For an origin that goes by force (F377), whose row goes in the same transaction: its distributions stay, and have none. */
export const loseOrigin = async (tx: Tx, ctx: Context, { distributions = [] }: OriginInner): Promise<void> => {
  const scope = { account: ctx.scope.account, region: homeRegion };
  for (const name of distributions) {
    const found = await getResource(tx, scope, distribution, name);
    const { origin: _gone, originPublicDNS: _name, ...body } = found.body;
    await saveResource(tx, distribution, found, body, found.inner);
    await ctx.enqueue(tx, applyDistribution, { scope, resource: found.row.id, input: {} });
  }
};
