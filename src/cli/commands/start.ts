import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import timesFile from '../../../catalogue/transition-times.json' with { type: 'json' };
import { type Config, defaults } from '../../config.ts';
import type { IncusOptions } from '../../engines/incus/config.ts';
import { type Issuer, isSafeUrl } from '../../iam/issuer.ts';
import { type Log, type Running, startLateen } from '../../lateen.ts';
import { localUrl } from '../../network.ts';
import { removeEndpoint, writeEndpoint } from '../endpoint.ts';
import { Failure } from '../failure.ts';
import { type GivenTls, guardOptions, readTls } from '../guard-options.ts';
import {
  accountId,
  dataOption,
  dnsServer,
  engineOption,
  examples,
  incusOptions,
  readIncusOptions,
  smtpOption,
  urlOf,
  webhookOptions,
  wholeNumber,
} from '../options.ts';
import { type QuotaOptions, quotaOptions, quotasOf } from '../quota-options.ts';

type StartOptions = Omit<
  Config,
  'accountQuotas' | 'byCloudRegion' | 'incus' | 'oidcIssuers' | 'quotas' | keyof GivenTls
> &
  GivenTls &
  QuotaOptions &
  IncusOptions & { readonly bycloudRegion: string; readonly oidcIssuer?: readonly Issuer[] };

export const define = (command: Command): void => {
  webhookOptions(dataOption(command))
    .option(
      '--port <number>',
      'where the API answers, and objects on the next one; 0 takes free ports',
      wholeNumber(0, 65_534),
      defaults.port,
    )
    .option('--host <address>', 'the address to listen on', defaults.host)
    .addOption(engineOption('what stands behind the API'));
  guardOptions(quotaOptions(incusOptions(command)))
    .addOption(
      new Option('--pace <name>', 'how long simulated machines take')
        .choices(Object.keys(timesFile.paces))
        .default(defaults.pace),
    )
    .option('--database-url <url>', 'postgres://... instead of SQLite in the data directory')
    .option('--account <id>', 'the root account of the first start', accountId, defaults.account)
    .option('--public-pool <cidr>', 'the IPv4 network that public addresses come from')
    .addOption(
      new Option('--validation <way>', "how a certificate's domains are proved: auto takes the caller's word")
        .choices(['auto', 'dns'])
        .default(defaults.validation),
    )
    .option('--dns-server <address>', 'the DNS server to ask with --validation dns', dnsServer)
    .option('--dns-port <number>', 'serves the domains on this port of 127.0.0.1, UDP and TCP', wholeNumber(0, 65_535))
    .addOption(smtpOption('the server that e-mail goes out by'))
    .option('--mail-from <address>', 'who the e-mail is from', defaults.mailFrom)
    .option(
      '--public-url <url>',
      'where links in e-mails lead; the address that Lateen listens on unless given',
      urlOf('https://lateen.example.com', ['http:', 'https:']),
    )
    .option(
      '--objects-url <url>',
      'where buckets are reached; the address that objects are served at unless given',
      urlOf('https://objects.example.com', ['http:', 'https:']),
    )
    .option('--bycloud-region <code>', 'what ByCloud calls us-east-1', regionCode, defaults.byCloudRegion)
    .option('--oidc-issuer <settings>', 'whose tokens ByCloud takes too; may be repeated', readIssuer)
    .option('--page-size <number>', 'how many items a page of a listing has', wholeNumber(1))
    .addOption(
      new Option('--log <form>', 'json: one line per request on standard error')
        .choices(['off', 'json'])
        .default(defaults.log),
    )
    .action(start);
  examples(
    command,
    'lateen start',
    'lateen start --port 0 --pace instant --quota instancesPerAccount=500',
    'sudo lateen start --engine incus --public-pool 203.0.113.0/24',
  );
};

