import { createHmac } from 'node:crypto';
import { post } from './post.ts';

/** What is told, as JSON. `id` is the same when the same thing is told again. */
export interface Event {
  readonly id: string;
  /** What it is about: an alarm, or the verification of an e-mail address. */
  readonly type: 'Alarm' | 'ContactMethodVerification';
  readonly account: string;
  readonly region: string;
  /** When it happened, as in 2026-11-21T10:00:00.000Z. */
  readonly time: string;
  readonly detail: object;
}

/** Where everything goes that people are notified of, for programs. */
export interface Webhook {
  /** Resolves when the receiver has taken it, and at once where there is none. Throws when it does not take it. */
  send(event: Event): Promise<void>;
}

export interface WebhookOptions {
  readonly url?: string | undefined;
  /** What the receiver knows Lateen by; nothing is signed without. */
  readonly secret?: string | undefined;
}

/** `sha256=` and the HMAC-SHA-256 of the body under the secret, in hex. */
export const signatureOf = (body: string, secret: string): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

export const createWebhook = ({ url, secret }: WebhookOptions): Webhook => ({
  async send(event) {
    if (url === undefined) return;
    const body = JSON.stringify(event);
    const signature = secret === undefined ? {} : { 'x-lateen-signature': signatureOf(body, secret) };
    await post({ url, body, headers: { 'x-lateen-event': event.id, ...signature }, whom: 'The webhook' });
  },
});
