import type { Pace, Quotas } from './catalogue.ts';

/** How one Lateen runs. */
export interface Config {
  /** 0 takes a free port. */
  readonly port: number;
  readonly host: string;
  /** Directory of the database and the credentials. The key lies beside it. */
  readonly data: string;
  readonly engine: 'simulated';
  readonly pace: Pace;
  /** `postgres://...`; SQLite in the data directory when absent. */
  readonly databaseUrl?: string | undefined;
  /** The root account of the first start. */
  readonly account: string;
  /** IPv4 network that public addresses come from. */
  readonly publicPool?: string | undefined;
  /** `smtp://` or `smtps://`: the server that notifications go out by; without one, none go out. */
  readonly smtp?: string | undefined;
  /** Who they are from. */
  readonly mailFrom: string;
  /** Where links in them lead; the address that Lateen listens on when absent. */
  readonly publicUrl?: string | undefined;
  readonly quotas?: Partial<Quotas> | undefined;
  readonly pageSize?: number | undefined;
  /** `json` writes one line per request. */
  readonly log: 'off' | 'json';
}

export const defaults: Config = {
  port: 4780,
  host: '127.0.0.1',
  data: '.lateen',
  engine: 'simulated',
  pace: 'brisk',
  account: '111111111111',
  mailFrom: 'lateen@localhost',
  log: 'off',
};
