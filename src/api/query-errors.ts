import { ApiError, type ErrorCode } from '../errors.ts';

/** Errors whose names AWS Query writes otherwise than AWS JSON, and their status (query-get 3). All others are the same. */
const names: Partial<Record<ErrorCode, readonly [name: ErrorCode, status: number]>> = {
  ExpiredTokenException: ['ExpiredToken', 403],
  IncompleteSignatureException: ['IncompleteSignature', 400],
  InvalidSignatureException: ['SignatureDoesNotMatch', 403],
  MissingAuthenticationTokenException: ['MissingAuthenticationToken', 403],
  SerializationException: ['InvalidParameterValue', 400],
  UnknownOperationException: ['InvalidAction', 400],
  UnrecognizedClientException: ['InvalidClientTokenId', 403],
};

/** The same error as callers of AWS Query know it. */
export const queryError = (error: ApiError): ApiError => {
  const { code, message, reason } = error;
  if (reason === 'expired') return new ApiError('RequestExpired', message);
  const [name, status] = names[code] ?? [];
  return name === undefined ? error : new ApiError(name, message, { status });
};
