import type { SetupHistory } from '../../api/generated/types.ts';
import { serialize } from '../../api/serialize.ts';
import type { Clock } from '../../clock.ts';
import type { SiteCertificate } from '../../engines/machine.ts';
import { deleteSetup, findSetup, type SetupRow, setupsOf, updateSetup } from '../../store/records/https-setups.ts';
import { deleteSecrets, getSecret, putSecret } from '../../store/records/secrets.ts';
import { hastenTasks } from '../../store/records/tasks.ts';
import type { Seal } from '../../store/seal.ts';
import type { Tx } from '../../store/store.ts';

/** What was issued for a set-up; `notAfter` in ms. It is the secret `certificate` of the set-up, for as long as it is installed. */
export interface Kept extends SiteCertificate {
  readonly notAfter: number;
}

const secret = 'certificate';

export const keepCertificate = (tx: Tx, seal: Seal, setup: string, kept: Kept): Promise<void> =>
  putSecret(tx, seal, setup, secret, JSON.stringify(kept));

export const keptCertificate = async (tx: Tx, seal: Seal, setup: string): Promise<Kept | undefined> => {
  const text = await getSecret(tx, seal, setup, secret);
  return text === undefined ? undefined : (JSON.parse(text) as Kept);
};

/** A set-up that deletes itself with its instance leaves nothing to change. */
export const changeSetup = async (tx: Tx, id: string, to: (body: SetupHistory) => SetupHistory): Promise<void> => {
  const row = await findSetup(tx, id);
  if (row === undefined) return;
  const body = to(JSON.parse(row.body) as SetupHistory);
  await updateSetup(tx, { id, status: body.status ?? row.status, body: serialize('SetupHistory', body) });
};

/** The set-up whose certificate the instance has: the last that succeeded. */
export const installedSetup = async (tx: Tx, instance: string): Promise<SetupRow | undefined> =>
  (await setupsOf(tx, instance)).find(({ status }) => status === 'succeeded');

interface Now {
  readonly clock: Clock;
}

/** The certificate goes; its renewal ends by itself when it finds none. */
export const forgetCertificate = async (tx: Tx, { clock }: Now, setup: string): Promise<void> => {
  await deleteSecrets(tx, setup);
  await hastenTasks(tx, setup, clock.now());
};

const remove = async (tx: Tx, now: Now, { id }: SetupRow): Promise<void> => {
  await forgetCertificate(tx, now, id);
  await deleteSetup(tx, id);
};

/** Removes what the history does not show any more, but for what is installed or under way. */
export const forgetOldSetups = async (tx: Tx, now: Now, instance: string, shown: number): Promise<void> => {
  const installed = await installedSetup(tx, instance);
  for (const row of (await setupsOf(tx, instance)).slice(shown))
    if (row.id !== installed?.id && row.status !== 'inProgress') await remove(tx, now, row);
};

/** For an instance that is being deleted. */
export const deleteSetupsOf = async (tx: Tx, now: Now, instance: string): Promise<void> => {
  for (const row of await setupsOf(tx, instance)) await remove(tx, now, row);
};
