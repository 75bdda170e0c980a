import type { Tx } from '../store.ts';

/** What a simulated balancer, or a machine behind it, can be: there, with HTTPS, behind it, and found to be well or not. */
export type SpellState = 'active' | 'tls' | 'attached' | 'healthy' | 'unhealthy';

/** A time that it was so, in ms of Lateen's clock: to the end of time when `until` is null. `machine` is '' for the balancer itself. */
export interface Spell {
  readonly balancer: string;
  readonly state: SpellState;
  readonly machine: string;
  readonly since: number;
  readonly until: number | null;
}

const columns = 'balancer, state, machine, since, until';

export const insertSpell = async (tx: Tx, { balancer, state, machine, since, until }: Spell): Promise<void> => {
  await tx.run(
    `insert into balancer_spell (${columns}) values (?, ?, ?, ?, ?)
     on conflict (balancer, state, machine, since) do update set until = excluded.until`,
    balancer,
    state,
    machine,
    since,
    until,
  );
};

/** Ends what goes on at `at`. What had not begun by then never was. */
export const endSpells = async (
  tx: Tx,
  { balancer, state, machine }: Pick<Spell, 'balancer' | 'state' | 'machine'>,
  at: number,
): Promise<void> => {
  const which = 'balancer = ? and state = ? and machine = ?';
  await tx.run(`delete from balancer_spell where ${which} and since >= ?`, balancer, state, machine, at);
  await tx.run(
    `update balancer_spell set until = ? where ${which} and (until is null or until > ?)`,
    at,
    balancer,
    state,
    machine,
    at,
  );
};

/** Oldest first. */
export const spellsOf = (tx: Tx, balancer: string): Promise<readonly Spell[]> =>
  tx.all<Spell>(`select ${columns} from balancer_spell where balancer = ? order by since`, balancer);

/** Where the machine is behind balancers now. */
export const attachmentsOf = (tx: Tx, machine: string): Promise<readonly Spell[]> =>
  tx.all<Spell>(
    `select ${columns} from balancer_spell where machine = ? and state = 'attached' and until is null`,
    machine,
  );

/** Forgets what was over before `keptSince`. */
export const pruneSpells = async (tx: Tx, balancer: string, keptSince: number): Promise<void> => {
  await tx.run('delete from balancer_spell where balancer = ? and until < ?', balancer, keptSince);
};

export const deleteSpells = async (tx: Tx, balancer: string): Promise<void> => {
  await tx.run('delete from balancer_spell where balancer = ?', balancer);
};
