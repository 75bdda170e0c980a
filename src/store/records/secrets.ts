import type { Seal } from '../seal.ts';
import type { Tx } from '../store.ts';

/** What must never lie on the disk in the clear: private keys and passwords, sealed, by the resource that owns them. */
export const putSecret = async (tx: Tx, seal: Seal, owner: string, name: string, value: string): Promise<void> => {
  await tx.run(
    'insert into secret (owner, name, value) values (?, ?, ?) on conflict (owner, name) do update set value = excluded.value',
    owner,
    name,
    seal.close(Buffer.from(value)),
  );
};

export const getSecret = async (tx: Tx, seal: Seal, owner: string, name: string): Promise<string | undefined> => {
  const row = await tx.get<{ value: Uint8Array }>('select value from secret where owner = ? and name = ?', owner, name);
  return row && seal.open(row.value).toString();
};

export const deleteSecrets = async (tx: Tx, owner: string): Promise<void> => {
  await tx.run('delete from secret where owner = ?', owner);
};

export const deleteSecret = async (tx: Tx, owner: string, name: string): Promise<void> => {
  await tx.run('delete from secret where owner = ? and name = ?', owner, name);
};
