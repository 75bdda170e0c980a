import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { connect as connectTo, createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { defaults } from '../config.ts';
import type { IncusOptions } from '../engines/incus/config.ts';
import type { Drift } from '../resources/drift/drift.ts';
import { credentialsFile } from '../root.ts';
import { loadSqlite } from '../store/sqlite/driver.ts';
import { connect } from './admin-client.ts';
import { readEndpoint } from './endpoint.ts';

/** One line of `lateen doctor`. A problem stops a start, a warning does not. */
export interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'problem';
  readonly found: string;
  readonly advice?: string;
}

export const ok = (check: string, found: string): Finding => ({ check, state: 'ok', found });
export const warning = (check: string, found: string, advice: string): Finding => ({
  check,
  state: 'warning',
  found,
  advice,
});
export const problem = (check: string, found: string, advice: string): Finding => ({
  check,
  state: 'problem',
  found,
  advice,
});

/** The first release that has all we use, and the newest major one that Lateen is tried on. */
const [oldestMajor, oldestMinor, newestMajor] = [20, 19, 24];

export const node = (version: string): Finding => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
    return problem('Node.js', version, `Install Node.js ${oldestMajor}.${oldestMinor} or later.`);
  }
  if (major > newestMajor)
    return warning('Node.js', version, `Lateen is tried on 20, 22 and ${newestMajor}; this may work.`);
  return ok('Node.js', version);
};

export const sqlite = (): Finding => {
  try {
    loadSqlite();
    return ok('SQLite', 'its driver loads');
  } catch (error) {
    return problem('SQLite', firstLine(error), 'Install again with npm ci, for this machine and this Node.js.');
  }
};

export const postgres = async (url: string): Promise<Finding> => {
  try {
    const { openPostgres } = await import('../store/postgres/store.ts');
    await (await openPostgres(url, 1)).close();
    return ok('PostgreSQL', 'answers');
  } catch (error) {
    return problem('PostgreSQL', firstLine(error), 'Check --database-url and that the server runs.');
  }
};

export const dataDirectory = (data: string): Finding => {
  const check = 'data directory';
  if (!existsSync(data)) {
    const parent = nearest(resolve(data));
    return mayWrite(parent)
      ? ok(check, `${data} is made at the first start`)
      : problem(check, `${parent} cannot be written to`, 'Give this user the right to, or take another --data.');
  }
  if (!statSync(data).isDirectory()) return problem(check, `${data} is not a directory`, 'Take another --data.');
  if (!mayWrite(data))
    return problem(check, `${data} cannot be written to`, 'Give this user the right to, or take another --data.');
  return othersMay(data) ? warning(check, `${data} is open to other users`, `chmod 700 ${data}`) : ok(check, data);
};

/** The key lies beside the directory, so that a copy of the one alone gives nothing away. */
export const keyFile = (data: string): Finding => {
  const file = `${resolve(data)}.key`;
  if (existsSync(file)) return secretFile('key file', file);
  return existsSync(join(data, 'lateen.db'))
    ? problem('key file', `${file} is missing`, 'Put it back: the secrets in the database open with no other.')
    : ok('key file', 'is made at the first start');
};

export const credentials = (data: string): Finding => {
  const file = credentialsFile(data);
  return existsSync(file) ? secretFile('credentials', file) : ok('credentials', 'are written at the next start');
};

/** `serves` when a Lateen runs here and lets us in. */
export const running = async (data: string): Promise<Finding & { readonly serves: boolean }> => {
  const check = 'running';
  try {
    const admin = await connect(data);
    await admin('GetClock');
    const endpoint = readEndpoint(data);
    return { ...ok(check, `at ${endpoint?.url}, process ${endpoint?.pid}`), serves: true };
  } catch (error) {
    const text = firstLine(error);
    if (!text.startsWith('Nothing is running'))
      return { ...warning(check, 'does not answer well', text), serves: false };
    return { ...ok(check, 'no'), serves: false };
  }
};

/** What a Lateen that runs has found otherwise than its rows say, at its last look. */
export const drift = async (data: string): Promise<Finding> => {
  const check = 'drift';
  const admin = await connect(data);
  const { found } = await admin<Drift>('GetDrift');
  const left = found.filter(({ mended }) => !mended);
  if (left.length === 0) return ok(check, found.length === 0 ? 'none' : `${found.length} found and mended`);
  const [{ name, text } = { text: '' }] = left;
  const more = left.length === 1 ? '' : ` And ${left.length - 1} more: the log has them.`;
  return { check, state: 'warning', found: `${name === undefined ? '' : `${name}: `}${text}${more}` };
};

/** Loaded late: only a Lateen that runs has a certificate to look at. */
export const tls = async (data: string): Promise<Finding> =>
  (await import('./checks-tls.ts')).tls(readEndpoint(data)?.url ?? '', data);

/** One thing that the running Lateen finds wrong: with what, and what reads after it. */
interface Wrong {
  readonly account?: string;
  readonly region?: string;
  readonly subject: string;
  readonly problem: string;
}

/** The first of what is wrong, and how much is. */
interface Report {
  readonly findings: readonly Wrong[];
  readonly count: number;
}

