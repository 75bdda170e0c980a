import limits from '../catalogue/limits.json' with { type: 'json' };
import type { Pace, Quotas } from './catalogue.ts';
import type { IncusOptions } from './engines/incus/config.ts';
import type { Rates } from './guard/throttle.ts';
import type { TlsConfig } from './guard/tls.ts';
import type { Issuer } from './iam/issuer.ts';

/** How one Lateen runs. */
export interface Config extends TlsConfig {
  /** 0 takes a free port. */
  readonly port: number;
  readonly host: string;
  /** Directory of the database and the credentials. The key lies beside it. */
  readonly data: string;
  readonly engine: 'simulated' | 'incus';
  /** With the engine of that name. */
  readonly incus?: IncusOptions | undefined;
  readonly pace: Pace;
  /** `postgres://...`; SQLite in the data directory when absent. */
  readonly databaseUrl?: string | undefined;
  /** The root account of the first start. */
  readonly account: string;
  /** IPv4 network that public addresses come from. */
  readonly publicPool?: string | undefined;
  /** How the owner of a certificate's domains is known: by a record in DNS, or by the caller's word. */
  readonly validation: 'auto' | 'dns';
  /** The DNS server that such records are looked up at, `192.0.2.1:53`; as the machine is set up when absent. */
  readonly dnsServer?: string | undefined;
  /** Where the zones are served over DNS, on loopback; 0 takes a free port, and nothing is served when absent. */
  readonly dnsPort?: number | undefined;
  /** `smtp://` or `smtps://`: the server that notifications go out by; without one, none go out. */
  readonly smtp?: string | undefined;
  /** Who they are from. */
  readonly mailFrom: string;
  /** `http://` or `https://`: takes a POST of everything that people are notified of, signed under the secret. */
  readonly webhook?: string | undefined;
  readonly webhookSecret?: string | undefined;
  /** `http://` or `https://`: takes a POST of every text message; without one, none go out. */
  readonly smsGateway?: string | undefined;
  /** Where links lead; the address that Lateen listens on when absent. */
  readonly publicUrl?: string | undefined;
  /** Where buckets are reached; the address that objects are served at when absent. */
  readonly objectsUrl?: string | undefined;
  /** What callers of ByCloud know us-east-1 by; other Regions go by their own names. */
  readonly byCloudRegion: string;
  /** Whose tokens callers of ByCloud may show, beside Lateen's own. */
  readonly oidcIssuers?: readonly Issuer[] | undefined;
  readonly quotas?: Partial<Quotas> | undefined;
  /** Of single accounts, by their ids. */
  readonly accountQuotas?: Readonly<Record<string, Partial<Quotas>>> | undefined;
  /** How often accounts and keys may call, where it is not what is published. */
  readonly throttle: Rates | 'off';
  /** How long the audit log reaches back; 0 keeps none. */
  readonly auditDays: number;
  /** Whether changes of single objects go into the audit log. */
  readonly auditObjects: boolean;
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
  validation: 'auto',
  mailFrom: 'lateen@localhost',
  tls: false,
  names: [],
  throttle: {},
  auditDays: limits.audit.days,
  auditObjects: false,
  byCloudRegion: 'spo1',
  log: 'off',
};
