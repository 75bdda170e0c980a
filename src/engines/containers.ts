import type {
  ContainerServiceMetricName,
  ContainerServiceProtocol,
  ContainerServiceStateDetailCode,
} from '../api/generated/types.ts';
import type { MetricQuery, SiteCertificate, Statistics, Unsettled } from './machine.ts';

/** What a container service is to be, keyed by the id of its resource. */
export interface ContainerServiceSpec {
  readonly id: string;
  readonly name: string;
  /** How many nodes, and what each of them has. */
  readonly nodes: number;
  readonly node: { readonly cpuCount: number; readonly ramSizeInGb: number };
  /** One that is not enabled keeps its nodes and runs nothing on them. */
  readonly enabled: boolean;
  /** Public IPv4 addresses, the name that it always has there, and the one that only the account's own network knows. */
  readonly addresses: readonly string[];
  readonly hostName: string;
  readonly privateName: string;
  /** Its other names there, by the certificates that are shown for them. */
  readonly sites: readonly SiteCertificate[];
  /** ARN of the role that private registries know it by; absent, when it has no way into them. */
  readonly pullerRole?: string | undefined;
}

/** One version of what runs on a service. All of its containers run on every node. */
export interface DeploymentSpec {
  readonly version: number;
  readonly containers: Readonly<Record<string, ContainerSpec>>;
  /** Absent: nothing of it can be reached from outside. */
  readonly endpoint?: EndpointSpec | undefined;
}

export interface ContainerSpec {
  readonly image: string;
  /** Of an image that the account's own registry holds; absent for one of a public or another private registry. */
  readonly digest?: string | undefined;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** By port. */
  readonly ports: Readonly<Record<string, ContainerServiceProtocol>>;
}

/** Where what comes from outside goes, and how it is found out whether that is well. */
export interface EndpointSpec {
  readonly container: string;
  readonly port: number;
  readonly healthCheck: HealthCheck;
}

export interface HealthCheck {
  /** How many answers in a row make it healthy, or unhealthy. */
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  readonly timeoutSeconds: number;
  readonly intervalSeconds: number;
  readonly path: string;
  /** HTTP codes of a good answer: ranges, both ends included. */
  readonly success: readonly (readonly [number, number])[];
}

/** A change that goes on: what is being done, and when to look again (ms of Lateen's clock). */
export interface Stage {
  readonly code: ContainerServiceStateDetailCode;
  readonly until: number;
}

/** One line of what a container wrote; `at` in ms of Lateen's clock. */
export interface ContainerLine {
  readonly at: number;
  readonly message: string;
}

/** Lines from `start` to before `end`, in ms of Lateen's clock, and the first `limit` of them. */
export interface LogQuery {
  readonly container: string;
  readonly start: number;
  readonly end: number;
  readonly limit: number;
}

export type ContainerMetricQuery = MetricQuery<ContainerServiceMetricName>;

/**
 * What runs container services. Every call may be repeated; as long as a change is not done, it answers with the stage that it is in.
 * A call throws `EngineRefusal` when trying again cannot help, and any other error when it can.
 */
export interface Containers {
  /** Makes the service be like this, whether it is there or not. What runs on it goes on running, on other nodes if need be. */
  applyService(spec: ContainerServiceSpec): Promise<Stage | undefined>;
  removeService(id: string): Promise<Unsettled | undefined>;
  /**
   * Starts the deployment beside the one that runs, and lets it take its place once it is well. `EngineRefusal` says that this version
   * came to nothing, in words for its owner; the other runs on, and this one is to be withdrawn.
   */
  applyDeployment(id: string, deployment: DeploymentSpec): Promise<Stage | undefined>;
  /** Takes a version away that is not to run after all; whichever ran before runs again. */
  withdrawDeployment(id: string, version: number): Promise<void>;
  /** What the containers of that name wrote, of all deployments and nodes in one, oldest first. */
  logs(id: string, query: LogQuery): Promise<readonly ContainerLine[]>;
  /** Oldest first, and only parts in which something ran. */
  metrics(id: string, query: ContainerMetricQuery): Promise<readonly Statistics[]>;
}
