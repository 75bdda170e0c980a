import type { Context, Handlers } from '../../context.ts';
import { invalidInput, notFound } from '../../errors.ts';
import { priceChangesOf } from '../../store/records/price-changes.ts';
import { findNamed, type ResourceRow } from '../../store/records/resources.ts';
import type { Tx } from '../../store/store.ts';
import { estimate, type Spell } from './estimate.ts';
import { basisOf, rateOf } from './prices.ts';

/** The life of a resource until now, in parts with one price each. */
const spellsOf = async (tx: Tx, ctx: Context, { id, kind, createdAt, body }: ResourceRow): Promise<Spell[]> => {
  const current = basisOf(kind, JSON.parse(body) as object);
  if (current === undefined) return [];
  const parts = [...(await priceChangesOf(tx, id)), { at: ctx.clock.now(), basis: current }];
  return parts.map(({ at, basis }, i) => ({
    since: parts[i - 1]?.at ?? createdAt,
    until: at,
    rate: rateOf(kind, basis, ctx.catalogue),
  }));
};

export const costs = {
  /** Of what was used until now; nothing is foretold. A resource that was deleted has none, and one that costs nothing an empty one. */
  GetCostEstimate: (ctx, { resourceName, startTime, endTime }) => {
    if (startTime >= endTime) throw invalidInput('The start time must be before the end time.');
    return ctx.read(async (tx) => {
      const row = await findNamed(tx, ctx.scope, resourceName);
      if (row === undefined) throw notFound('resource');
      const costEstimates = estimate(await spellsOf(tx, ctx, row), { start: startTime * 1_000, end: endTime * 1_000 });
      return {
        resourcesBudgetEstimate: [{ resourceName, resourceType: row.kind, costEstimates, startTime, endTime }],
      };
    });
  },
} satisfies Handlers<'GetCostEstimate'>;
