/** The eight exceptions of the model, and the common ones of AWS JSON services and of AWS Query, which has names without `Exception`. */
export type ErrorCode =
  | 'AccessDenied'
  | 'AccessDeniedException'
  | 'AccountSetupInProgressException'
  | 'ExpiredToken'
  | 'ExpiredTokenException'
  | 'IncompleteSignature'
  | 'IncompleteSignatureException'
  | 'InternalFailure'
  | 'InvalidAction'
  | 'InvalidClientTokenId'
  | 'InvalidInputException'
  | 'InvalidParameterValue'
  | 'InvalidQueryParameter'
  | 'InvalidSignatureException'
  | 'MalformedHttpRequestException'
  | 'MalformedPolicyDocument'
  | 'MalformedQueryString'
  | 'MissingAction'
  | 'MissingAuthenticationToken'
  | 'MissingAuthenticationTokenException'
  | 'MissingParameter'
  | 'NotFoundException'
  | 'OperationFailureException'
  | 'RegionSetupInProgressException'
  | 'RequestAbortedException'
  | 'RequestEntityTooLargeException'
  | 'RequestExpired'
  | 'RequestTimeoutException'
  | 'SerializationException'
  | 'ServiceException'
  | 'SignatureDoesNotMatch'
  | 'ThrottlingException'
  | 'UnauthenticatedException'
  | 'UnknownOperationException'
  | 'UnrecognizedClientException'
  | 'ValidationError'
  | 'ValidationException';

/** Every client error is a 400 (reference and every live status seen) but for these. */
const statuses: Partial<Record<ErrorCode, number>> = {
  InternalFailure: 500,
  MalformedQueryString: 404,
  RequestEntityTooLargeException: 413,
  RequestTimeoutException: 408,
  ServiceException: 500,
};

/** Why, where the code is too wide to tell. AWS JSON does not show it; other fronts have words of their own for it. */
export type Reason = 'conflict' | 'expired' | 'quota' | 'unavailable';

interface More {
  readonly docs?: string | undefined;
  readonly tip?: string | undefined;
  readonly status?: number | undefined;
  readonly reason?: Reason | undefined;
}

/** What a caller is told went wrong. Thrown anywhere, rendered in one place per front. */
export class ApiError extends Error {
  readonly code: ErrorCode;
  /** HTTP status of the AWS JSON front. */
  readonly status: number;
  /** Where to read on, and what to do next; both go out in the error body when given. */
  readonly docs: string | undefined;
  readonly tip: string | undefined;
  readonly reason: Reason | undefined;

  constructor(code: ErrorCode, message: string, more: More = {}) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = more.status ?? statuses[code] ?? 400;
    this.docs = more.docs;
    this.tip = more.tip;
    this.reason = more.reason;
  }
}

export const invalidInput = (message: string, tip?: string, reason?: Reason): ApiError =>
  new ApiError('InvalidInputException', message, { tip, reason });

/** `kind` is the word the service uses, mostly the ResourceType (error-messages: `The Instance does not exist`). */
export const notFound = (kind: string): ApiError =>
  new ApiError('NotFoundException', `The ${kind} does not exist`, {
    tip: 'Check the name and the Region of the request: names are looked up in the Region that the request is signed for.',
  });

export const namesInUse = (names: readonly string[]): ApiError =>
  invalidInput(`Some names are already in use: ${names.join(', ')}`, undefined, 'conflict');

export const invalidName = (name: string): ApiError =>
  invalidInput(
    `${name} is not a valid resource name. Resource names must be at least 2 characters long and contain only alphanumerics, -, _, and .`,
  );

/** `what` is the plural the console shows, such as `Instances`; `limit` the quota of the catalogue. */
export const quotaReached = (what: string, limit: number): ApiError =>
  invalidInput(
    `Sorry, you've reached your maximum limit of Lightsail ${what} : ${limit}.\n If you're new to Lightsail, please try again later. If the issue persists, please contact Customer Support.`,
    undefined,
    'quota',
  );

/** A change that the state of the resource does not allow. `verb` reads after 'cannot be', such as `stopped`. */
export const wrongState = (
  kind: string,
  name: string,
  verb: string,
  state: string,
  allowed: readonly string[],
): ApiError =>
  invalidInput(
    `The ${kind} ${name} cannot be ${verb} while its state is ${state}.`,
    `It can be ${verb} when its state is ${allowed.join(' or ')}.`,
    'conflict',
  );

export const throttled = (): ApiError => new ApiError('ThrottlingException', 'Rate exceeded');

export const internalFailure = (requestId: string): ApiError =>
  new ApiError(
    'InternalFailure',
    `Something went wrong inside Lateen. The log has the cause under request ${requestId}.`,
  );
