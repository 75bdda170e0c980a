import { createHash } from 'node:crypto';
import type { ContainerLine, DeploymentSpec, LogQuery } from '../containers.ts';
import { answerOf, behaviourOf, exitCodeOf } from './container-images.ts';

/** Why a deployment came to nothing; `text` is for its owner. */
export interface Failure {
  readonly kind: 'pull' | 'exit' | 'health';
  readonly container: string;
  readonly text: string;
}

/** A time that a deployment ran, or tried to; ms of Lateen's clock. */
export interface DeploymentRun {
  readonly service: string;
  readonly since: number;
  readonly until: number | undefined;
  readonly nodes: number;
  readonly deployment: DeploymentSpec;
  /** When it had proved to be well. */
  readonly steadyAt: number;
  readonly failure?: Failure | undefined;
}

/** Between two lines of one node, and between two nodes (ms). */
const lineMs = 3;
const nodeMs = 41;

/** The first lines of the query, of all runs in the order of their times. */
export const readLog = (runs: readonly DeploymentRun[], query: LogQuery): ContainerLine[] => {
  const sources = runs
    .filter(({ deployment }) => deployment.containers[query.container] !== undefined)
    .map((run) => linesOf(run, query.container, query.start));
  const heads = sources.map((source) => source.next());
  const lines: ContainerLine[] = [];
  while (lines.length < query.limit) {
    let first = -1;
    for (const [i, head] of heads.entries())
      if (!head.done && (first < 0 || head.value.at < (heads[first]!.value as ContainerLine).at)) first = i;
    if (first < 0) break;
    const line = heads[first]!.value as ContainerLine;
    if (line.at >= query.end) break;
    if (line.at >= query.start) lines.push(line);
    heads[first] = sources[first]!.next();
  }
  return lines;
};

/** Without an end for a run that goes on. Most of what was before `from` is passed over. */
function* linesOf(run: DeploymentRun, name: string, from: number): Generator<ContainerLine, undefined> {
  const { since, until = Number.POSITIVE_INFINITY, nodes, deployment, steadyAt, failure } = run;
  const container = deployment.containers[name]!;
  const say = (at: number, text: string): ContainerLine => ({
    at,
    message: `[deployment:${deployment.version}] ${text}`,
  });
  // At a pace that takes no time, the end comes with the beginning: nothing is written before what led to it.
  const readyAt = since + nodes * nodeMs;
  const steady = failure === undefined ? [say(Math.max(steadyAt, readyAt), 'Reached a steady state')] : [];
  const last = lastWords(run, name).map((text) => say(Math.max(until, readyAt), text));
  yield say(since, `Starting ${nodes} ${nodes === 1 ? 'node' : 'nodes'}`);
  if (failure?.kind !== 'pull') {
    yield* startLines(run, container.image);
    if (exitCodeOf(container) === undefined) yield* inOrder(steady, checkLines(run, name, from), until);
  }
  yield* last;
  return undefined;
}

/** The few among the many, until the end. */
function* inOrder(
  few: readonly ContainerLine[],
  many: Iterable<ContainerLine>,
  until: number,
): Generator<ContainerLine> {
  let left = few.filter(({ at }) => at < until);
  for (const line of many) {
    if (line.at >= until) break;
    if (left.length > 0 && left[0]!.at <= line.at) {
      yield* left;
      left = [];
    }
    yield line;
  }
  yield* left;
}

const lastWords = ({ until, failure }: DeploymentRun, name: string): readonly string[] => {
  if (until === undefined) return [];
  if (failure === undefined) return ['Stopping'];
  return failure.container === name ? [failure.text, 'Canceled'] : ['Canceled'];
};

function* startLines({ since, nodes }: DeploymentRun, image: string): Generator<ContainerLine> {
  const iso = new Date(since).toISOString();
  const texts = behaviourOf(image).start(iso.slice(0, 19).replaceAll('-', '/').replace('T', ' '), iso);
  for (let node = 0; node < nodes; node++)
    for (const [i, message] of texts.entries()) yield { at: since + 1 + node * nodeMs + i * lineMs, message };
}

/** What the health checks leave in the log of whichever container the endpoint leads to: one line a check and node. */
function* checkLines(
  { service, since, nodes, deployment }: DeploymentRun,
  name: string,
  from: number,
): Generator<ContainerLine> {
  const { endpoint, containers } = deployment;
  if (endpoint?.container !== name) return;
  const { path, intervalSeconds } = endpoint.healthCheck;
  const code = answerOf(containers[name]!, endpoint.port, path);
  if (code === undefined) return;
  const first = since + 1_000;
  const checkers = Array.from({ length: nodes }, (_, node) => checkerOf(service, node));
  const interval = intervalSeconds * 1_000;
  for (let at = first + Math.max(0, Math.floor((from - first) / interval) - 1) * interval; ; at += interval) {
    for (const [node, checker] of checkers.entries()) {
      const [ms, date] = [at + node * nodeMs, stampOf(at + node * nodeMs)];
      const message = `${checker} - - [${date}] "GET ${path} HTTP/1.1" ${code} ${bytesOf(code)} "-" "ELB-HealthChecker/2.0" "-"`;
      yield { at: ms, message };
    }
  }
}

const bytesOf = (code: number): number => (code === 200 ? 615 : 153);

/** The private address that checks of a node come from. */
const checkerOf = (service: string, node: number): string => {
  const hash = createHash('sha256').update(`${service} ${node}`).digest();
  return `172.26.${hash[0]}.${1 + (hash[1]! % 254)}`;
};

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** As web servers write it: 02/Jan/2026:03:04:05 +0000. */
const stampOf = (at: number): string => {
  const iso = new Date(at).toISOString();
  return `${iso.slice(8, 10)}/${months[Number(iso.slice(5, 7)) - 1]}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
};
