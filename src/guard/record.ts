import type { Credential } from '../iam/keyring.ts';

/** One call as it goes into the audit log. `request` and `response` are JSON texts without secrets. */
export interface AuditEvent {
  /** `lightsail.amazonaws.com` */
  readonly source: string;
  readonly operation: string;
  readonly readOnly: boolean;
  readonly caller: Pick<Credential, 'account' | 'arn' | 'accessKeyId' | 'principal'>;
  readonly region: string;
  readonly remoteAddress: string;
  readonly userAgent: string;
  readonly requestId: string;
  readonly request: string;
  /** Only of what went well. */
  readonly response?: string | undefined;
  readonly error?: { readonly code: string; readonly message: string } | undefined;
  readonly resources: readonly AuditResource[];
}

export interface AuditResource {
  readonly name: string;
  readonly type?: string | undefined;
  readonly arn?: string | undefined;
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
  const { caller, error } = event;
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
    requestID: event.requestId,
    eventID: eventId,
    readOnly: event.readOnly,
    ...(event.resources.length === 0 ? {} : { resources: event.resources.map((each) => resourceOf(each, caller)) }),
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: caller.account,
    eventCategory: 'Management',
  };
  const middle = `"requestParameters":${part(event.request)},"responseElements":${part(event.response ?? 'null')}`;
  return `${JSON.stringify(head).slice(0, -1)},${middle},${JSON.stringify(tail).slice(1)}`;
};

const part = (text: string): string => (text.length > longestPart ? '{"omitted":true}' : text);

const resourceOf = ({ name, type, arn }: AuditResource, { account }: AuditEvent['caller']) => ({
  ...(arn === undefined ? {} : { ARN: arn }),
  accountId: account,
  ...(type === undefined ? {} : { type: `AWS::Lightsail::${type}` }),
  name,
});

/** Who it was: an account's root, a user, or a role that somebody has taken. */
const identityOf = ({ account, arn, accessKeyId, principal }: AuditEvent['caller']): Identity => {
  const { kind, userId: principalId, identity } = principal;
  const common = { principalId, arn, accountId: account, accessKeyId };
  if (kind === 'root') return { type: 'Root', ...common };
  const userName = identity?.name ?? '';
  if (kind === 'user') return { type: 'IAMUser', ...common, userName };
  const issuer = { type: 'Role', principalId: identity?.id, arn: identity?.arn, accountId: account, userName };
  return { type: 'AssumedRole', ...common, sessionContext: { sessionIssuer: issuer } };
};
