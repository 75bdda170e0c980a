import type { Command } from 'commander';
import { defaults } from '../../config.ts';
import type { IncusOptions } from '../../engines/incus/config.ts';
import * as checks from '../checks.ts';
import {
  type CommonOptions,
  commonOptions,
  engineOption,
  examples,
  incusOptions,
  print,
  readIncusOptions,
  smtpOption,
  webhookOptions,
  wholeNumber,
} from '../options.ts';
import { table } from '../table.ts';

interface DoctorOptions extends CommonOptions, IncusOptions {
  readonly port: number;
  readonly host: string;
  readonly engine: string;
  readonly databaseUrl?: string;
  readonly smtp?: string;
  readonly state?: boolean;
  readonly objects?: boolean;
  readonly verify?: boolean;
  readonly webhook?: string;
  readonly webhookSecret?: string;
  readonly smsGateway?: string;
}

export const define = (command: Command): void => {
  webhookOptions(commonOptions(command))
    .option('--port <number>', 'the port that a start would take', wholeNumber(0, 65_535), defaults.port)
    .option('--host <address>', 'the address that it would listen on', defaults.host)
    .addOption(engineOption('what would stand behind the API'));
  incusOptions(command)
    .option('--database-url <url>', 'the PostgreSQL that it would use')
    .addOption(smtpOption('the server that it would send e-mail by'))
    .option('--state', 'also walk all state of the Lateen that runs, and find what dangles')
    .option('--objects', 'also compare the index of the objects in buckets with their files')
    .option('--verify', 'with --objects: read every file, and compare what it holds')
    .action(doctor);
  examples(
    command,
    'lateen doctor',
    'lateen doctor --state',
    'lateen doctor --objects --verify',
    'sudo lateen doctor --engine incus',
    'lateen doctor --port 8080 --database-url postgres://lateen@localhost/lateen',
  );
};

/** Ends with 1 when something would stop a start, something dangles in the state, or objects and files differ. A Lateen that runs already is no fault. */
const doctor = async ({
  data,
  json,
  port,
  host,
  engine,
  databaseUrl,
  smtp,
  state,
  objects,
  verify = false,
  ...more
}: DoctorOptions): Promise<void> => {
  const running = await checks.running(data);
  const findings = [
    checks.node(process.versions.node),
    databaseUrl === undefined ? checks.sqlite() : await checks.postgres(databaseUrl),
    checks.dataDirectory(data),
    checks.keyFile(data),
    checks.credentials(data),
    running,
    running.serves ? await checks.drift(data) : undefined,
    running.serves ? await checks.tls(data) : undefined,
    running.serves ? undefined : await checks.port(host, port),
    ...(await checks.engine(engine, readIncusOptions(more))),
    await checks.mail(smtp),
    await checks.webhook(more.webhook, more.webhookSecret),
    await checks.sms(more.smsGateway),
    ...(state ? await checks.state(data) : []),
    ...(objects ? await checks.objects(data, verify) : []),
  ].flatMap((finding) => (finding === undefined ? [] : [{ ...finding, serves: undefined }]));
  const ok = findings.every(({ state }) => state !== 'problem');
  print(json, { ok, checks: findings }, () =>
    table(
      ['check', 'state', 'found', 'what to do'],
      findings.map(({ check, state, found, advice = '' }) => [check, state, found, advice]),
    ),
  );
  if (!ok) process.exitCode = 1;
};
