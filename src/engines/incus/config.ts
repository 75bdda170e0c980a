import type { IncusAddress } from './client.ts';
import type { InstanceType } from './images.ts';

/** How Lateen uses Incus, as the operator says it. */
export interface IncusOptions {
  /** The path of a unix socket, or an `https:` URL. */
  readonly incus: string;
  /** Files in PEM: of the client that an `https:` daemon trusts, and of the daemon itself when no authority has signed it. */
  readonly incusCert?: string | undefined;
  readonly incusKey?: string | undefined;
  readonly incusServerCert?: string | undefined;
  /** The storage pool. The one with the name of the default is made when it is not there, of this size. */
  readonly incusPool: string;
  readonly incusPoolSize: string;
  /** The bridge that machines are on; made when it is not there. */
  readonly incusNetwork: string;
  readonly incusType: InstanceType;
  /** The IPv6 network of machines, a /64 that is routed to this host. `auto`: a private one of the bridge's own. `none`: no IPv6. */
  readonly ipv6Prefix: string;
}

/** The Incus project with everything of Lateen but the bridge and the pool, which Incus keeps for all projects. */
export const project = 'lateen';

/** What machines have as private addresses, and the bridge's own (behaviour of real instances: 172.26.x.y). */
export const privateNetwork = { bridge: '172.26.0.1', prefix: 16, cidr: '172.26.0.0/16' } as const;

/** Where the package of the daemon puts its socket, unless the variable that the daemon itself knows says otherwise. */
export const defaultSocket = (env: NodeJS.ProcessEnv = process.env): string =>
  `${env.INCUS_DIR ?? '/var/lib/incus'}/unix.socket`;

export const incusDefaults = {
  incusPool: 'lateen',
  incusPoolSize: '40GiB',
  incusNetwork: 'lateen0',
  incusType: 'container',
  ipv6Prefix: 'auto',
} as const;

/** Throws, in words for people, when the options do not go together. */
export const addressOf = (options: IncusOptions): IncusAddress => {
  const { incus, incusCert, incusKey, incusServerCert } = options;
  if (!incus.startsWith('https://')) return { socket: incus };
  if (incusCert === undefined || incusKey === undefined) {
    throw new Error(
      'Incus at an https address asks for a client certificate. Give its files with --incus-cert and --incus-key.',
    );
  }
  return { url: incus, certificateFile: incusCert, keyFile: incusKey, serverCertificateFile: incusServerCert };
};
