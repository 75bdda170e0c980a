import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import quotasFile from '../../catalogue/quotas.json' with { type: 'json' };
import type { Config } from '../config.ts';

type Limits = Readonly<Record<string, number>>;

/** Limits of all accounts, and of single ones by their ids. */
interface GivenQuotas {
  readonly all: Limits;
  readonly accounts: Readonly<Record<string, Limits>>;
}

export interface QuotaOptions {
  readonly quota: GivenQuotas;
  readonly quotas?: GivenQuotas;
}

const none: GivenQuotas = { all: {}, accounts: {} };

export const quotaOptions = (command: Command): Command =>
  command
    .option(
      '--quota <[account:]name=value>',
      'another limit than the published one, of all accounts or of one; may be repeated',
      readQuota,
      none,
    )
    .addOption(
      new Option('--quotas <file>', 'the same as JSON: {"instancesPerAccount": 50, "123456789012": {"diskMaxGb": 64}}')
        .env('LATEEN_QUOTAS')
        .argParser(readQuotas),
    );

/** As the configuration has it: what is said by `--quota` counts more than the file. */
export const quotasOf = ({ quota, quotas = none }: QuotaOptions): Pick<Config, 'quotas' | 'accountQuotas'> => {
  const ids = new Set([...Object.keys(quotas.accounts), ...Object.keys(quota.accounts)]);
  return {
    quotas: { ...quotas.all, ...quota.all },
    accountQuotas: Object.fromEntries([...ids].map((id) => [id, { ...quotas.accounts[id], ...quota.accounts[id] }])),
  };
};

const known = (name: string): string => {
  if (Object.hasOwn(quotasFile.quotas, name)) return name;
  throw new InvalidArgumentError(
    `There is no quota ${name}. The quotas are ${Object.keys(quotasFile.quotas).join(', ')}.`,
  );
};

const readQuota = (text: string, before: GivenQuotas): GivenQuotas => {
  const [, account, name = '', value] = /^(?:(\d{12}):)?(\w+)=(\d+)$/.exec(text) ?? [];
  if (value === undefined)
    throw new InvalidArgumentError('Write it like instancesPerAccount=500 or 123456789012:instancesPerAccount=500.');
  const limit = { [known(name)]: Number(value) };
  if (account === undefined) return { ...before, all: { ...before.all, ...limit } };
  return { ...before, accounts: { ...before.accounts, [account]: { ...before.accounts[account], ...limit } } };
};

const readQuotas = (file: string): GivenQuotas => {
  const entries = Object.entries(objectOf(readJson(file), file));
  const isAccount = ([name]: [string, unknown]): boolean => /^\d{12}$/.test(name);
  return {
    all: limitsOf(
      entries.filter((entry) => !isAccount(entry)),
      file,
    ),
    accounts: Object.fromEntries(
      entries.filter(isAccount).map(([id, own]) => [id, limitsOf(Object.entries(objectOf(own, file)), file)]),
    ),
  };
};

const readJson = (file: string): unknown => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new InvalidArgumentError(`${file} cannot be read: ${(error as Error).message}`);
  }
};

const objectOf = (value: unknown, file: string): object => {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new InvalidArgumentError(`${file} must hold a JSON object of quotas, and objects of quotas by account id.`);
};

const limitsOf = (entries: readonly [string, unknown][], file: string): Limits =>
  Object.fromEntries(
    entries.map(([name, value]) => {
      if (Number.isSafeInteger(value) && Number(value) >= 0) return [known(name), Number(value)];
      throw new InvalidArgumentError(`${name} in ${file} must be a whole number that is not negative.`);
    }),
  );
