import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Keyring } from './iam/keyring.ts';
import { writeWhole } from './store/files.ts';
import { getMeta, setMeta } from './store/records/meta.ts';
import type { Store } from './store/store.ts';

/** The account that Lateen was started with, and the key that may do everything. */
export interface Root {
  readonly account: string;
  readonly accessKeyId: string;
}

export const credentialsFile = (data: string): string => join(data, 'credentials');

/** Makes the account and its key at the first start, and the credentials file whenever it is missing. The secret is printed nowhere else. */
export const ensureRoot = async (store: Store, keyring: Keyring, data: string, account: string): Promise<Root> => {
  const known = await store.read((tx) => getMeta(tx, 'root'));
  const root = known === undefined ? await makeRoot(store, keyring, account) : (JSON.parse(known) as Root);
  if (!existsSync(credentialsFile(data))) await writeCredentials(keyring, root, credentialsFile(data));
  return root;
};

const makeRoot = async (store: Store, keyring: Keyring, account: string): Promise<Root> => {
  await keyring.ensureAccount(account, 'root');
  const { accessKeyId } = await keyring.create(account);
  const root: Root = { account, accessKeyId };
  await store.write(account, (tx) => setMeta(tx, 'root', JSON.stringify(root)));
  await store.durable();
  return root;
};

const writeCredentials = async (keyring: Keyring, root: Root, file: string): Promise<void> => {
  const credential = await keyring.find(root.accessKeyId);
  if (credential === undefined) return;
  const lines = [
    '[default]',
    `aws_access_key_id = ${credential.accessKeyId}`,
    `aws_secret_access_key = ${credential.secret}`,
  ];
  writeWhole(file, `${lines.join('\n')}\n`);
};
