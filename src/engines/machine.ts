import type { Duplex } from 'node:stream';
import type {
  HostKeyAttributes,
  InstanceHealthReason,
  InstanceHealthState,
  InstanceMetricName,
  LoadBalancerMetricName,
} from '../api/generated/types.ts';

/** What a machine is to be, keyed by the id of its resource. Sizes as in bundles; addresses are given, not chosen by the engine. */
export interface MachineSpec {
  readonly id: string;
  readonly name: string;
  readonly zone: string;
  /** The private network that it is in: of one account in one Region. */
  readonly network: string;
  readonly blueprintId: string;
  readonly username: string;
  readonly size: MachineSize;
  readonly addresses: MachineAddresses;
  readonly firewall: readonly FirewallRule[];
  readonly metadata: MetadataService;
  /** OpenSSH public keys that may log in, and the authority whose certificates may. */
  readonly authorizedKeys: readonly string[];
  readonly userAuthority: string;
  readonly userData?: string | undefined;
  /** Windows only: the Administrator's first password. */
  readonly password?: string | undefined;
  /** Id of the machine's snapshot that its system disk begins as; a blank one of the blueprint without. */
  readonly from?: string | undefined;
}

export interface MachineSize {
  readonly cpuCount: number;
  readonly ramSizeInGb: number;
  readonly diskSizeInGb: number;
}

export interface MachineAddresses {
  readonly privateIp?: string | undefined;
  readonly publicIp?: string | undefined;
  readonly ipv6: readonly string[];
}

/** One opening: `protocol` as in PortInfo; for icmp and icmpv6 the ports are type and code, -1 for any. */
export interface FirewallRule {
  readonly protocol: string;
  readonly fromPort: number;
  readonly toPort: number;
  readonly cidrs: readonly string[];
  readonly ipv6Cidrs: readonly string[];
}

/** The service at 169.254.169.254 as one machine sees it. */
export interface MetadataService {
  readonly httpTokens: string;
  readonly httpEndpoint: string;
  readonly httpPutResponseHopLimit: number;
  readonly httpProtocolIpv6: string;
}

/** What an engine sees of a machine. While it changes, `settlesAt` (ms of Lateen's clock) is when to look again, if the engine knows. */
export interface Observation {
  readonly state: 'pending' | 'running' | 'stopping' | 'stopped';
  readonly settlesAt?: number | undefined;
}

/** What a disk is made of. */
export interface VolumeSpec {
  readonly id: string;
  readonly name: string;
  readonly zone: string;
  readonly sizeInGb: number;
  /** What it begins as; blank without. `path` is the volume of a machine's snapshot that was there. */
  readonly from?: { readonly snapshot: string; readonly path?: string | undefined } | undefined;
}

/** A volume beside the system disk, and the device of the machine that it is. */
export interface AttachedVolume {
  readonly id: string;
  readonly path: string;
}

/** Which blueprints machines can begin as. */
export interface Offer {
  has(blueprintId: string): boolean;
  /** What would make it one of them: a sentence for whoever asked for it. */
  remedy(blueprintId: string): string;
}

/** How far a snapshot is; `until` (ms of Lateen's clock) is when to look again, and absent once it is whole. */
export interface SnapshotProgress {
  readonly percent: number;
  readonly until?: number | undefined;
}

/** What a load balancer is to be, keyed by the id of its resource. It always serves HTTP on port 80. */
export interface BalancerSpec {
  readonly id: string;
  readonly name: string;
  readonly ipAddressType: string;
  /** Where targets answer, and what they are asked for. */
  readonly instancePort: number;
  readonly healthCheckPath: string;
  /** How long a client stays with its target; absent, when it does not. */
  readonly stickySeconds?: number | undefined;
  /** Absent: no port 443. PEM texts; `chain` begins with the balancer's own certificate. */
  readonly tls?: { readonly policy: string; readonly chain: string; readonly privateKey: string } | undefined;
  readonly redirectToHttps: boolean;
  /** Ids of machines. One that is not listed any more drains: it gets nothing new, and goes when what it has is over. */
  readonly targets: readonly string[];
}

/** How a balancer finds a target. `settlesAt` (ms of Lateen's clock) is when it will be found otherwise, if the engine knows. */
export interface TargetObservation {
  readonly health: InstanceHealthState;
  /** Absent when healthy. */
  readonly reason?: InstanceHealthReason | undefined;
  readonly settlesAt?: number | undefined;
}

/** What a machine serves HTTPS with under these names. PEM texts; `chain` begins with the machine's own certificate. */
export interface SiteCertificate {
  readonly names: readonly string[];
  readonly chain: string;
  readonly privateKey: string;
}

/** A change that takes time: call again at `until` (ms of Lateen's clock). */
export interface Unsettled {
  readonly until: number;
}

/** Which figures to sum up, in ms of Lateen's clock: those from `start` to before `end`, in parts of `period`. */
export interface MetricQuery<Name extends string = InstanceMetricName> {
  readonly metric: Name;
  readonly start: number;
  readonly end: number;
  readonly period: number;
}

/** What the figures of one part come to, in the unit that the catalogue gives the metric. `at` is where the part begins. */
export interface Statistics {
  readonly at: number;
  readonly count: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly sum: number;
}

/** In characters. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** A terminal at a machine. */
export interface Terminal {
  /** What is written is typed, and what is read is shown. It ends with the shell; destroyed, it ends the shell. */
  readonly stream: Duplex;
  resize(size: TerminalSize): void;
}

/** What a monitor and a keyboard at the machine would be for. Both throw EngineRefusal where there is none of it. */
export interface MachineConsole {
  /** What the machine has said since it was switched on, as far as that is kept. */
  log(id: string): Promise<string>;
  /** Of a machine that runs: a shell of its user, or the console itself where the engine cannot run one. */
  terminal(id: string, size: TerminalSize): Promise<Terminal>;
}

