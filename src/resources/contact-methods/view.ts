import type { ContactMethod } from '../../api/generated/types.ts';
import type { ContactMethodResource } from './noun.ts';

/** F511: as it is now. An address whose link was not followed in time is Invalid until another is sent. */
export const shown = ({ body, inner }: ContactMethodResource, now: number): ContactMethod =>
  body.status === 'PendingVerification' && now >= (inner.verifyBy ?? 0) ? { ...body, status: 'Invalid' } : body;
