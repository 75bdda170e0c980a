/** A letter in plain text. `id` is the same when the same letter goes out again, so that readers show one. */
export interface Letter {
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** What goes out by e-mail. */
export interface Mailer {
  /** Resolves when the server has taken the letter, and at once where there is no server: then nothing is sent. Throws when it does not take it. */
  send(letter: Letter): Promise<void>;
}

export interface MailerOptions {
  /** `smtp://` or `smtps://`, with user and password when the server wants some. */
  readonly smtp?: string | undefined;
  readonly from: string;
}

const patienceMs = 10_000;

const connect = async (smtp: string) => {
  const { createTransport } = await import('nodemailer');
  return createTransport({
    url: smtp,
    connectionTimeout: patienceMs,
    greetingTimeout: patienceMs,
    socketTimeout: patienceMs,
  });
};

export const createMailer = ({ smtp, from }: MailerOptions): Mailer => ({
  async send({ id, to, subject, text }) {
    if (smtp === undefined) return;
    const transport = await connect(smtp);
    try {
      await transport.sendMail({ from, to, subject, text, messageId: `<${id}@${domainOf(from)}>` });
    } finally {
      transport.close();
    }
  },
});

/** Whether the server lets us in. Throws with its reason when it does not. */
export const checkServer = async (smtp: string): Promise<void> => {
  const transport = await connect(smtp);
  try {
    await transport.verify();
  } finally {
    transport.close();
  }
};

const domainOf = (address: string): string => /@([^@>\s]+)/.exec(address)?.[1] ?? 'localhost';
