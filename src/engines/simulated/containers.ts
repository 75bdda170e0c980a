import { createHash } from 'node:crypto';
import type { ContainerServiceStateDetailCode } from '../../api/generated/types.ts';
import type { Catalogue } from '../../catalogue.ts';
import type { Clock } from '../../clock.ts';
import {
  beginContainerRun,
  containerRunsOf,
  deleteContainerRuns,
  endContainerRuns,
} from '../../store/records/container-runs.ts';
import { deleteMachine, findMachine, putMachine } from '../../store/records/machines.ts';
import type { Store, Tx } from '../../store/store.ts';
import type { ContainerServiceSpec, Containers, DeploymentSpec, Stage } from '../containers.ts';
import { EngineRefusal } from '../machine.ts';
import { visitContainerFigures } from './container-figures.ts';
import { canPull, exitCodeOf, isHealthy } from './container-images.ts';
import { type DeploymentRun, type Failure, readLog } from './container-logs.ts';
import { sumUp } from './sum-up.ts';

/** A service that is only a row. */
interface Service {
  readonly service: true;
  /** Digest of the spec that it was told last: the spec itself holds private keys. */
  readonly told: string;
  readonly nodes: number;
  readonly node: ContainerServiceSpec['node'];
  readonly enabled: boolean;
  readonly sites: string;
  /** How the change that goes on goes on; over, when the last one is. */
  readonly stages: readonly Stage[];
  /** Under way. */
  readonly next?: Attempt | undefined;
  readonly active?: DeploymentSpec | undefined;
  /** What was active before it. */
  readonly previous?: DeploymentSpec | undefined;
  readonly removedAt?: number | undefined;
}

interface Attempt {
  readonly deployment: DeploymentSpec;
  readonly stages: readonly Stage[];
  readonly failure?: Failure | undefined;
}

type RunBody = Pick<DeploymentRun, 'deployment' | 'steadyAt' | 'failure'>;

/** The first deployment of a service makes what the others find. */
const system: readonly ContainerServiceStateDetailCode[] = [
  'CREATING_SYSTEM_RESOURCES',
  'CREATING_NETWORK_INFRASTRUCTURE',
  'PROVISIONING_CERTIFICATE',
  'PROVISIONING_SERVICE',
];

/** One after the other, each with its share of `ms`. */
const stagesOf = (codes: readonly ContainerServiceStateDetailCode[], from: number, ms: number): readonly Stage[] =>
  codes.map((code, i) => ({ code, until: from + (ms * (i + 1)) / codes.length }));

const endOf = (stages: readonly Stage[]): number => stages.at(-1)?.until ?? 0;

/** Why the deployment will come to nothing; undefined when it will be well. */
const failureOf = ({ containers, endpoint }: DeploymentSpec): Failure | undefined => {
  for (const [container, spec] of Object.entries(containers)) {
    if (!canPull(spec))
      return {
        kind: 'pull',
        container,
        text: `The image ${spec.image} of the container ${container} cannot be pulled: there is none.`,
      };
    const code = exitCodeOf(spec);
    if (code !== undefined) return { kind: 'exit', container, text: `The container ${container} ended with ${code}.` };
  }
  if (endpoint === undefined) return undefined;
  const { container, port, healthCheck } = endpoint;
  if (isHealthy(containers[container]!, endpoint)) return undefined;
  return {
    kind: 'health',
    container,
    text: `The container ${container} is not healthy: port ${port} does not answer ${healthCheck.path} as it should.`,
  };
};

