import {
  attachmentsOf,
  endSpells,
  insertSpell,
  pruneSpells,
  type SpellState,
  spellsOf,
} from '../../store/records/balancer-spells.ts';
import { findMachine } from '../../store/records/machines.ts';
import type { Tx } from '../../store/store.ts';
import type { TargetObservation } from '../machine.ts';

/** As much of a simulated machine as a balancer can see. */
export interface SeenMachine {
  readonly power: 'on' | 'off';
  readonly settlesAt: number;
}

/** Times in ms of Lateen's clock; `checkMs` is how long it takes to find a target healthy. */
export interface HealthClock {
  readonly now: number;
  readonly checkMs: number;
  readonly keptSince: number;
}

/** When a target that is behind a balancer since `since` becomes what, if nothing happens to it: each part ends where the next one begins. */
const plan = (
  since: number,
  machine: SeenMachine | undefined,
  checkMs: number,
): readonly { at: number; seen: TargetObservation }[] => {
  if (machine?.power !== 'on') return [{ at: since, seen: { health: 'unused', reason: 'Instance.InvalidState' } }];
  const boots = { at: since, seen: { health: 'unhealthy', reason: 'Instance.Timeout' } } as const;
  const checkedAt = Math.max(since, machine.settlesAt);
  return [
    ...(since < machine.settlesAt ? [boots] : []),
    { at: checkedAt, seen: { health: 'initial', reason: 'Lb.InitialHealthChecking' } },
    { at: checkedAt + checkMs, seen: { health: 'healthy' } },
  ];
};

/** How a target is found now. */
export const observed = (
  since: number,
  machine: SeenMachine | undefined,
  { now, checkMs }: HealthClock,
): TargetObservation => {
  if (now < since) return { health: 'initial', reason: 'Lb.RegistrationInProgress', settlesAt: since };
  const parts = plan(since, machine, checkMs);
  const current = parts.findLastIndex(({ at }) => at <= now);
  const settlesAt = parts[current + 1]?.at;
  return { ...parts[current]!.seen, ...(settlesAt === undefined ? {} : { settlesAt }) };
};

const counted: readonly SpellState[] = ['healthy', 'unhealthy'];

/** Writes down what a target will be from now on, in the place of what was expected of it before. Without `since` it is none any more. */
export const planTarget = async (
  tx: Tx,
  balancer: string,
  machine: string,
  since: number | undefined,
  { now, checkMs, keptSince }: HealthClock,
): Promise<void> => {
  for (const state of counted) await endSpells(tx, { balancer, state, machine }, now);
  await pruneSpells(tx, balancer, keptSince);
  if (since === undefined) return;
  const body = await findMachine(tx, machine);
  const parts = plan(since, body === undefined ? undefined : (JSON.parse(body) as SeenMachine), checkMs);
  for (const [i, { at, seen }] of parts.entries()) {
    const until = parts[i + 1]?.at ?? null;
    const state = counted.find((other) => other === seen.health);
    if (state === undefined || (until !== null && until <= now)) continue;
    await insertSpell(tx, { balancer, state, machine, since: Math.max(at, now), until });
  }
};

/** Something happened to a machine: the balancers that have it find it otherwise from now on. */
export const planTargetsOf = async (tx: Tx, machine: string, clock: HealthClock): Promise<void> => {
  for (const { balancer, since } of await attachmentsOf(tx, machine))
    await planTarget(tx, balancer, machine, since, clock);
};

/** Writes down what the balancer is from now on: since when it is there and has which machines, and whether it has HTTPS. */
export const planBalancer = async (
  tx: Tx,
  balancer: string,
  {
    settlesAt,
    targets,
    tls,
  }: { readonly settlesAt: number; readonly targets: Readonly<Record<string, number>>; readonly tls: boolean },
  clock: HealthClock,
): Promise<void> => {
  const known = (await spellsOf(tx, balancer)).filter(({ until }) => until === null);
  const has = (state: SpellState): boolean => known.some((spell) => spell.state === state);
  const begin = (state: SpellState, machine: string, since: number): Promise<void> =>
    insertSpell(tx, { balancer, state, machine, since, until: null });
  if (!has('active')) await begin('active', '', settlesAt);
  if (tls && !has('tls')) await begin('tls', '', settlesAt);
  if (!tls) await endSpells(tx, { balancer, state: 'tls', machine: '' }, clock.now);
  const attached = known.filter(({ state }) => state === 'attached').map(({ machine }) => machine);
  for (const machine of attached) {
    if (targets[machine] !== undefined) continue;
    await endSpells(tx, { balancer, state: 'attached', machine }, clock.now);
    await planTarget(tx, balancer, machine, undefined, clock);
  }
  for (const [machine, since] of Object.entries(targets)) {
    if (attached.includes(machine)) continue;
    await begin('attached', machine, since);
    await planTarget(tx, balancer, machine, since, clock);
  }
};
