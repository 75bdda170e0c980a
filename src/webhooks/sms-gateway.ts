import { post } from './post.ts';

/** A text message, to a number in E.164. */
export interface TextMessage {
  readonly to: string;
  readonly text: string;
}

/** What goes out by SMS. */
export interface SmsGateway {
  /** Resolves when the gateway has taken the message, and at once where there is none: then nothing is sent. Throws when it does not take it. */
  send(message: TextMessage): Promise<void>;
}

/** `url` takes a POST of `{"to", "text"}`. */
export const createSmsGateway = (url: string | undefined): SmsGateway => ({
  async send({ to, text }) {
    if (url !== undefined) await post({ url, body: JSON.stringify({ to, text }), whom: 'The SMS gateway' });
  },
});