/** One line when all is well, and else one for each thing that dangles, as far as they are told. */
export const state = (data: string): Promise<readonly Finding[]> =>
  report<Report & { readonly rows: number }>(data, {
    ...{ check: 'state', action: 'CheckState', advice: 'A fault of Lateen: save the state and report it.' },
    whole: ({ rows }) => `${rows} rows, and nothing dangles`,
  });

/** One line when index and files agree, and else one for each difference, as far as they are told. */
export const objects = (data: string, verify: boolean): Promise<readonly Finding[]> =>
  report<Report & { readonly files: number; readonly bytes: number }>(data, {
    ...{ check: 'objects', action: 'CheckObjects', input: { verify } },
    advice: 'Bring the file back, or delete what it belongs to. A fault of Lateen, unless somebody was at its files.',
    whole: ({ files, bytes }) => `${files} files of ${bytes} bytes${verify ? ', all read' : ''}, as the index has them`,
  });

const report = async <R extends Report>(
  data: string,
  asked: {
    readonly check: string;
    /** The control that looks. */
    readonly action: string;
    readonly input?: object;
    readonly advice: string;
    whole(report: R): string;
  },
): Promise<readonly Finding[]> => {
  const { check, action, input, advice, whole } = asked;
  let answer: R;
  try {
    answer = await (await connect(data))<R>(action, input);
  } catch (error) {
    return [problem(check, firstLine(error), 'Start Lateen: only while it runs can its state be read.')];
  }
  const { findings, count } = answer;
  if (count === 0) return [ok(check, whole(answer))];
  const told = findings.map(({ account, region, subject, problem: what }) => {
    const place = [account, region].filter((part) => part !== undefined).join(' ');
    return problem(check, `${subject}${place && ` (${place})`} ${what}`, advice);
  });
  const untold = count - told.length;
  return untold > 0 ? [...told, problem(check, `and ${untold} more`, '')] : told;
};

export const port = (host: string, number: number): Promise<Finding> =>
  new Promise((tell) => {
    const name = `port ${number}`;
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      tell(
        problem(
          name,
          taken ? `is taken on ${host}` : error.message,
          `Start with another ${error.code === 'EADDRNOTAVAIL' ? '--host' : '--port'}.`,
        ),
      );
    });
    probe.listen(number, host, () => probe.close(() => tell(ok(name, `is free on ${host}`))));
  });

export const engine = async (name: string, options: IncusOptions): Promise<Finding[]> => {
  if (name === defaults.engine) return [ok('engine', `${name}, which needs nothing of this machine`)];
  const { incus } = await import('./checks-incus.ts');
  return [ok('engine', name), ...(await incus(options))];
};

/** Without a server nothing stops, but nobody is notified either. */
export const mail = async (smtp: string | undefined): Promise<Finding> => {
  if (smtp === undefined) return ok('e-mail', 'no server is set: nothing is sent. --smtp sets one');
  try {
    const { checkServer } = await import('../mail/mailer.ts');
    await checkServer(smtp);
    return ok('e-mail', 'the server answers');
  } catch (error) {
    return warning('e-mail', firstLine(error), 'Check --smtp and that the server runs.');
  }
};

/** The receiver is not sent anything to find out: it would be told of something that did not happen. */
export const webhook = async (url: string | undefined, secret: string | undefined): Promise<Finding> => {
  const check = 'webhook';
  if (url === undefined) return ok(check, 'none is set: nothing is posted. --webhook sets one');
  const trouble = await unreachable(url);
  if (trouble !== undefined) return warning(check, trouble, 'Check --webhook and that its receiver runs.');
  return secret === undefined
    ? warning(check, 'nothing is signed', 'Set LATEEN_WEBHOOK_SECRET, so that the receiver can tell whom it hears.')
    : ok(check, 'the receiver can be reached');
};

export const sms = async (url: string | undefined): Promise<Finding> => {
  if (url === undefined) return ok('SMS', 'no gateway is set: nothing is sent. --sms-gateway sets one');
  const trouble = await unreachable(url);
  return trouble === undefined
    ? ok('SMS', 'the gateway can be reached')
    : warning('SMS', trouble, 'Check --sms-gateway and that it runs.');
};

const patienceMs = 5_000;

/** Why nobody answers at the host and port of a URL; undefined when somebody does. */
const unreachable = (url: string): Promise<string | undefined> =>
  new Promise((tell) => {
    const { hostname, port: number, protocol } = new URL(url);
    const host = hostname.replace(/^\[(.*)\]$/, '$1');
    const socket = connectTo({ host, port: Number(number) || (protocol === 'https:' ? 443 : 80) });
    const end = (text?: string) => {
      socket.destroy();
      tell(text);
    };
    socket.setTimeout(patienceMs, () => end('nobody answers'));
    socket.once('connect', () => end());
    socket.once('error', (error) => end(firstLine(error)));
  });

const secretFile = (check: string, file: string): Finding => {
  try {
    accessSync(file, constants.R_OK);
  } catch {
    return problem(check, `${file} cannot be read`, 'Run as the user that it belongs to.');
  }
  return othersMay(file) ? warning(check, `${file} is open to other users`, `chmod 600 ${file}`) : ok(check, file);
};

/** Windows has no such bits: there all files look open. */
const othersMay = (path: string): boolean => process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0;

const mayWrite = (path: string): boolean => {
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

const nearest = (path: string): string => (existsSync(path) ? path : nearest(dirname(path)));

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
