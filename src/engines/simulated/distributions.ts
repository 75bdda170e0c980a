import { createHash } from 'node:crypto';
import type { Catalogue } from '../../catalogue.ts';
import type { Clock } from '../../clock.ts';
import { deleteMachine, findMachine, putMachine } from '../../store/records/machines.ts';
import type { Store, Tx } from '../../store/store.ts';
import type { DistributionSpec, Distributions } from '../distributions.ts';
import { sumUp } from './sum-up.ts';
import { type Spell, visitViewers } from './viewers.ts';

/** A distribution that is only a row; times are milliseconds of Lateen's clock. */
interface Distribution {
  readonly distribution: true;
  /** Digest of the spec that it was told last: the spec itself holds a private key. */
  readonly told: string;
  readonly settlesAt: number;
  /** When it answered, oldest first. */
  readonly spells: readonly Spell[];
  readonly reset?: { readonly request: string; readonly settlesAt: number } | undefined;
}

/** Distributions that behave and serve nothing. */
export const createSimulatedDistributions = (store: Store, clock: Clock, catalogue: Catalogue): Distributions => {
  const find = async (tx: Tx, id: string): Promise<Distribution | undefined> => {
    const body = await findMachine(tx, id);
    return body === undefined ? undefined : (JSON.parse(body) as Distribution);
  };

  /** The distribution as it is after it was told something new. */
  const changed = (spec: DistributionSpec, told: string, known: Distribution | undefined): Distribution => {
    const settlesAt = clock.now() + catalogue.time(known === undefined ? 'createDistribution' : 'updateDistribution');
    const filtered = spec.waf !== undefined && spec.waf.length > 0;
    const keptSince = clock.now() - catalogue.metricRetention;
    const before = (known?.spells ?? [])
      .map((spell) => ({ ...spell, until: Math.min(spell.until ?? settlesAt, settlesAt) }))
      .filter(({ since, until }) => until > since && until > keptSince);
    const last = before.at(-1);
    const goesOn = last?.until === settlesAt && last.filtered === filtered;
    const now: Spell = { since: goesOn ? last.since : settlesAt, filtered };
    return { ...known, distribution: true, told, settlesAt, spells: withNow(before, goesOn, spec.isEnabled, now) };
  };

  const withNow = (before: readonly Spell[], goesOn: boolean, isEnabled: boolean, now: Spell): readonly Spell[] =>
    isEnabled ? [...(goesOn ? before.slice(0, -1) : before), now] : before;

  return {
    apply: (spec) =>
      store.write('machines', async (tx) => {
        const known = await find(tx, spec.id);
        const told = createHash('sha256').update(JSON.stringify(spec)).digest('hex');
        const next = known?.told === told ? known : changed(spec, told, known);
        if (next !== known) await putMachine(tx, spec.id, JSON.stringify(next));
        return clock.now() < next.settlesAt ? { until: next.settlesAt } : undefined;
      }),
    remove: (id) => store.write('machines', (tx) => deleteMachine(tx, id)),
    resetCache: (id, request) =>
      store.write('machines', async (tx) => {
        const known = await find(tx, id);
        if (known === undefined) return undefined;
        const isNew = known.reset?.request !== request;
        const settlesAt = isNew ? clock.now() + catalogue.time('resetCache') : known.reset.settlesAt;
        if (isNew) await putMachine(tx, id, JSON.stringify({ ...known, reset: { request, settlesAt } }));
        return clock.now() < settlesAt ? { until: settlesAt } : undefined;
      }),
    async metrics(id, query) {
      const { spells = [] } = (await store.read((tx) => find(tx, id))) ?? {};
      const start = Math.max(query.start, clock.now() - catalogue.metricRetention);
      const end = Math.min(query.end, clock.now());
      return sumUp(query, (visit) => visitViewers(id, spells, { ...query, start, end }, visit));
    },
  };
};
