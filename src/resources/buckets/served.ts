import type { Bucket } from '../../api/generated/types.ts';
import type { Catalogue } from '../../catalogue.ts';
import type { Clock } from '../../clock.ts';
import type { BucketDesk, ServedBucket, Signer } from '../../engines/buckets.ts';
import { type InstanceKeys, roleArnOf } from '../../iam/instance-keys.ts';
import type { Keyring } from '../../iam/keyring.ts';
import { bucketsOf, findBucket, findBucketKey, setBucketKeyUse } from '../../store/records/buckets.ts';
import { findById, type ResourceRow } from '../../store/records/resources.ts';
import { getSecret } from '../../store/records/secrets.ts';
import type { Seal } from '../../store/seal.ts';
import type { Store } from '../../store/store.ts';
import { readResource } from '../resource.ts';
import { may } from './access.ts';
import type { BucketInner } from './noun.ts';

/** A use is not written down again within this time. */
const useMs = 60_000;

export interface DeskOptions {
  readonly store: Store;
  readonly seal: Seal;
  readonly clock: Clock;
  readonly catalogue: Catalogue;
  /** Keys of accounts. */
  readonly keyring: Pick<Keyring, 'find'>;
  readonly instanceKeys: Pick<InstanceKeys, 'open'>;
}

/** Answers from the rows: a bucket by its name and a key by its id, each by one look-up at any number of them. */
export const createBucketDesk = ({ store, seal, clock, catalogue, keyring, instanceKeys }: DeskOptions): BucketDesk => {
  /** The key of a bucket. */
  const bucketSigner = (accessKeyId: string): Promise<Signer | undefined> =>
    store.read(async (tx) => {
      const key = await findBucketKey(tx, accessKeyId);
      if (key?.status !== 'Active') return undefined;
      const row = await findById(tx, key.bucket);
      const secret = await getSecret(tx, seal, key.bucket, accessKeyId);
      if (row === undefined || secret === undefined) return undefined;
      const { account, name } = row;
      const arn = `arn:aws:iam::${account}:user/${name}`;
      return { accessKeyId, secret, account, arn, visitor: { kind: 'bucket', bucket: row.id } };
    });

  /** The key of an instance, which may do what the buckets say that it may now. */
  const instanceSigner = async (accessKeyId: string, sessionToken: string): Promise<Signer | undefined> => {
    const key = instanceKeys.open(accessKeyId, sessionToken);
    const row = key && (await store.read((tx) => findById(tx, key.instance)));
    if (row?.kind !== 'Instance') return undefined;
    const { instance, secret, expiresAt } = key!;
    const { account } = row;
    const arn = roleArnOf(account, instance);
    return { accessKeyId, secret, sessionToken, expiresAt, account, arn, visitor: { kind: 'instance', instance } };
  };

  /** A row that nobody has written to since is the same object. */
  const known = new WeakMap<ResourceRow, ServedBucket>();

  return {
    may,
    async bucketOf(name) {
      const row = await store.read((tx) => findBucket(tx, name));
      if (row === undefined) return undefined;
      const bucket = known.get(row) ?? servedFrom(row, catalogue);
      known.set(row, bucket);
      return bucket;
    },
    bucketsOf: (account) => store.read((tx) => bucketsOf(tx, account)),
    async signerOf(accessKeyId, sessionToken) {
      const credential = await keyring.find(accessKeyId);
      if (credential === undefined)
        return sessionToken === undefined ? bucketSigner(accessKeyId) : instanceSigner(accessKeyId, sessionToken);
      return { ...credential, visitor: { kind: 'account', account: credential.account } };
    },
    async used(accessKeyId, region) {
      const now = clock.now();
      const key = await store.read((tx) => findBucketKey(tx, accessKeyId));
      if (key === undefined || (key.usedRegion === region && now < (key.usedAt ?? 0) + useMs)) return;
      await store.write('bucket-keys', (tx) => setBucketKeyUse(tx, key.id, { at: now, region, service: 's3' }));
    },
  };
};

const servedFrom = (row: ResourceRow, { bucketBundles }: Catalogue): ServedBucket => {
  const { body, inner } = readResource<Bucket, BucketInner>(row);
  const { accessLogConfig: log, accessRules = {}, bundleId } = body;
  const { id, name, account, region } = row;
  const { getObject = 'private', allowPublicOverrides = false } = accessRules;
  return {
    ...{ id, name, account, region },
    accessRules: { getObject, allowPublicOverrides },
    readers: body.readonlyAccessAccounts ?? [],
    instances: (inner.receivers ?? []).map((receiver) => receiver.id),
    versioning: (body.objectVersioning ?? 'NeverEnabled') as ServedBucket['versioning'],
    storageInGb: bucketBundles.find((bundle) => bundle.bundleId === bundleId)?.storagePerMonthInGb ?? 0,
    accessLog: log?.enabled ? { destination: log.destination ?? name, prefix: log.prefix ?? '' } : undefined,
    cors: inner.cors?.rules ?? [],
  };
};
