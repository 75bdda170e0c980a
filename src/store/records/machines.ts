import type { Tx } from '../store.ts';

/** The simulated machines and volumes: JSON text by the id of their resource. */
export const findMachine = async (tx: Tx, id: string): Promise<string | undefined> =>
  (await tx.get<{ body: string }>('select body from machine where id = ?', id))?.body;

export const putMachine = async (tx: Tx, id: string, body: string): Promise<void> => {
  await tx.run(
    'insert into machine (id, body) values (?, ?) on conflict (id) do update set body = excluded.body',
    id,
    body,
  );
};

export const deleteMachine = async (tx: Tx, id: string): Promise<void> => {
  await tx.run('delete from machine where id = ?', id);
};
