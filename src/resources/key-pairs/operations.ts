import type { KeyPair } from '../../api/generated/types.ts';
import { raw } from '../../api/serialize.ts';
import type { Handlers } from '../../context.ts';
import { newRsaKeyPair, parsePublicKey } from '../../ssh/rsa.ts';
import { deleteResource, pageOfResourcesBut } from '../../store/records/resources.ts';
import { getSecret } from '../../store/records/secrets.ts';
import { listResources } from '../list.ts';
import { textOfResource } from '../resource.ts';
import { checkTags } from '../tags/rules.ts';
import { defaultKeyPair, findKeyPair, prepareDefaultKeyPair } from './default.ts';
import { keyPair } from './noun.ts';
import { addKeyPair, recordForKeyPair } from './record.ts';
import { checkFingerprint, checkNewName, defaultKeyPairName, readPublicKeyBlob } from './rules.ts';

export const keyPairs = {
  /** The private key is in this answer, and nowhere else (F79, F259). */
  async CreateKeyPair(ctx, { keyPairName, tags }) {
    checkNewName(keyPairName);
    const checked = checkTags(tags);
    const { publicKey, privateKeyPem } = await newRsaKeyPair();
    const { type, blob } = parsePublicKey(publicKey);
    return ctx.write(async (tx) => {
      const { row } = await addKeyPair(tx, ctx, { name: keyPairName, type, blob, tags: checked });
      const operation = await recordForKeyPair(tx, ctx, keyPairName, 'CreateKeyPair');
      return {
        keyPair: raw<KeyPair>(row.body),
        operation,
        privateKeyBase64: privateKeyPem,
        publicKeyBase64: publicKey,
      };
    });
  },

  async ImportKeyPair(ctx, { keyPairName, publicKeyBase64 }) {
    checkNewName(keyPairName);
    const { type, blob } = readPublicKeyBlob(publicKeyBase64);
    return ctx.write(async (tx) => {
      await addKeyPair(tx, ctx, { name: keyPairName, type, blob });
      return { operation: await recordForKeyPair(tx, ctx, keyPairName, 'ImportKeyPair') };
    });
  },

  /** Instances keep the public key they were launched with (F263, F264). */
  DeleteKeyPair: (ctx, { keyPairName, expectedFingerprint }) =>
    ctx.write(async (tx) => {
      const { row, body } = await findKeyPair(tx, ctx.scope, keyPairName);
      checkFingerprint(body, expectedFingerprint);
      await deleteResource(tx, row);
      return { operation: await recordForKeyPair(tx, ctx, keyPairName, 'DeleteKeyPair') };
    }),

  GetKeyPair: (ctx, { keyPairName }) =>
    ctx.read(async (tx) => ({ keyPair: raw<KeyPair>(await textOfResource(tx, ctx.scope, keyPair, keyPairName)) })),

  /** F266: the default key pair is not listed unless it is asked for. */
  async GetKeyPairs(ctx, { pageToken, includeDefaultKeyPair }) {
    const { text, nextPageToken } = includeDefaultKeyPair
      ? await listResources(ctx, 'KeyPair', pageToken, ['withDefault'])
      : await listResources(ctx, 'KeyPair', pageToken, [], pageOfResourcesBut(defaultKeyPairName));
    return { keyPairs: raw<KeyPair[]>(`[${text}]`), nextPageToken };
  },

  /** F81, F262: the same keys at every call, until the default key pair is deleted. */
  async DownloadDefaultKeyPair(ctx) {
    const fresh = await prepareDefaultKeyPair(ctx);
    return ctx.write(async (tx) => {
      const { row, body, inner } = await defaultKeyPair(tx, ctx, fresh);
      return {
        createdAt: body.createdAt,
        privateKeyBase64: await getSecret(tx, ctx.seal, row.id, 'privateKey'),
        publicKeyBase64: inner.publicKey,
      };
    });
  },
} satisfies Handlers<
  'CreateKeyPair' | 'ImportKeyPair' | 'DeleteKeyPair' | 'GetKeyPair' | 'GetKeyPairs' | 'DownloadDefaultKeyPair'
>;
