import { ApiError, type ErrorCode } from '../../errors.ts';
import type { Outcome } from '../front.ts';

/** A refusal in ByCloud's own words. */
export class ByCloudError extends Error {
  readonly status: number;
  /** What of the request is wrong; `message` is the general text of the status. */
  readonly details: string | undefined;
  readonly headers: readonly string[];

  constructor(
    status: number,
    details?: string,
    { message, headers = [] }: { message?: string; headers?: readonly string[] } = {},
  ) {
    super(message ?? messages[status] ?? '');
    this.status = status;
    this.details = details;
    this.headers = headers;
  }
}

/** The documented texts (bycloud.md 1). */
const messages: Readonly<Record<number, string>> = {
  400: 'Invalid request parameters',
  401: 'Authentication required or token invalid',
  403: 'Insufficient permissions',
  404: 'Resource not found',
  405: 'Method not allowed',
  409: 'Resource conflict',
  413: 'Request body too large',
  429: 'Rate limit exceeded',
  500: 'Internal server error',
  503: 'Service Unavailable',
};

export const invalid = (details: string): ByCloudError => new ByCloudError(400, details);

/** All that is not here is the caller's fault in the request: 400. */
const statuses: Partial<Record<ErrorCode, number>> = {
  AccessDeniedException: 403,
  InternalFailure: 500,
  NotFoundException: 404,
  OperationFailureException: 500,
  RequestEntityTooLargeException: 413,
  ServiceException: 500,
  ThrottlingException: 429,
  UnauthenticatedException: 401,
};

/** How a route tells of an ApiError, where it is not as usual. */
export interface Telling {
  /** The message of a conflict. */
  readonly conflict?: string | undefined;
  /** The status of a NotFoundException: what the body names is no resource of the path. */
  readonly notFound?: number | undefined;
}

/** The status and texts of whatever was thrown. */
export const byCloudError = (error: unknown, { conflict, notFound }: Telling = {}): ByCloudError => {
  if (error instanceof ByCloudError) return error;
  if (!(error instanceof ApiError)) return new ByCloudError(500);
  const { code, message, reason, tip } = error;
  const details = [message, tip].filter(Boolean).join(' ');
  if (reason === 'unavailable') return new ByCloudError(503, details);
  if (reason === 'conflict' || reason === 'quota') {
    return new ByCloudError(409, details, conflict === undefined ? {} : { message: conflict });
  }
  if (code === 'NotFoundException') return new ByCloudError(notFound ?? 404, details);
  return new ByCloudError(statuses[code] ?? 400, details);
};

const type = 'application/json';

/** What is shown is for its caller alone. */
const headers = ['Cache-Control', 'no-store'];

export const answerOf = (status: number, body: object | undefined, more: readonly string[] = []): Outcome => ({
  answer: { status, type, body: body === undefined ? '' : JSON.stringify(body), headers: [...headers, ...more] },
});

/** The error object that every refusal is (bycloud.md 1). */
export const refusalOf = (error: ByCloudError, requestId: string, more: readonly string[]): Outcome => {
  const { status: code, message, details } = error;
  const own = code === 401 ? ['WWW-Authenticate', 'Bearer'] : [];
  return answerOf(code, { error: { code, message, ...(details ? { details } : {}), request_id: `req-${requestId}` } }, [
    ...own,
    ...error.headers,
    ...more,
  ]);
};
