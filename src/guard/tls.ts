import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import type { Authority } from '../certificates/authority.ts';
import type { Clock } from '../clock.ts';
import { writeWhole } from '../store/files.ts';
import { getSecret, putSecret } from '../store/records/secrets.ts';
import type { Seal } from '../store/seal.ts';
import type { Store } from '../store/store.ts';
import { type Listeners, type Material, tlsListeners } from './listeners.ts';

/** Where the certificate of the listeners lies, with its chain and without its key: for the commands, and for clients. */
export const certificateFile = (data: string): string => join(data, 'tls.pem');

/** Where the certificate comes from. Asked at the start and from time to time. */
export type TlsSource = () => Promise<Material>;

const hour = 3_600_000;
const day = 24 * hour;

/** Own certificates are replaced so long before they end, in ms. */
export const renewBefore = 30 * day;
/** How often it is looked whether there is another one. */
const lookEvery = hour / 6;

/** Files that somebody else keeps. Rejects with a text for people when they are none, or do not go together. */
export const tlsOfFiles =
  (certFile: string, keyFile: string): TlsSource =>
  async () => {
    try {
      const material = { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
      createSecureContext(material);
      return material;
    } catch (error) {
      throw new Error(
        `TLS cannot be served with ${certFile} and ${keyFile}: ${(error as Error).message}. Both are PEM files, the certificate first in the one, its private key in the other.`,
      );
    }
  };

export interface OwnTlsOptions {
  readonly store: Store;
  readonly seal: Seal;
  /** The machine's clock, as it is for those who check. */
  readonly clock: Clock;
  readonly authority: Authority;
  /** Names and addresses that clients know this machine by. */
  readonly names: readonly [string, ...string[]];
}

/** Where it is kept, sealed. No resource has this id. */
const kept = { owner: 'listeners', name: 'tls' } as const;

/** A certificate of Lateen's own authority: the kept one, or another when it is about to end or lacks a name. */
export const tlsOfAuthority =
  ({ store, seal, clock, authority, names }: OwnTlsOptions): TlsSource =>
  async () => {
    const text = await store.read((tx) => getSecret(tx, seal, kept.owner, kept.name));
    const known = text === undefined ? undefined : (JSON.parse(text) as Material);
    if (known !== undefined && isGood(known, names, clock.now())) return known;
    const { chain, privateKey } = await authority.issue(names);
    const made: Material = { cert: chain, key: privateKey };
    await store.write('authority', (tx) => putSecret(tx, seal, kept.owner, kept.name, JSON.stringify(made)));
    await store.durable();
    return made;
  };

const isGood = ({ cert }: Material, names: readonly string[], now: number): boolean => {
  const certificate = new X509Certificate(cert);
  const lasts = Date.parse(certificate.validTo) - renewBefore > now && Date.parse(certificate.validFrom) <= now;
  return lasts && names.every((name) => coversName(certificate, name));
};

/** The certificates of a chain in PEM. Throws for one that cannot be read. */
export const certificatesIn = (pem: string): X509Certificate[] =>
  (pem.match(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs) ?? []).map(
    (text) => new X509Certificate(text),
  );

/** Whether clients that call by this name or address take the certificate; `*.` stands for any name below. */
export const coversName = (certificate: X509Certificate, name: string): boolean =>
  (isIP(name) === 0 ? certificate.checkHost(name.replace(/^\*/, 'any')) : certificate.checkIP(name)) !== undefined;

const wildcards = new Set(['0.0.0.0', '::']);

/** Names of this machine for a certificate: what is listened on, and what else it is called. */
export const ownNames = (host: string, more: readonly string[]): readonly [string, ...string[]] => {
  const addresses = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter(({ address, internal }) => !internal && !address.startsWith('fe80:'))
    .map(({ address }) => address);
  const here = wildcards.has(host) ? [hostname(), ...addresses] : [host];
  return [...new Set(['localhost', '127.0.0.1', '::1', ...here, ...more])] as [string, ...string[]];
};

/** Names that buckets are virtual hosts of: under localhost, and where `--objects-url` says that objects are. */
export const objectNames = (regions: readonly string[], objectsUrl: string | undefined): readonly string[] => {
  const { hostname } = new URL(objectsUrl ?? 'http://localhost');
  // Clients take no wildcard right below a top-level domain.
  const own = hostname.includes('.') && isIP(hostname) === 0 ? [hostname] : [];
  const hosts = ['s3.localhost', ...regions.map((region) => `s3.${region}.localhost`), ...own];
  return hosts.flatMap((host) => [host, `*.${host}`]);
};

/** What a start is told of TLS. */
export interface TlsConfig {
  readonly publicUrl?: string | undefined;
  readonly objectsUrl?: string | undefined;
  /** With a certificate of Lateen's own authority, unless there is one in files. */
  readonly tls: boolean;
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  /** What else than the address it listens on clients call it by. */
  readonly names: readonly string[];
}

export interface TlsWorld extends Omit<OwnTlsOptions, 'names'> {
  readonly host: string;
  /** Names of Regions. */
  readonly regions: readonly string[];
  readonly data: string;
  /** Is told when there is no other certificate though one is needed; the old one goes on. */
  readonly failed: (error: unknown) => void;
}

/** Listeners over TLS, whose certificate is looked after until `stop`. Rejects with a text for people. */
export const startTls = async (
  { tlsCert, tlsKey, names, publicUrl, objectsUrl }: TlsConfig,
  { host, regions, data, failed, ...own }: TlsWorld,
): Promise<{ readonly listeners: Listeners; stop(): void }> => {
  const source =
    tlsCert !== undefined && tlsKey !== undefined
      ? tlsOfFiles(tlsCert, tlsKey)
      : tlsOfAuthority({
          ...own,
          names: ownNames(host, [
            ...names,
            ...(publicUrl === undefined ? [] : [new URL(publicUrl).hostname]),
            ...objectNames(regions, objectsUrl),
          ]),
        });
  let current = await source();
  // The commands take no other certificate than this.
  const publish = (): void => writeWhole(certificateFile(data), current.cert);
  publish();
  const listeners = tlsListeners(current);
  const look = async (): Promise<void> => {
    const next = await source();
    if (next.cert === current.cert && next.key === current.key) return;
    current = next;
    listeners.renew(next);
    publish();
  };
  const timer = setInterval(() => void look().catch(failed), lookEvery);
  timer.unref();
  return { listeners, stop: () => clearInterval(timer) };
};