/** What an engine was told of a machine, and keeps. */
export type Told = Pick<MachineSpec, 'addresses' | 'firewall' | 'metadata'>;

/** Something that an engine has for this Lateen, also what was begun and never finished: that is not `whole`. */
export type Kept = { readonly id: string; readonly whole: boolean } & (
  | { readonly kind: 'machine'; readonly state: Observation['state'] | undefined; readonly told: Told }
  | { readonly kind: 'volume' | 'snapshot' }
);

/** How a machine may have come to be without being told to. */
export type Change = 'running' | 'stopped' | 'gone';

/** What an engine found otherwise than it had left it. `text` is for the operator. */
export interface Finding {
  readonly text: string;
  readonly mended: boolean;
}

/**
 * What makes machines. Every call may be repeated: after a crash a step runs again, and a machine that is already there,
 * already started or already gone is not an error. Changes may take time; `observe` tells when they are done.
 * A call throws `EngineRefusal` when trying again cannot help, and any other error when it can.
 */
export interface Machines {
  /** What is on offer at this moment. Absent when it is everything, always. */
  offer?(): Promise<Offer>;
  create(spec: MachineSpec): Promise<void>;
  start(id: string): Promise<void>;
  /** `force` cuts the power. */
  stop(id: string, force: boolean): Promise<void>;
  /** `request` tells a repeated call from a new one. */
  reboot(id: string, request: string): Promise<void>;
  delete(id: string): Promise<void>;
  /** Of a stopped machine. */
  resize(id: string, size: MachineSize): Promise<void>;
  setAddresses(id: string, addresses: MachineAddresses): Promise<void>;
  setFirewall(id: string, rules: readonly FirewallRule[]): Promise<void>;
  setMetadata(id: string, options: MetadataService): Promise<void>;
  /** The web server of a running machine serves HTTPS with this certificate from now on; absent, with its first one. */
  setCertificate(id: string, certificate: SiteCertificate | undefined): Promise<Unsettled | undefined>;
  /** Opens the desktop of a running machine for its sessions. It goes when the machine stops or boots again. */
  startDesktop(id: string): Promise<Unsettled | undefined>;
  stopDesktop(id: string): Promise<Unsettled | undefined>;
  /** Undefined when there is no such machine. */
  observe(id: string): Promise<Observation | undefined>;
  /**
   * Tells of machines that may have changed without being told to: at once when one does, and of all that are off whenever the
   * engine has not been able to watch for a while. Absent when machines never do. The answer ends it.
   */
  watch?(changed: (id: string, to: Change) => void): () => void;
  /** Everything that it has for this Lateen. What others have made is not seen. Absent where nobody else can change anything. */
  list?(): AsyncIterable<Kept>;
  /** Puts right what it keeps beside that, on its host, and tells what was wrong. */
  mend?(): Promise<readonly Finding[]>;
  readonly console: MachineConsole;
  /** A volume of its own, keyed by the id of its disk. Not ready yet when it answers with a time to ask again. */
  createVolume(spec: VolumeSpec): Promise<Unsettled | undefined>;
  deleteVolume(id: string): Promise<void>;
  /** Puts the volume into the machine as the device `path`; also of a machine that is stopped. */
  attachVolume(id: string, machine: string, path: string): Promise<Unsettled | undefined>;
  /** A machine that is gone holds nothing. */
  detachVolume(id: string, machine: string): Promise<Unsettled | undefined>;
  /** Takes the machine's disk and its volumes as they are at this moment. Once it answers, all of them may change or go. */
  snapshotMachine(id: string, machine: string, volumes: readonly AttachedVolume[]): Promise<void>;
  /** The same of one volume alone, or of the system disk of the machine with that id. */
  snapshotVolume(id: string, volume: string): Promise<void>;
  /** A snapshot like another, and independent of it from the answer on, whatever it shares underneath. */
  copySnapshot(id: string, from: string): Promise<void>;
  /** Throws `EngineRefusal` when there is no such snapshot. */
  snapshotProgress(id: string): Promise<SnapshotProgress>;
  deleteSnapshot(id: string): Promise<void>;
  /** Hands what the snapshot holds over to another cloud, as the image or the volume `id`. */
  exportSnapshot(id: string, snapshot: string): Promise<Unsettled | undefined>;
  /** Makes the balancer be like this, whether it is there or not. Not so yet when it answers with a time to ask again. */
  applyBalancer(spec: BalancerSpec): Promise<Unsettled | undefined>;
  removeBalancer(id: string): Promise<void>;
  /** Undefined when the balancer does not have the machine, or has it no more. */
  observeTarget(id: string, machine: string): Promise<TargetObservation | undefined>;
  /** Oldest first, and only parts with figures in them: there are none of a time when the machine was off, or not there. */
  metrics(id: string, query: MetricQuery): Promise<readonly Statistics[]>;
  /** The same of a balancer, from when it was there on. Counts of what happened have no parts with nothing in them. */
  balancerMetrics(id: string, query: MetricQuery<LoadBalancerMetricName>): Promise<readonly Statistics[]>;
  /** The keys that the machine answers with; `protocol` ssh gives host keys, rdp the certificate. Without witnessedAt: that is the caller's to say. */
  hostKeys(id: string, protocol: 'ssh' | 'rdp'): Promise<Omit<HostKeyAttributes, 'witnessedAt'>[]>;
}

/** The engine cannot do it, now or later. The text reaches the user as the operation's `errorDetails`. */
export class EngineRefusal extends Error {}
