import type { Instance, InstanceAccessDetails } from '../../api/generated/types.ts';
import type { Context, Handlers } from '../../context.ts';
import { signUserCertificate } from '../../ssh/certificate.ts';
import { newRsaKeyPair } from '../../ssh/rsa.ts';
import { getSecret } from '../../store/records/secrets.ts';
import { instance } from '../instances/noun.ts';
import { recordForInstance } from '../instances/record.ts';
import { getResource, saveResource } from '../resource.ts';
import { knownHostKeys } from './host-keys.ts';
import { checkProtocol, validity } from './rules.ts';
import { address, remoteDesktop } from './view.ts';

export const accessDetails = {
  async GetInstanceAccessDetails(ctx, { instanceName, protocol = 'ssh' }) {
    const found = await readInstance(ctx, instanceName);
    const { body, inner } = found;
    checkProtocol(protocol, instanceName, inner);
    const hostKeys = await knownHostKeys(ctx, found, protocol);
    const login =
      protocol === 'rdp' ? remoteDesktop(body, inner, found) : await secureShell(ctx, body, found.authority);
    return { accessDetails: { ...address(body, hostKeys), ...login } };
  },

  /** F155: the next GetInstanceAccessDetails sees the keys anew. */
  DeleteKnownHostKeys: (ctx, { instanceName }) =>
    ctx.write(async (tx) => {
      const found = await getResource(tx, ctx.scope, instance, instanceName);
      const { body, inner } = found;
      await saveResource(tx, instance, found, body, { ...inner, knownHostKeys: {} });
      return { operations: [await recordForInstance(tx, ctx, body, 'DeleteKnownHostKeys', 'Succeeded')] };
    }),
} satisfies Handlers<'GetInstanceAccessDetails' | 'DeleteKnownHostKeys'>;

/** The instance and its secrets, as far as it has them. */
const readInstance = (ctx: Context, name: string) =>
  ctx.read(async (tx) => {
    const found = await getResource(tx, ctx.scope, instance, name);
    const secret = (of: string) => getSecret(tx, ctx.seal, found.row.id, of);
    return {
      ...found,
      authority: await secret('authority'),
      password: await secret('password'),
      ciphertext: await secret('ciphertext'),
    };
  });

/** F143, F144: a key that is made for this answer, and a certificate for it from the instance's own authority. */
const secureShell = async (ctx: Context, body: Instance, authority = ''): Promise<InstanceAccessDetails> => {
  const { privateKeyPem, publicKey } = await newRsaKeyPair();
  const { validAfter, validBefore } = validity(ctx.clock.now());
  const certKey = signUserCertificate({
    caPrivateKeyPem: authority,
    publicKey,
    // What the machine's log shows of the login.
    keyId: `${ctx.caller.arn} ${ctx.requestId}`,
    principals: [body.username ?? ''],
    serial: ctx.ids.bytes(8).readBigUInt64BE(),
    validAfter,
    validBefore,
    nonce: ctx.ids.bytes(32),
  });
  return { certKey, expiresAt: validBefore, privateKey: privateKeyPem, protocol: 'ssh' };
};
