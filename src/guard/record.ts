import type { Credential } from '../iam/keyring.ts';

/** One call as it goes into the audit log. `request` and `response` are JSON texts without secrets. */
export interface AuditEvent {
  /** `lightsail.amazonaws.com` */
  readonly source: string;
  readonly operation: string;
  readonly readOnly: boolean;
  /** Keys of buckets and of instances stand for no principal. */
  readonly caller: Pick<Credential, 'account' | 'arn' | 'accessKeyId'> & Partial<Pick<Credential, 'principal'>>;
  readonly region: string;
  readonly remoteAddress: string;
  readonly userAgent: string;
  readonly requestId: string;
  readonly request: string;
  /** Only of what went well. */
  readonly response?: string | undefined;
  readonly error?: { readonly code: string; readonly message: string } | undefined;
  readonly resources: readonly AuditResource[];
  /** `Data` for what is done to single objects; `Management` when absent. */
  readonly category?: 'Data' | 'Management' | undefined;
  /** What only this service tells. */
  readonly additional?: Readonly<Record<string, string>> | undefined;
}

export interface AuditResource {
  readonly name: string;
  /** A kind of resource, or a type of CloudTrail's. */
  readonly type?: string | undefined;
  readonly arn?: string | undefined;
  /** Whose it is; the caller's when absent. */
  readonly account?: string | undefined;
}

/** A record in CloudTrail's form, as far as one reads it. */
export interface AuditRecord {
  readonly eventTime: string;
  readonly eventSource: string;
  readonly eventName: string;
  readonly awsRegion: string;
  readonly sourceIPAddress: string;
  readonly userAgent: string;
  readonly errorCode?: string;
  readonly errorMessage?: string;
  readonly userIdentity: Identity;
  readonly requestID: string;
  readonly resources?: readonly { readonly ARN?: string; readonly type?: string; readonly name?: string }[];
  readonly [member: string]: unknown;
}

export interface Identity {
  readonly type: string;
  readonly principalId: string;
  readonly arn: string;
  readonly accountId: string;
  readonly accessKeyId: string;
  readonly userName?: string;
  readonly sessionContext?: object;
}

const eventVersion = '1.11';

/** Longer ones are left out, as CloudTrail does it. */
const longestPart = 16 * 1024;
const longestLine = 1024;

/** The JSON text of an event in CloudTrail's record format. `at` is in ms, on the clock of the machine. */
export const recordText = (event: AuditEvent, eventId: string, at: number): string => {
  const { caller, error, category = 'Management', additional } = event;
  const head = {
    eventVersion,
    userIdentity: identityOf(caller),
    eventTime: new Date(at).toISOString().replace(/\.\d{3}/, ''),
    eventSource: event.source,
    eventName: event.operation,
    awsRegion: event.region,
    sourceIPAddress: event.remoteAddress,
    userAgent: event.userAgent.slice(0, longestLine),
    ...(error === undefined ? {} : { errorCode: error.code, errorMessage: error.message.slice(0, longestLine) }),
  };
  const tail = {
    ...(additional === undefined ? {} : { additionalEventData: additional }),
    requestID: event.requestId,
    eventID: eventId,
    readOnly: event.readOnly,
    ...(event.resources.length === 0 ? {} : { resources: event.resources.map((each) => resourceOf(each, caller)) }),
    eventType: 'AwsApiCall',
    managementEvent: category === 'Management',
    recipientAccountId: caller.account,
    eventCategory: category,
  };
  const middle = `"requestParameters":${part(event.request)},"responseElements":${part(event.response ?? 'null')}`;
  return `${JSON.stringify(head).slice(0, -1)},${middle},${JSON.stringify(tail).slice(1)}`;
};

const part = (text: string): string => (text.length > longestPart ? '{"omitted":true}' : text);

const resourceOf = ({ name, type, arn, account }: AuditResource, caller: AuditEvent['caller']) => ({
  ...(arn === undefined ? {} : { ARN: arn }),
  accountId: account ?? caller.account,
  ...(type === undefined ? {} : { type: type.includes('::') ? type : `AWS::Lightsail::${type}` }),
  name,
});

/** Who it was: an account's root, a user, or a role that somebody has taken. */
const identityOf = ({ account, arn, accessKeyId, principal }: AuditEvent['caller']): Identity => {
  if (principal === undefined) {
    const type = arn.includes(':assumed-role/') ? 'AssumedRole' : 'IAMUser';
    const userName = arn.slice(arn.lastIndexOf('/') + 1);
    return { type, principalId: accessKeyId, arn, accountId: account, accessKeyId, userName };
  }
  const { kind, userId: principalId, identity } = principal;
  const common = { principalId, arn, accountId: account, accessKeyId };
  if (kind === 'root') return { type: 'Root', ...common };
  const userName = identity?.name ?? '';
  if (kind === 'user') return { type: 'IAMUser', ...common, userName };
  const issuer = { type: 'Role', principalId: identity?.id, arn: identity?.arn, accountId: account, userName };
  return { type: 'AssumedRole', ...common, sessionContext: { sessionIssuer: issuer } };
};
