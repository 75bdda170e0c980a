import type { CreateInstancesRequest, Instance, IpAddressType, Operation } from '../../api/generated/types.ts';
import { type Blueprint, type Bundle, checkLaunch, ipAddressTypes } from '../../catalogue.ts';
import type { Context } from '../../context.ts';
import { invalidInput, invalidName, namesInUse, notFound } from '../../errors.ts';
import { isResourceName } from '../../resource-name.ts';
import { newAuthority } from '../../ssh/certificate.ts';
import { encryptPassword, newWindowsPassword } from '../../ssh/password.ts';
import { putSecret } from '../../store/records/secrets.ts';
import type { Tx } from '../../store/store.ts';
import { readAddOns } from '../add-ons/rules.ts';
import { followAll, plansOf } from '../add-ons/schedule.ts';
import { checkOffered } from '../catalogue/offer.ts';
import { defaultKeyPair, findKeyPair, prepareDefaultKeyPair } from '../key-pairs/default.ts';
import { defaultKeyPairName } from '../key-pairs/rules.ts';
import { addResource, checkQuota, type Resource } from '../resource.ts';
import { checkTags } from '../tags/rules.ts';
import { giveAddresses } from './addresses.ts';
import { type InstanceInner, instance } from './noun.ts';
import { beginForInstance } from './record.ts';
import { checkZone } from './rules.ts';
import { createInstance } from './tasks.ts';
import { newInstance } from './view.ts';

/** CreateInstances: one operation per instance (F82), all with the same settings (F107), all or none. */
export const createInstances = async (
  ctx: Context,
  input: CreateInstancesRequest,
): Promise<{ operations: Operation[] }> => {
  const choice = choose(ctx, input);
  await checkOffered(ctx, choice.blueprint);
  const launch = await prepareLaunch(ctx, input);
  return ctx.write(async (tx) => {
    const operations: Operation[] = [];
    for (const launched of await launch(tx, choice)) {
      operations.push(await beginForInstance(tx, ctx, launched, 'CreateInstance', createInstance, {}));
    }
    return { operations };
  });
};

/** What a launch says whatever the instances begin as. */
type LaunchInput = Pick<
  CreateInstancesRequest,
  'instanceNames' | 'availabilityZone' | 'userData' | 'keyPairName' | 'tags' | 'addOns'
>;

/** What the instances are to be. */
export interface Choice {
  readonly blueprint: Blueprint;
  readonly bundle: Bundle;
  readonly ipAddressType: IpAddressType;
}

/**
 * Checks the input, and answers with what adds the rows of the instances in a transaction. It leaves it to the caller to record
 * operations and to enqueue what makes the machines.
 */
export const prepareLaunch = async (
  ctx: Context,
  input: LaunchInput,
): Promise<(tx: Tx, choice: Choice) => Promise<Resource<Instance, InstanceInner>[]>> => {
  const names = checkNames(input.instanceNames);
  checkZone(input.availabilityZone, ctx.catalogue.zones(ctx.scope.region), ctx.scope.region);
  const addOns = readAddOns(ctx, input.addOns);
  const tags = checkTags(input.tags);
  // Making a key takes a while, so it happens before the transaction; F116.
  const keyPairName = input.keyPairName === defaultKeyPairName ? undefined : input.keyPairName;
  const freshKeyPair = keyPairName === undefined ? await prepareDefaultKeyPair(ctx) : undefined;

  return async (tx, { blueprint, bundle, ipAddressType }) => {
    await checkQuota(tx, ctx, 'Instance', 'Instances', ctx.catalogue.quota('instancesPerAccount'), names.length);
    const keyPair = await chooseKeyPair(tx, ctx, keyPairName, freshKeyPair);
    const launched: Resource<Instance, InstanceInner>[] = [];
    for (const name of names) {
      const id = ctx.ids.uuid();
      const authority = newAuthority();
      const body = newInstance(ctx, {
        id,
        name,
        zone: input.availabilityZone,
        blueprint,
        bundle,
        keyPairName: keyPair.body.name ?? '',
        ipAddressType,
        addresses: await giveAddresses(tx, ctx, id, ipAddressType),
        addOns,
        tags,
      });
      const inner: InstanceInner = {
        platform: blueprint.platform === 'WINDOWS' ? 'WINDOWS' : 'LINUX_UNIX',
        defaultKeyPair: keyPairName === undefined,
        authorizedKey: keyPair.inner.publicKey,
        userAuthority: authority.publicKey,
        knownHostKeys: {},
        ...plansOf(ctx, body),
      };
      const added = await addResource(tx, ctx, instance, id, body, inner);
      launched.push(added);
      await followAll(tx, ctx, added);
      await putSecret(tx, ctx.seal, id, 'authority', authority.privateKeyPem);
      if (input.userData !== undefined) await putSecret(tx, ctx.seal, id, 'userData', input.userData);
      if (blueprint.platform === 'WINDOWS') await keepPassword(tx, ctx, id, keyPair.inner.publicKey);
    }
    return launched;
  };
};

const checkNames = (names: readonly string[]): readonly string[] => {
  if (names.length === 0) throw invalidInput('At least one instance name is needed.');
  for (const name of names) {
    if (!isResourceName(name)) throw invalidName(name);
  }
  const once = new Set<string>();
  const twice = new Set(names.filter((name) => once.size === once.add(name).size));
  if (twice.size > 0) throw namesInUse([...twice]);
  return names;
};

/** Throws when the catalogue has no such blueprint or bundle, or one does not go with the other (F90, F95, F96, F108, F110). */
const choose = (ctx: Context, { blueprintId, bundleId, ipAddressType }: CreateInstancesRequest): Choice => {
  const blueprint: Blueprint | undefined = ctx.catalogue.blueprint(blueprintId);
  if (blueprint === undefined) throw notFound('Blueprint');
  const bundle: Bundle | undefined = ctx.catalogue.bundle(bundleId);
  if (bundle === undefined) throw notFound('Bundle');
  checkLaunch(bundle, blueprint, ipAddressType);
  return { blueprint, bundle, ipAddressType: ipAddressType ?? ipAddressTypes(bundle)[0] };
};

const chooseKeyPair = (
  tx: Tx,
  ctx: Context,
  name: string | undefined,
  fresh: Awaited<ReturnType<typeof prepareDefaultKeyPair>>,
) => (name === undefined ? defaultKeyPair(tx, ctx, fresh) : findKeyPair(tx, ctx.scope, name));

/** F145, F148: the Administrator's first password, and the same for the holder of the key pair only. */
const keepPassword = async (tx: Tx, ctx: Context, id: string, publicKey: string): Promise<void> => {
  if (!publicKey.startsWith('ssh-rsa ')) {
    throw invalidInput(
      'The key pair cannot be used with a Windows blueprint.',
      'The Administrator password is encrypted with the key pair, which only an ssh-rsa key can do.',
    );
  }
  const password = newWindowsPassword(ctx.ids.bytes);
  await putSecret(tx, ctx.seal, id, 'password', password);
  await putSecret(tx, ctx.seal, id, 'ciphertext', encryptPassword(password, publicKey));
};