const start = async ({
  quota,
  quotas,
  data,
  bycloudRegion: byCloudRegion,
  oidcIssuer: oidcIssuers,
  ...options
}: StartOptions): Promise<void> => {
  const incus = options.engine === 'incus' ? readIncusOptions(options) : undefined;
  const own = { byCloudRegion, oidcIssuers, incus, data: resolve(data) };
  const limits = quotasOf({ quota, ...(quotas === undefined ? {} : { quotas }) });
  const config: Config = { ...options, ...readTls(options), ...limits, ...own };
  const started = startLateen(config, writeLog).catch((error: NodeJS.ErrnoException) => {
    throw refused(error, config);
  });
  stopOnSignals(started, config.data);
  const { url, dnsPort } = await started;
  writeEndpoint(config.data, { url: localUrl(url), pid: process.pid });
  if (!isLoopback(config.host) && !config.tls) {
    process.stderr.write(
      `Lateen listens on ${config.host}: other machines can reach it. Requests need a key, but nothing is encrypted: --tls does that.\n`,
    );
  }
  if (dnsPort !== undefined) process.stderr.write(`Domains are served on 127.0.0.1:${dnsPort}.\n`);
  process.stdout.write(`ready ${url}\n`);
};

/** The first signal ends it in order, the next one at once. */
const stopOnSignals = (started: Promise<Running>, data: string): void => {
  let asked: number | undefined;
  const onSignal = (_name: NodeJS.Signals, signal: number): void => {
    if (asked === undefined) {
      asked = Date.now();
      // Why it did not start is told by whoever waits for it.
      started.then(
        (running) => stop(running, data),
        () => {},
      );
    } else if (Date.now() - asked > echoMs) {
      process.exit(128 + signal);
    }
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
};

/** npm hands a Ctrl-C on to a program that has it from the terminal already: that is one wish, not two. */
const echoMs = 300;

const stop = async (running: Running, data: string): Promise<void> => {
  let code = 0;
  try {
    await running.stop();
  } catch (error) {
    process.stderr.write(`lateen: stopping failed: ${(error as Error).message}\n`);
    code = 1;
  }
  removeEndpoint(data);
  process.exit(code);
};

const writeLog: Log = (line) => {
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), ...line })}\n`);
};

/** What a start ends with when the machine says no; the texts of Lateen itself go on as they are. */
const refused = (error: NodeJS.ErrnoException, { host, port, data }: Config): Error => {
  switch (error.code) {
    case 'EADDRINUSE':
      return new Failure(
        `Port ${(error as { port?: number }).port ?? port} of ${host} is taken. Stop what runs there, or start with another --port (0 takes a free one).`,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new Failure(`${host} is not an address of this machine. Start with another --host.`);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOTDIR':
    case 'EEXIST':
      return new Failure(
        error.syscall === 'listen'
          ? `Port ${port} may not be used by this user. Start with another --port, such as ${defaults.port}.`
          : `The data directory ${data} cannot be used: ${error.message}. Start with another --data directory; lateen doctor checks it.`,
      );
    default:
      return error;
  }
};

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127\./.test(host);

const regionCode = (text: string): string => {
  if (/^[a-z0-9-]{1,32}$/.test(text)) return text;
  throw new InvalidArgumentError('Write it in small letters and digits, like spo1.');
};

/** `https://id.example.com,audience=lateen,account=111111111111,user-claim=preferred_username` */
const readIssuer = (text: string, before: readonly Issuer[] = []): readonly Issuer[] => {
  const [url = '', ...settings] = text.split(',');
  const given = Object.fromEntries(settings.map((setting) => setting.split(/=(.*)/s).slice(0, 2)));
  const { audience, account, 'user-claim': userClaim, ...others } = given as Partial<Record<string, string>>;
  if (!isSafeUrl(url) || !audience || account === undefined || Object.keys(others).length > 0) {
    throw new InvalidArgumentError(
      'Write it like https://id.example.com,audience=lateen,account=111111111111 with user-claim=sub at will.',
    );
  }
  return [...before, { url, audience, account: accountId(account), userClaim }];
};
