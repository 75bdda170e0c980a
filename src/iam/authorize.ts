import type { OperationName } from '../api/generated/operations.ts';
import { ApiError } from '../errors.ts';
import type { Credential } from './keyring.ts';

/** Who asks, and from where: a call of any door has all of it. */
export interface Asker {
  readonly credential: Credential;
  readonly region: string;
  readonly remoteAddress: string;
}

/**
 * Whether the asker may do a Lightsail operation with this input, which was validated. Every door asks it before the handler runs.
 * Rejects with AccessDeniedException.
 */
export type AuthorizeOperation = (asker: Asker, operation: OperationName, input: object) => Promise<void>;

/** Root may do everything, and nobody else has a policy that says what they may. */
export const createAuthorize = (): AuthorizeOperation => async (asker, operation) => {
  const { kind, arn } = asker.credential.principal;
  if (kind === 'root') return;
  throw denied(arn, `lightsail:${operation}`, '*', 'because no identity-based policy allows the action');
};

/** The sentence of AWS (sigv4-and-errors.md, `not permitted`). */
const denied = (arn: string, action: string, resource: string, because: string): ApiError =>
  new ApiError(
    'AccessDeniedException',
    `User: ${arn} is not authorized to perform: ${action} on resource: ${resource} ${because}`,
  );
