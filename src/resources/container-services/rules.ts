import type {
  Container,
  ContainerService,
  ContainerServiceEndpoint,
  EndpointRequest,
} from '../../api/generated/types.ts';
import { invalidInput, wrongState } from '../../errors.ts';

/** What may happen when (F412). A deletion may come at any time. */
const allowed = {
  changed: ['READY', 'RUNNING', 'DISABLED'],
  'deployed to': ['READY', 'RUNNING'],
  'given images': ['PENDING', 'READY', 'DEPLOYING', 'RUNNING', 'UPDATING', 'DISABLED'],
} as const satisfies Record<string, readonly string[]>;

/** Throws InvalidInputException when the service's state forbids it. */
export const checkState = (
  { containerServiceName = '', state = 'PENDING' }: ContainerService,
  verb: keyof typeof allowed,
): void => {
  if (allowed[verb].some((other) => other === state)) return;
  if (state === 'DISABLED' && verb === 'deployed to') {
    throw invalidInput(
      `The container service ${containerServiceName} is disabled and cannot be deployed to.`,
      'Enable it first: UpdateContainerService with isDisabled false.',
    );
  }
  throw wrongState('ContainerService', containerServiceName, verb, state, allowed[verb]);
};

/** Throws InvalidInputException when the account has no room for one more (error-messages: the service has words of its own here). */
export const checkRoom = (used: number, limit: number): void => {
  if (used < limit) return;
  throw invalidInput(
    "Sorry, you've either reached or will exceed your maximum limit of Lightsail Container Services.",
    `An account has ${limit} at most, in all Regions. Delete one that is not needed.`,
  );
};

/** From and to, both included (F434; the thresholds as the service's console has them). */
const bounds = {
  healthyThreshold: { least: 2, most: 10, usual: 2 },
  unhealthyThreshold: { least: 2, most: 10, usual: 2 },
  timeoutSeconds: { least: 2, most: 60, usual: 2 },
  intervalSeconds: { least: 5, most: 300, usual: 5 },
} as const;

type Count = keyof typeof bounds;

const highestPort = 65_535;
const usualCodes = '200-499';

const isPort = (text: string): boolean => /^[1-9]\d{0,4}$/.test(text) && Number(text) <= highestPort;

/** The containers with what stands when they do not say (F429 to F432). Throws InvalidInputException. */
export const checkContainers = (
  containers: Readonly<Record<string, Container>> = {},
  most: number,
): Record<string, Container> => {
  const entries = Object.entries(containers);
  if (entries.length === 0) throw invalidInput('A deployment has at least one container.');
  if (entries.length > most)
    throw invalidInput(`A deployment has up to ${most} containers, and this one has ${entries.length}.`);
  return Object.fromEntries(entries.map(([name, container]) => [name, checkContainer(name, container)]));
};

const checkContainer = (name: string, { image = '', command, environment, ports }: Container): Container => {
  if (!/^\S+$/.test(image)) {
    throw invalidInput(
      `The container ${name} has no image.`,
      'Name one of a public registry, such as nginx:latest, or one of the service, such as :service.label.1.',
    );
  }
  for (const port of Object.keys(ports ?? {}))
    if (!isPort(port))
      throw invalidInput(`The port ${port} of the container ${name} is not valid: ports are 1 to ${highestPort}.`);
  for (const variable of Object.keys(environment ?? {}))
    if (!/^[^=\0]+$/.test(variable))
      throw invalidInput(`The container ${name} has an environment variable with the name "${variable}".`);
  return { command: [...(command ?? [])], environment: { ...environment }, image, ports: { ...ports } };
};

/** The endpoint with what stands when it does not say (F433, F434). Throws InvalidInputException. */
export const checkEndpoint = (
  containers: Readonly<Record<string, Container>>,
  { containerName, containerPort, healthCheck = {} }: EndpointRequest,
): ContainerServiceEndpoint => {
  const container = containers[containerName];
  if (container === undefined)
    throw invalidInput(`The public endpoint is the container ${containerName}, which is not in the deployment.`);
  const protocol = container.ports?.[`${containerPort}`];
  if (protocol !== 'HTTP' && protocol !== 'HTTPS') {
    throw invalidInput(
      `The port ${containerPort} of the container ${containerName} cannot be the public endpoint.`,
      'It must be one of the ports of the container, with the protocol HTTP or HTTPS.',
    );
  }
  const { path = '/', successCodes = usualCodes } = healthCheck;
  if (!/^\/[\x21-\x7e]*$/.test(path))
    throw invalidInput(`The path ${path} of the health check is not valid: it begins with / and has no blanks.`);
  readCodes(successCodes);
  const count = (member: Count): number => {
    const { least, most, usual } = bounds[member];
    const value = healthCheck[member] ?? usual;
    if (value < least || value > most)
      throw invalidInput(`The ${member} ${value} of the health check is not valid: it is ${least} to ${most}.`);
    return value;
  };
  return {
    containerName,
    containerPort,
    healthCheck: {
      healthyThreshold: count('healthyThreshold'),
      unhealthyThreshold: count('unhealthyThreshold'),
      timeoutSeconds: count('timeoutSeconds'),
      intervalSeconds: count('intervalSeconds'),
      path,
      successCodes,
    },
  };
};

const [leastCode, mostCode] = [200, 499];

/** `200,202` or `200-299`, and both together: ranges with both ends (F434). Throws InvalidInputException. */
export const readCodes = (text: string): readonly (readonly [number, number])[] =>
  text.split(',').map((part) => {
    const [, least, most = least] = /^\s*(\d{3})\s*(?:[-\u2013]\s*(\d{3})\s*)?$/.exec(part) ?? [];
    const range = [Number(least), Number(most)] as const;
    if (range[0] >= leastCode && range[0] <= range[1] && range[1] <= mostCode) return range;
    throw invalidInput(
      `The success codes ${text} of the health check are not valid.`,
      `They are codes from ${leastCode} to ${mostCode}, as a list such as 200,202 or as a range such as 200-299.`,
    );
  });
