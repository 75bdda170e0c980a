import { hash } from 'node:crypto';
import type { HeaderMap } from '../../api/sigv4-canonical.ts';
import type { ServedBucket } from '../../engines/buckets.ts';
import { invalidArgument, S3Error } from './errors.ts';
import { type Element, xmlDocument } from './xml.ts';
import { childrenOf, parseXml, textOf } from './xml-parse.ts';

const everyone = 'http://acs.amazonaws.com/groups/global/AllUsers';

/** The canonical user id of an account: S3 names owners by it and never tells the account. */
export const canonicalId = (account: string): string => hash('sha256', `canonical user ${account}`, 'hex');

export const ownerElements = (account: string): readonly Element[] => [
  ['ID', canonicalId(account)],
  ['DisplayName', account],
];

/** Canned ACLs by whether everyone may read. The others of S3 are not a Lightsail bucket's to give (F383, F384). */
const canned: Readonly<Record<string, boolean>> = {
  private: false,
  'bucket-owner-read': false,
  'bucket-owner-full-control': false,
  'public-read': true,
};
const notAllowed: ReadonlySet<string> = new Set([
  'public-read-write',
  'authenticated-read',
  'aws-exec-read',
  'log-delivery-write',
]);

/** A grantee and what it is granted. */
interface Grant {
  readonly to: { readonly id?: string | undefined; readonly uri?: string | undefined };
  readonly permission: string;
}

/**
 * Whether the ACL in the headers lets everyone read; undefined when they have none. Throws AccessDenied for what the bucket's rules do
 * not allow, InvalidArgument for what is none.
 */
export const aclOfHeaders = (headers: HeaderMap, bucket: ServedBucket): boolean | undefined => {
  const name = headers.get('x-amz-acl');
  const grants = [...headers].filter(([header]) => header.startsWith('x-amz-grant-'));
  if (name !== undefined && grants.length > 0) {
    throw new S3Error('InvalidRequest', { message: 'Specifying both Canned ACLs and Header Grants is not allowed' });
  }
  if (name !== undefined) return allowed(bucket, publicReadOf(name));
  if (grants.length === 0) return undefined;
  return allowed(
    bucket,
    publicReadOfGrants(
      bucket,
      grants.flatMap(([header, value]) => grantsOf(header, value)),
    ),
  );
};

/** Whether the ACL of a body (AccessControlPolicy) lets everyone read. Throws MalformedACLError and AccessDenied. */
export const aclOfBody = (body: Buffer, bucket: ServedBucket): boolean => {
  const [list] = childrenOf(parseXml(body, 'AccessControlPolicy'), 'AccessControlList');
  if (list === undefined) throw new S3Error('MalformedACLError');
  const grants = childrenOf(list, 'Grant').map((grant): Grant => {
    const [to] = childrenOf(grant, 'Grantee');
    const permission = textOf(grant, 'Permission');
    if (to === undefined || permission === undefined) throw new S3Error('MalformedACLError');
    return { to: { id: textOf(to, 'ID'), uri: textOf(to, 'URI') }, permission };
  });
  return allowed(bucket, publicReadOfGrants(bucket, grants));
};

/** The ACL of an object, as a document. */
export const aclDocument = ({ account }: ServedBucket, publicRead: boolean): string => {
  const xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type';
  const grants: Element[] = [
    [
      'Grant',
      [
        [`Grantee ${xsi}="CanonicalUser"`, ownerElements(account)],
        ['Permission', 'FULL_CONTROL'],
      ],
    ],
  ];
  if (publicRead) {
    grants.push([
      'Grant',
      [
        [`Grantee ${xsi}="Group"`, [['URI', everyone]]],
        ['Permission', 'READ'],
      ],
    ]);
  }
  return xmlDocument('AccessControlPolicy', [
    ['Owner', ownerElements(account)],
    ['AccessControlList', grants],
  ]);
};

export const publicReadOf = (name: string): boolean => {
  if (notAllowed.has(name)) throw new S3Error('AccessDenied');
  if (!Object.hasOwn(canned, name)) throw invalidArgument('The canned ACL is not one of S3', 'x-amz-acl', name);
  return canned[name]!;
};

/** An object is made public only in a bucket that allows it. */
export const allowed = ({ accessRules }: ServedBucket, publicRead: boolean): boolean => {
  if (publicRead && accessRules.getObject !== 'public' && !accessRules.allowPublicOverrides)
    throw new S3Error('AccessDenied');
  return publicRead;
};

/** `x-amz-grant-read: uri="...", id="..."` */
const grantsOf = (header: string, value: string): readonly Grant[] =>
  value.split(',').map((item) => {
    const [, kind, to] = /^\s*(id|uri|emailAddress)\s*=\s*"?([^"]*)"?\s*$/i.exec(item) ?? [];
    if (to === undefined) throw invalidArgument('Argument format not recognized', header, value);
    const permission = header.slice('x-amz-grant-'.length).toUpperCase().replaceAll('-', '_');
    return { to: kind?.toLowerCase() === 'uri' ? { uri: to } : { id: to }, permission };
  });

/** Everyone may be granted to read; the owner has everything anyway, and nobody else can be granted anything. */
const publicReadOfGrants = ({ account }: ServedBucket, grants: readonly Grant[]): boolean => {
  let publicRead = false;
  for (const { to, permission } of grants) {
    if (to.uri === everyone && permission === 'READ') publicRead = true;
    else if (to.id !== canonicalId(account)) throw new S3Error('AccessDenied');
  }
  return publicRead;
};
