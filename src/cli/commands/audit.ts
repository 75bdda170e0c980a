import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import type { AuditRecord } from '../../guard/record.ts';
import type { AuditPage } from '../../guard/trail.ts';
import { type AdminCall, connect } from '../admin-client.ts';
import { parseDuration } from '../duration.ts';
import { accountId, type CommonOptions, commonOptions, examples, wholeNumber } from '../options.ts';
import { table } from '../table.ts';

interface AuditOptions extends CommonOptions {
  readonly account?: string;
  readonly user?: string;
  readonly operation?: string;
  readonly resource?: string;
  readonly address?: string;
  readonly result?: string;
  readonly since?: number;
  readonly until?: number;
  readonly last?: number;
  readonly follow?: boolean;
}

/** Shown of a log that nobody has asked a time of. */
const latest = 50;
const everyMs = 1000;

export const define = (command: Command): void => {
  commonOptions(command)
    .option('--account <id>', 'calls of one account', accountId)
    .option('--user <name>', 'by a user, an ARN or an access key id')
    .option('--operation <name>', 'of an operation, such as DeleteInstance')
    .option('--resource <name>', 'about a resource, by its name or ARN')
    .option('--address <address>', 'from an address')
    .option('--result <result>', 'that ended so: ok, failed, or an error such as AccessDenied')
    .option('--since <time>', 'from a time on: 2h, 7d, or 2026-11-21T10:00:00Z', moment)
    .option('--until <time>', 'before a time', moment)
    .option('--last <number>', `the latest so many; ${latest} unless --since is given`, wholeNumber(1))
    .option('--follow', 'go on with what comes, until interrupted')
    .action(audit);
  examples(
    command,
    'lateen audit',
    "lateen audit --operation 'Delete*' --result ok --since 7d",
    'lateen audit --user ann --result AccessDenied --follow',
    'lateen audit --since 90d --json > cloudtrail.jsonl',
  );
};

const audit = async ({ data, json, last, follow, ...filter }: AuditOptions): Promise<void> => {
  const admin = await connect(data);
  const show = json ? showLines : tableShower();
  const count = last ?? (filter.since === undefined ? latest : Number.POSITIVE_INFINITY);
  let newest: number;
  if (count === Number.POSITIVE_INFINITY) newest = await showAll(admin, filter, show);
  else {
    const found = await latestOf(admin, filter, count);
    show(found.records);
    newest = found.newest;
  }
  while (follow) {
    await sleep(everyMs);
    newest = await showAll(admin, { ...filter, place: newest }, show);
  }
};

type Show = (records: readonly AuditRecord[]) => void;

/** From the oldest on, as it is read. Gives the newest place. */
const showAll = async (admin: AdminCall, query: object, show: Show): Promise<number> => {
  for (let page = await admin<AuditPage>('ReadAudit', query); ; ) {
    show(page.records);
    if (page.end) return page.newest;
    page = await admin<AuditPage>('ReadAudit', { ...query, place: page.place });
  }
};

const latestOf = async (admin: AdminCall, filter: object, count: number) => {
  const query = { ...filter, backwards: true };
  let page = await admin<AuditPage>('ReadAudit', query);
  const { newest } = page;
  const records = [...page.records];
  while (!page.end && records.length < count) {
    page = await admin<AuditPage>('ReadAudit', { ...query, place: page.place });
    records.push(...page.records);
  }
  return { newest, records: records.slice(0, count).reverse() };
};

/** Each a line, as CloudTrail writes its records. */
const showLines: Show = (records) => {
  if (records.length > 0) process.stdout.write(`${records.map((record) => JSON.stringify(record)).join('\n')}\n`);
};

const headings = ['time', 'account', 'who', 'operation', 'resources', 'from', 'result'];

/** Headings once, and what follows under them. */
const tableShower = (): Show => {
  let begun = false;
  return (records) => {
    if (records.length === 0) return;
    const lines = table(headings, records.map(cells)).split('\n');
    process.stdout.write(`${(begun ? lines.slice(1) : lines).join('\n')}\n`);
    begun = true;
  };
};

const shownResources = 3;

const cells = ({ userIdentity: who, resources = [], ...record }: AuditRecord): string[] => {
  const names = resources.map(({ name, ARN }) => name ?? ARN ?? '');
  const more = names.length > shownResources ? ` and ${names.length - shownResources} more` : '';
  return [
    record.eventTime,
    who.accountId,
    who.arn.slice(who.arn.lastIndexOf(':') + 1),
    record.eventName,
    names.slice(0, shownResources).join(' ') + more,
    record.sourceIPAddress,
    record.errorCode ?? 'ok',
  ];
};

/** Milliseconds of a time, or of so long ago. */
const moment = (text: string): number => {
  const ago = parseDuration(text);
  const at = ago === undefined ? Date.parse(text) : Date.now() - ago;
  if (Number.isSafeInteger(at)) return at;
  throw new InvalidArgumentError('Write it like 90s, 2h, 7d, or 2026-11-21T10:00:00Z.');
};
