import type { ContainerSpec, EndpointSpec, HealthCheck } from '../containers.ts';

/** How containers of well-known images behave, by the last part of the image's name. All others serve whatever port they are asked on. */
interface Behaviour {
  readonly names: RegExp;
  /** Where it listens; anywhere, when absent. */
  readonly ports?: readonly number[];
  /** Whether it speaks HTTP. */
  readonly web: boolean;
  /** Whether it has more than its first page. */
  readonly pages: boolean;
  /** What it writes when it starts. */
  readonly start: (clock: string, iso: string) => readonly string[];
}

const behaviours: readonly Behaviour[] = [
  {
    names: /^nginx/,
    ports: [80],
    web: true,
    pages: false,
    start: (clock) => [
      '/docker-entrypoint.sh: /docker-entrypoint.d/ is not empty, will attempt to perform configuration',
      '/docker-entrypoint.sh: Launching /docker-entrypoint.d/30-tune-worker-processes.sh',
      '/docker-entrypoint.sh: Configuration complete; ready for start up',
      `${clock} [notice] 1#1: using the "epoll" event method`,
      `${clock} [notice] 1#1: nginx/1.27.3`,
      `${clock} [notice] 1#1: start worker processes`,
    ],
  },
  {
    names: /^(httpd|amazon-lightsail|hello-world)/,
    ports: [80],
    web: true,
    pages: false,
    start: (_, iso) => [
      `[${iso}] [mpm_event:notice] [pid 1] AH00489: Apache/2.4.62 (Unix) configured -- resuming normal operations`,
      `[${iso}] [core:notice] [pid 1] AH00094: Command line: 'httpd -D FOREGROUND'`,
    ],
  },
  {
    names: /^redis/,
    ports: [6379],
    web: false,
    pages: false,
    start: () => ['* Running mode=standalone, port=6379.', '* Ready to accept connections tcp'],
  },
  {
    names: /^(mysql|mariadb)/,
    ports: [3306],
    web: false,
    pages: false,
    start: (_, iso) => [`${iso} 0 [System] [Server] ready for connections. port: 3306`],
  },
  {
    names: /^postgres/,
    ports: [5432],
    web: false,
    pages: false,
    start: (_, iso) => [`${iso} UTC [1] LOG:  database system is ready to accept connections`],
  },
];

const anyApplication: Behaviour = {
  names: /./,
  web: true,
  pages: true,
  start: (_, iso) => [`${iso} INFO starting`, `${iso} INFO ready`],
};

/** `registry/path/name:tag@digest`, or `:service.label.version`. */
const nameOf = (image: string): string =>
  image.startsWith(':') ? (image.split('.')[1] ?? '') : (/([^/:@]*)(?::[^/@]*)?(?:@.*)?$/.exec(image)?.[1] ?? '');

export const behaviourOf = (image: string): Behaviour =>
  behaviours.find(({ names }) => names.test(nameOf(image))) ?? anyApplication;

/** No registry has an image whose name or tag says so; nor one whose name is none. */
const unknown = /(^|[/:.-])(missing|no-such-image|does-not-exist)([:@.]|$)/;
const reference = /^(:|[a-z0-9]+(?:[._/:-]+[a-zA-Z0-9_]+)*(?:@sha256:[0-9a-f]{64})?$)/;

export const canPull = ({ image, digest }: ContainerSpec): boolean =>
  digest !== undefined || (reference.test(image) && !unknown.test(image));

/** What the container ends with as soon as it starts; undefined for one that stays. */
export const exitCodeOf = ({ command: [first, ...more] }: ContainerSpec): number | undefined => {
  if (first === 'false') return 1;
  return first === 'exit' ? Number(more[0] ?? 0) : undefined;
};

/** The code that the path is answered with; undefined when nothing answers there. `/status/503` is answered with 503. */
export const answerOf = ({ image }: ContainerSpec, port: number, path: string): number | undefined => {
  const { ports, web, pages } = behaviourOf(image);
  if (!web || ports?.includes(port) === false) return undefined;
  const wanted = /^\/status\/([1-5]\d\d)$/.exec(path)?.[1];
  if (wanted !== undefined) return Number(wanted);
  return pages || path === '/' ? 200 : 404;
};

export const isHealthy = (container: ContainerSpec, { port, healthCheck }: EndpointSpec): boolean => {
  const code = answerOf(container, port, healthCheck.path);
  return code !== undefined && isGood(healthCheck, code);
};

const isGood = ({ success }: HealthCheck, code: number): boolean =>
  success.some(([least, most]) => code >= least && code <= most);
