import { ApiError } from '../../errors.ts';

/** A policy that is none. `what` is a sentence for whoever wrote it. */
export const malformed = (what: string): ApiError => new ApiError('MalformedPolicyDocument', what);
