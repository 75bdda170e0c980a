import { ApiError } from '../errors.ts';
import type { Session, Sessions } from '../iam/sessions.ts';
import {
  type Call,
  type Door,
  type Front,
  failureOf,
  type Incoming,
  mediaType,
  type Outcome,
  userAgentOf,
} from './front.ts';
import { queryError } from './query-errors.ts';
import { queryText, readQueryCall } from './query-pairs.ts';
import type { Verify } from './sigv4.ts';
import { headerOf } from './sigv4-canonical.ts';

type Parameters = ReadonlyMap<string, string>;
type Action = (sessions: Sessions, call: Call, given: Parameters) => Promise<object>;

const version = '2011-06-15';
const namespace = `https://sts.amazonaws.com/doc/${version}/`;

/** What tools call before anything else. Members of the answers are in the order that the service has them. */
const actions: Readonly<Record<string, Action>> = {
  // Nobody may be kept from it.
  GetCallerIdentity: async (_sessions, { credential: { principal } }) => ({
    UserId: principal.userId,
    Account: principal.account,
    Arn: principal.arn,
  }),

  AssumeRole: async (sessions, call, given) => {
    const session = await sessions.assumeRole(call, {
      roleArn: needed(given, 'RoleArn', /^[ -~]{20,2048}$/),
      sessionName: needed(given, 'RoleSessionName', /^[\w+=,.@-]{2,64}$/),
      duration: seconds(given),
      policy: given.get('Policy'),
      policyArns: [...given].filter(([name]) => /^PolicyArns\.member\.\d+\.arn$/.test(name)).map(([, arn]) => arn),
      externalId: given.get('ExternalId'),
    });
    const { arn, userId } = session.credential.principal;
    return { ...credentialsOf(session), AssumedRoleUser: { AssumedRoleId: userId, Arn: arn } };
  },

  GetSessionToken: async (sessions, call, given) => credentialsOf(await sessions.sessionToken(call, seconds(given))),
};

/** Who asks who they are changes nothing, and every tool asks. */
export const isReadingOfSts = (action: string): boolean => action === 'GetCallerIdentity';

/** The part of STS that hands out temporary credentials. Its answers are those of its JSON names; the front writes them as XML. */
export const createStsDoor = (sessions: Sessions): Door => ({
  service: 'sts',
  targetPrefix: 'AWSSecurityTokenService',
  has: (operation) => Object.hasOwn(actions, operation),
  async invoke(call) {
    const given = new Map(Object.entries(call.payload).map(([name, value]) => [name, String(value)]));
    return JSON.stringify(await actions[call.operation]!(sessions, call, given));
  },
});

/** AWS Query with answers in XML: `POST /` with a form, or a GET, of STS's version. Never rejects. */
export const createStsFront = (door: Door, verify: Verify): Front => {
  const answer = async (request: Incoming): Promise<Outcome> => {
    const seen: { -readonly [K in 'operation' | 'account' | 'region']?: string } = {};
    const { requestId, remoteAddress } = request;
    try {
      const { action = '', parameters } = readQueryCall(request);
      if (!door.has(action)) {
        throw new ApiError('InvalidAction', `Could not find operation ${action.slice(0, 64)} for version ${version}`);
      }
      seen.operation = action;
      const { credential, region } = await verify(request, door.service);
      seen.account = credential.account;
      seen.region = region;
      const payload = Object.fromEntries(parameters);
      const userAgent = userAgentOf(request);
      const body = await door.invoke({
        operation: action,
        payload,
        region,
        credential,
        requestId,
        remoteAddress,
        userAgent,
      });
      const text = xml({ [`${action}Result`]: JSON.parse(body) as object, ResponseMetadata: { RequestId: requestId } });
      return { answer: { status: 200, type, headers, body: wrapped(`${action}Response`, text) }, ...seen };
    } catch (error) {
      return { ...failed(error, requestId), ...seen };
    }
  };
  return (request) => (isSts(request) ? answer(request) : undefined);
};

const type = 'text/xml';
const headers = ['Cache-Control', 'no-store'];

/** The error as STS writes it; a fault of ours is told apart, and its cause is in the log. */
const failed = (error: unknown, requestId: string): Outcome => {
  const outcome = failureOf(error, requestId);
  const { code, message, status } =
    error instanceof ApiError
      ? namedAsSts(queryError(error))
      : new ApiError('InternalFailure', 'Something went wrong inside Lateen.');
  const Type = status < 500 ? 'Sender' : 'Receiver';
  const body = wrapped('ErrorResponse', xml({ Error: { Type, Code: code, Message: message }, RequestId: requestId }));
  return { ...outcome, answer: { status, type, headers, body, error: code } };
};

/** Names that STS has of its own. */
const namedAsSts = (error: ApiError): ApiError =>
  error.code === 'AccessDeniedException' ? new ApiError('AccessDenied', error.message, { status: 403 }) : error;

const form = 'application/x-www-form-urlencoded';

/** What says that it is for STS: its version, or the service that it is signed for. */
const isSts = (request: Incoming): boolean => {
  const { method, target, rawHeaders, body } = request;
  const isForm = method === 'POST' && mediaType(rawHeaders) === form;
  if (method !== 'GET' && !isForm) return false;
  const text = isForm ? `${queryText(target)}&${body.toString('latin1')}` : queryText(target);
  if (!/(^|&)Action=/.test(text)) return false;
  const signed = /Credential=[^/\s]+\/\d{8}\/[\w-]+\/sts\//.test(headerOf(rawHeaders, 'authorization') ?? '');
  return signed || text.split('&').includes(`Version=${version}`) || /%2F\d{8}%2F[\w-]+%2Fsts%2F/i.test(text);
};

const needed = (given: Parameters, name: string, form: RegExp): string => {
  const value = given.get(name);
  if (value !== undefined && form.test(value)) return value;
  throw new ApiError(
    'ValidationError',
    `1 validation error detected: Value ${value === undefined ? 'null' : `'${value}'`} at '${name[0]!.toLowerCase()}${name.slice(1)}' failed to satisfy constraint: Member must ${value === undefined ? 'not be null' : `satisfy regular expression pattern: ${form.source}`}`,
  );
};

const seconds = (given: Parameters): number | undefined => {
  const text = given.get('DurationSeconds');
  return text === undefined ? undefined : Number(needed(given, 'DurationSeconds', /^\d{1,9}$/));
};

const credentialsOf = ({ credential, expiration }: Session): object => ({
  Credentials: {
    AccessKeyId: credential.accessKeyId,
    SecretAccessKey: credential.secret,
    SessionToken: credential.sessionToken,
    Expiration: new Date(expiration).toISOString().replace(/\.\d+/, ''),
  },
});

const wrapped = (name: string, inner: string): string => `<${name} xmlns="${namespace}">${inner}</${name}>\n`;

const xml = (value: object): string =>
  Object.entries(value as Record<string, unknown>)
    .map(([name, of]) => `<${name}>${typeof of === 'object' && of !== null ? xml(of) : escaped(String(of))}</${name}>`)
    .join('');

/** What XML 1.0 cannot hold is left out. */
const escaped = (text: string): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must go
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
    .replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
