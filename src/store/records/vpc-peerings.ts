import type { Scope } from '../../context.ts';
import type { Tx } from '../store.ts';

export const isPeered = async (tx: Tx, { account, region }: Scope): Promise<boolean> =>
  (await tx.get('select since from vpc_peering where account = ? and region = ?', account, region)) !== undefined;

/** `since` in milliseconds; a peering that is there already keeps its own. */
export const insertPeering = async (tx: Tx, { account, region }: Scope, since: number): Promise<void> => {
  await tx.run(
    'insert into vpc_peering (account, region, since) values (?, ?, ?) on conflict (account, region) do nothing',
    account,
    region,
    since,
  );
};

export const deletePeering = async (tx: Tx, { account, region }: Scope): Promise<void> => {
  await tx.run('delete from vpc_peering where account = ? and region = ?', account, region);
};
