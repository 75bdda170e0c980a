import type { BucketDesk, Right, ServedBucket, Visitor } from '../../engines/buckets.ts';

const all: readonly Right[] = ['list', 'read', 'write'];
const reading: readonly Right[] = ['list', 'read'];
const none: readonly Right[] = [];

/** What somebody may do with all objects of a bucket: the owner, its keys and its instances everything, others to read (F380, F394). */
const rightsOf = (visitor: Visitor, bucket: ServedBucket): readonly Right[] => {
  switch (visitor.kind) {
    case 'account':
      if (visitor.account === bucket.account) return all;
      return bucket.readers.includes(visitor.account) ? reading : none;
    case 'bucket':
      return visitor.bucket === bucket.id ? all : none;
    case 'instance':
      return bucket.instances.includes(visitor.instance) ? all : none;
    case 'anyone':
      return none;
  }
};

/** Who may do what. What is public may be read by everyone, and never be listed (F383, F384). */
export const may: BucketDesk['may'] = (visitor, right, bucket, { publicRead } = { publicRead: false }) =>
  rightsOf(visitor, bucket).includes(right) || (right === 'read' && isPublic(bucket, publicRead));

const isPublic = ({ accessRules }: ServedBucket, publicRead: boolean): boolean =>
  accessRules.getObject === 'public' || (publicRead && accessRules.allowPublicOverrides);
