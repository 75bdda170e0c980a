import type { SetupStatus } from '../../api/generated/types.ts';
import type { Scope } from '../../context.ts';
import type { Tx } from '../store.ts';

/** One run of SetupInstanceHttps. `id` is its operation's, `instance` the id of the resource, `body` the JSON text of the history. */
export interface SetupRow {
  readonly id: string;
  readonly instance: string;
  readonly status: SetupStatus;
  readonly body: string;
}

const columns = 'id, instance, status, body';

export const insertSetup = async (tx: Tx, scope: Scope, row: SetupRow): Promise<void> => {
  await tx.run(
    'insert into https_setup (id, account, region, instance, status, body) values (?, ?, ?, ?, ?, ?)',
    row.id,
    scope.account,
    scope.region,
    row.instance,
    row.status,
    row.body,
  );
};

export const updateSetup = async (tx: Tx, { id, status, body }: Omit<SetupRow, 'instance'>): Promise<void> => {
  await tx.run('update https_setup set status = ?, body = ? where id = ?', status, body, id);
};

export const findSetup = (tx: Tx, id: string): Promise<SetupRow | undefined> =>
  tx.get<SetupRow>(`select ${columns} from https_setup where id = ?`, id);

/** Newest first. */
export const setupsOf = (tx: Tx, instance: string): Promise<readonly SetupRow[]> =>
  tx.all<SetupRow>(`select ${columns} from https_setup where instance = ? order by seq desc`, instance);

export const deleteSetup = async (tx: Tx, id: string): Promise<void> => {
  await tx.run('delete from https_setup where id = ?', id);
};
