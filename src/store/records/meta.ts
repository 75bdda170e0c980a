import type { Tx } from '../store.ts';

/** Single values of the installation: the schema's version, the clock's offset, the root account. */
export const getMeta = async (tx: Tx, key: string): Promise<string | undefined> =>
  (await tx.get<{ value: string }>('select value from meta where key = ?', key))?.value;

export const setMeta = async (tx: Tx, key: string, value: string): Promise<void> => {
  await tx.run(
    'insert into meta (key, value) values (?, ?) on conflict (key) do update set value = excluded.value',
    key,
    value,
  );
};
