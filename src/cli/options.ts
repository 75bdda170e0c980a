import { Resolver } from 'node:dns';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { defaults } from '../config.ts';
import { defaultSocket, type IncusOptions, incusDefaults } from '../engines/incus/config.ts';
import { isIpv6Prefix } from '../network.ts';

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

/** How to reach Incus. */
export const incusAddressOptions = (command: Command): Command =>
  command
    .option(
      '--incus <place>',
      'where Incus answers: the path of its unix socket, or https://host:8443',
      defaultSocket(),
    )
    .option('--incus-cert <file>', 'the client certificate for an https address, in PEM')
    .option('--incus-key <file>', 'its private key')
    .option('--incus-server-cert <file>', "the daemon's own certificate, when no known authority has signed it");

/** What else the engine incus takes. */
export const incusOptions = (command: Command): Command =>
  incusAddressOptions(command)
    .option('--incus-pool <name>', 'the storage pool that disks are in', incusDefaults.incusPool)
    .option('--incus-pool-size <size>', 'how large that pool is when Lateen makes it', incusDefaults.incusPoolSize)
    .option('--incus-network <name>', 'the bridge that machines are on', incusDefaults.incusNetwork)
    .addOption(
      new Option('--incus-type <type>', 'what machines are')
        .choices(['container', 'virtual-machine'])
        .default(incusDefaults.incusType),
    )
    .option(
      '--ipv6-prefix <cidr>',
      'the IPv6 network of machines, routed to this host; auto: a private one; none: no IPv6',
      ipv6Prefix,
      incusDefaults.ipv6Prefix,
    );

/** What of the options is about Incus. */
export const readIncusOptions = (options: IncusOptions): IncusOptions => ({
  incus: options.incus,
  incusCert: options.incusCert,
  incusKey: options.incusKey,
  incusServerCert: options.incusServerCert,
  incusPool: options.incusPool,
  incusPoolSize: options.incusPoolSize,
  incusNetwork: options.incusNetwork,
  incusType: options.incusType,
  ipv6Prefix: options.ipv6Prefix,
});

const ipv6Prefix = (text: string): string => {
  if (text === 'auto' || text === 'none' || isIpv6Prefix(text)) return text;
  throw new InvalidArgumentError('Write it like 2001:db8:26::/64: it takes a whole /64.');
};

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
