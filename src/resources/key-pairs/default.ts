import type { Context, Scope } from '../../context.ts';
import { newRsaKeyPair, parsePublicKey, type RsaKeyPair } from '../../ssh/rsa.ts';
import { findResource } from '../../store/records/resources.ts';
import { putSecret } from '../../store/records/secrets.ts';
import type { Tx } from '../../store/store.ts';
import { getResource, readResource } from '../resource.ts';
import { type KeyPairResource, keyPair } from './noun.ts';
import { addKeyPair } from './record.ts';
import { defaultKeyPairName } from './rules.ts';

/** The named key pair; its inner has the public key. Throws NotFoundException. */
export const findKeyPair = (tx: Tx, scope: Scope, name: string): Promise<KeyPairResource> =>
  getResource(tx, scope, keyPair, name);

/** Keys for `defaultKeyPair`, made before the transaction, as that takes a while; undefined where there is a default key pair. */
export const prepareDefaultKeyPair = async (ctx: Context): Promise<RsaKeyPair | undefined> => {
  const found = await ctx.read((tx) => findResource(tx, ctx.scope, 'KeyPair', defaultKeyPairName));
  return found === undefined ? newRsaKeyPair() : undefined;
};

/** The Region's default key pair, added where there is none (F116, F262), from `fresh` when that was prepared. */
export const defaultKeyPair = async (tx: Tx, ctx: Context, fresh: RsaKeyPair | undefined): Promise<KeyPairResource> => {
  const row = await findResource(tx, ctx.scope, 'KeyPair', defaultKeyPairName);
  if (row !== undefined) return readResource(row);
  // Without `fresh` there was one a moment ago, and somebody deleted it.
  const { publicKey, privateKeyPem } = fresh ?? (await newRsaKeyPair());
  const { type, blob } = parsePublicKey(publicKey);
  const added = await addKeyPair(tx, ctx, { name: defaultKeyPairName, type, blob });
  await putSecret(tx, ctx.seal, added.row.id, 'privateKey', privateKeyPem);
  return added;
};
