import type { KeyPair, Operation, Tag } from '../../api/generated/types.ts';
import type { Context } from '../../context.ts';
import { recordOperation } from '../../operations/record.ts';
import { fingerprintMd5 } from '../../ssh/rsa.ts';
import type { Tx } from '../../store/store.ts';
import { addResource, identity } from '../resource.ts';
import { type KeyPairResource, keyPair } from './noun.ts';

/** What goes into a row. */
export interface NewKeyPair {
  readonly name: string;
  readonly type: string;
  readonly blob: Buffer;
  readonly tags?: readonly Tag[];
}

/** Key pairs belong to a Region, not to one of its zones. */
const zone = 'all';

/** Throws InvalidInputException when the name is in use. */
export const addKeyPair = (
  tx: Tx,
  ctx: Context,
  { name, type, blob, tags = [] }: NewKeyPair,
): Promise<KeyPairResource> => {
  const id = ctx.ids.uuid();
  const body: KeyPair = {
    ...identity(ctx, 'KeyPair', id, name, zone),
    fingerprint: fingerprintMd5(blob),
    supportCode: `${ctx.scope.account}/key-0${id.replaceAll('-', '').slice(0, 16)}`,
    tags,
  };
  return addResource(tx, ctx, keyPair, id, body, { publicKey: `${type} ${blob.toString('base64')}` });
};

/** All of them are done with the answer. */
export const recordForKeyPair = (tx: Tx, ctx: Context, name: string, type: string): Promise<Operation> =>
  recordOperation(tx, ctx, { type, subject: { name, kind: 'KeyPair', zone }, status: 'Succeeded' });
