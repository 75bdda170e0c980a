import type { ApiError, ErrorCode } from '../errors.ts';

/** The media type of AWS JSON 1.1, without a charset as AWS sends it. */
export const awsJson = 'application/x-amz-json-1.1';

/** An answer before it has a request id and a date. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  /** The exception's name, for `x-amzn-ErrorType` and the log. */
  readonly error?: string;
  /** Name, value, name, value ... beside those that every answer has. */
  readonly headers?: readonly string[];
}

/** The exceptions that the API's model declares: they have the members code, docs, message and tip. */
const modelled: ReadonlySet<ErrorCode> = new Set([
  'AccessDeniedException',
  'AccountSetupInProgressException',
  'InvalidInputException',
  'NotFoundException',
  'OperationFailureException',
  'RegionSetupInProgressException',
  'ServiceException',
  'UnauthenticatedException',
]);

/**
 * Clients take the name of an exception from `__type`, from `code` or from whichever stands last, so both hold it and
 * `__type` stands last. An empty message is left out, as UnknownOperationException has none.
 */
const errorBody = ({ code, docs, message, tip }: ApiError): string => {
  const text = message === '' ? undefined : message;
  if (modelled.has(code)) return JSON.stringify({ code, docs, message: text, tip, __type: code });
  // The one exception whose text AWS sends under a capital letter.
  const Message = code === 'SerializationException' ? text : undefined;
  return JSON.stringify({ Message, message: text, __type: code });
};

export const errorAnswer = (error: ApiError): Answer => ({
  status: error.status,
  type: awsJson,
  body: errorBody(error),
  error: error.code,
});

/** What AWS answers to a request that names no service. */
export const xmlError = (status: number, error: ErrorCode, message?: string): Answer => ({
  status,
  type: 'application/xml',
  body: message === undefined ? `<${error}/>\n` : `<${error}>\n  <Message>${message}</Message>\n</${error}>\n`,
  error,
});
