import { Resolver } from 'node:dns';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { defaults } from '../config.ts';

/** What every command that talks to a running Lateen takes. */
export interface CommonOptions {
  readonly data: string;
  readonly json?: boolean;
}

export const dataOption = (command: Command): Command =>
  command.option('--data <directory>', 'the data directory of the Lateen', defaults.data);

export const commonOptions = (command: Command): Command =>
  dataOption(command).option('--json', 'answer in JSON, for programs');

/** `does` is the help's line about it. */
export const engineOption = (does: string): Option =>
  new Option('--engine <name>', does).choices(['simulated', 'incus']).default(defaults.engine);

/** The end of a command's help. */
export const examples = (command: Command, ...lines: readonly string[]): Command =>
  command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`);

/** A parser of whole numbers, for commander. */
export const wholeNumber =
  (min: number, max = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(
      max === Number.MAX_SAFE_INTEGER
        ? `Give a whole number from ${min}.`
        : `Give a whole number from ${min} to ${max}.`,
    );
  };

export const accountId = (text: string): string => {
  if (/^\d{12}$/.test(text)) return text;
  throw new InvalidArgumentError('An account id has 12 digits.');
};

/** An address with or without a port; IPv6 with a port as in `[::1]:53`. */
export const dnsServer = (text: string): string => {
  try {
    new Resolver().setServers([text]);
    return text;
  } catch {
    throw new InvalidArgumentError('Write it like 192.0.2.1 or 192.0.2.1:5353.');
  }
};

/** Standard output, in the form asked for. */
export const print = (json: boolean | undefined, value: object, readable: () => string): void => {
  const text = json ? JSON.stringify(value, undefined, 2) : readable();
  process.stdout.write(text === '' ? '' : `${text}\n`);
};

/** Of start and doctor. The variable keeps a password out of the list of processes. */
export const smtpOption = (description: string): Option =>
  new Option('--smtp <url>', description)
    .env('LATEEN_SMTP')
    .argParser(urlOf('smtp://user:password@mail.example.com:587', ['smtp:', 'smtps:']));

/** Of start and doctor. Variables keep what is secret in them out of the list of processes. */
export const webhookOptions = (command: Command): Command =>
  command
    .addOption(httpOption('--webhook <url>', 'takes a POST of every notification as JSON', 'LATEEN_WEBHOOK'))
    .addOption(
      new Option('--webhook-secret <secret>', 'what those are signed under')
        .env('LATEEN_WEBHOOK_SECRET')
        .argParser(notEmpty),
    )
    .addOption(httpOption('--sms-gateway <url>', 'takes a POST of every text message', 'LATEEN_SMS_GATEWAY'));

const notEmpty = (text: string): string => {
  if (text !== '') return text;
  throw new InvalidArgumentError('It is empty: set one, or leave it out.');
};

const httpOption = (flags: string, description: string, variable: string): Option =>
  new Option(flags, description)
    .env(variable)
    .argParser(urlOf('https://user:password@hooks.example.com/lateen', ['http:', 'https:']));

/** Parses an option that is a URL of one of the protocols. */
export const urlOf =
  (example: string, protocols: readonly string[]) =>
  (text: string): string => {
    if (URL.canParse(text) && protocols.includes(new URL(text).protocol) && new URL(text).hostname !== '') return text;
    throw new InvalidArgumentError(`Write it like ${example}.`);
  };