/** Container services that behave and run nothing. */
export const createSimulatedContainers = (store: Store, clock: Clock, catalogue: Catalogue): Containers => {
  const find = async (tx: Tx, id: string): Promise<Service | undefined> => {
    const body = await findMachine(tx, id);
    return body === undefined ? undefined : (JSON.parse(body) as Service);
  };
  const put = async (tx: Tx, id: string, service: Service): Promise<Service> => {
    await putMachine(tx, id, JSON.stringify(service));
    return service;
  };
  const stageNow = (stages: readonly Stage[]): Stage | undefined => stages.find(({ until }) => clock.now() < until);
  const begin = (
    tx: Tx,
    id: string,
    { nodes }: Service,
    since: number,
    until: number | null,
    body: RunBody,
  ): Promise<void> =>
    beginContainerRun(
      tx,
      id,
      { version: body.deployment.version, since, until, nodes, body: JSON.stringify(body) },
      clock.now() - catalogue.metricRetention,
    );
  const runsOf = async (id: string, from: number): Promise<DeploymentRun[]> =>
    (await store.read((tx) => containerRunsOf(tx, id, from))).map(({ since, until, nodes, body }) => ({
      ...(JSON.parse(body) as RunBody),
      ...{ service: id, since, until: until ?? undefined, nodes },
    }));

  /** The service as it is after it was told something new. */
  const changed = async (
    tx: Tx,
    spec: ContainerServiceSpec,
    told: string,
    known: Service | undefined,
  ): Promise<Service> => {
    const { nodes, node, enabled } = spec;
    const sites = JSON.stringify(spec.sites.map(({ names }) => names));
    const now = clock.now();
    const codes: readonly ContainerServiceStateDetailCode[] =
      known === undefined || sites !== known.sites
        ? ['PROVISIONING_CERTIFICATE', 'PROVISIONING_SERVICE']
        : ['PROVISIONING_SERVICE'];
    const stages = stagesOf(codes, now, catalogue.time(known === undefined ? 'createService' : 'updateService'));
    const service = { ...known, service: true, told, nodes, node, enabled, sites, stages } as const;
    const sameNodes =
      JSON.stringify([known?.nodes, known?.node, known?.enabled]) === JSON.stringify([nodes, node, enabled]);
    if (known?.active !== undefined && !sameNodes) {
      const at = endOf(stages);
      await endContainerRuns(tx, spec.id, at);
      if (enabled) await begin(tx, spec.id, service, at, null, { deployment: known.active, steadyAt: at });
    }
    return put(tx, spec.id, service);
  };

  /** Begins a deployment that the service has not seen. */
  const attempt = async (tx: Tx, id: string, service: Service, deployment: DeploymentSpec): Promise<Service> => {
    const first = service.active === undefined;
    const started = stagesOf(
      [...(first ? system : []), 'CREATING_DEPLOYMENT'],
      clock.now(),
      catalogue.time('createDeployment'),
    );
    const since = endOf(started);
    const failure = failureOf(deployment);
    const checked = stagesOf(['EVALUATING_HEALTH_CHECK'], since, catalogue.time('checkDeployment'));
    const activated = stagesOf(['ACTIVATING_DEPLOYMENT'], endOf(checked), catalogue.time('activateDeployment'));
    const stages = [
      ...started,
      ...(failure?.kind === 'pull' ? [] : checked),
      ...(failure === undefined ? activated : []),
    ];
    const steadyAt = endOf(stages);
    await begin(tx, id, service, since, failure === undefined ? null : steadyAt, { deployment, steadyAt, failure });
    return put(tx, id, { ...service, next: { deployment, stages, failure } });
  };

  /** Begins the deployment or goes on with it. */
  const advance = async (
    tx: Tx,
    id: string,
    deployment: DeploymentSpec,
  ): Promise<{ readonly stage?: Stage | undefined; readonly failure?: Failure | undefined }> => {
    const known = await find(tx, id);
    if (known === undefined) throw new EngineRefusal(`there is no simulated service ${id}`);
    const { version } = deployment;
    if (known.active?.version === version) return {};
    const service = known.next?.deployment.version === version ? known : await attempt(tx, id, known, deployment);
    const { stages, failure } = service.next!;
    const stage = stageNow(stages);
    if (stage !== undefined || failure !== undefined) return stage === undefined ? { failure } : { stage };
    if (service.active !== undefined) await endContainerRuns(tx, id, clock.now(), service.active.version);
    await put(tx, id, { ...service, next: undefined, active: deployment, previous: service.active });
    return {};
  };

  return {
    applyService: (spec) =>
      store.write('machines', async (tx) => {
        const known = await find(tx, spec.id);
        const told = createHash('sha256').update(JSON.stringify(spec)).digest('hex');
        const service = known?.told === told ? known : await changed(tx, spec, told, known);
        return stageNow(service.stages);
      }),
    removeService: (id) =>
      store.write('machines', async (tx) => {
        const known = await find(tx, id);
        if (known === undefined) return undefined;
        const removedAt = known.removedAt ?? clock.now() + catalogue.time('deleteService');
        if (clock.now() < removedAt) {
          await put(tx, id, { ...known, removedAt });
          return { until: removedAt };
        }
        await deleteMachine(tx, id);
        await deleteContainerRuns(tx, id);
        return undefined;
      }),
    async applyDeployment(id, deployment) {
      const { stage, failure } = await store.write('machines', (tx) => advance(tx, id, deployment));
      // What was tried stays written down.
      if (failure !== undefined) throw new EngineRefusal(failure.text);
      return stage;
    },
    withdrawDeployment: (id, version) =>
      store.write('machines', async (tx) => {
        const known = await find(tx, id);
        if (known === undefined) return;
        const { next, active, previous } = known;
        const now = clock.now();
        if (next?.deployment.version === version) {
          await endContainerRuns(tx, id, now, version);
          await put(tx, id, { ...known, next: undefined });
        } else if (active?.version === version) {
          await endContainerRuns(tx, id, now, version);
          const service = await put(tx, id, { ...known, active: previous, previous: undefined });
          if (previous !== undefined) await begin(tx, id, service, now, null, { deployment: previous, steadyAt: now });
        }
      }),
    async logs(id, query) {
      const keptSince = clock.now() - catalogue.quota('containerLogRetentionDays') * 86_400_000;
      const start = Math.max(query.start, keptSince);
      return readLog(await runsOf(id, start), { ...query, start, end: Math.min(query.end, clock.now()) });
    },
    async metrics(id, query) {
      const start = Math.max(query.start, clock.now() - catalogue.metricRetention);
      const range = { ...query, start, end: Math.min(query.end, clock.now()) };
      const runs = await runsOf(id, start);
      return sumUp(query, (visit) => visitContainerFigures(id, runs, range, visit));
    },
  };
};
