import type { ContactMethod, ContactProtocol } from '../../api/generated/types.ts';
import type { Noun, Resource } from '../resource.ts';

/** What Lateen knows of a contact method beside what it shows. Its secret: `verification`, the end of the link that was sent last. */
export interface ContactMethodInner {
  /** Until when the link holds, in ms of Lateen's clock; absent where there is nothing to verify. */
  readonly verifyBy?: number | undefined;
}

export type ContactMethodResource = Resource<ContactMethod, ContactMethodInner>;

export const contactMethod: Noun<ContactMethod, ContactMethodInner> = {
  kind: 'ContactMethod',
  shape: 'ContactMethod',
  state: (body) => body.status ?? 'unknown',
};

/** A Region has one of each protocol (F505), so the protocol is all that tells them apart. */
export const nameOf = (protocol: ContactProtocol): string => `ContactMethod-${protocol}`;
