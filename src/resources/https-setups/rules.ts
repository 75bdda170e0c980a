import type { Instance, InstancePortInfo } from '../../api/generated/types.ts';
import type { Catalogue } from '../../catalogue.ts';
import { checkDomainNames, failureOf } from '../../certificates/domain-names.ts';
import { invalidInput } from '../../errors.ts';
import { states } from '../instances/rules.ts';

/** What stands against the set-up, and what to do about it. */
export interface Obstacle {
  readonly message: string;
  readonly tip: string;
}

const isOpen = (ports: readonly InstancePortInfo[], port: number): boolean =>
  ports.some(
    ({ protocol, fromPort = 0, toPort = 0, cidrs }) =>
      (protocol === 'tcp' || protocol === 'all') && fromPort <= port && port <= toPort && cidrs?.includes('0.0.0.0/0'),
  );

/**
 * Why the instance cannot be set up for HTTPS as it is; undefined when it can. The service's scripts are for WordPress and run on
 * the machine, and the domains need an address that stays and the ports of the web.
 */
export const obstacleOf = (
  { httpsSetup, blueprint }: Pick<Catalogue, 'httpsSetup' | 'blueprint'>,
  { name, blueprintId = '', state, isStaticIp, networking }: Instance,
): Obstacle | undefined => {
  const { blueprintGroups, openPorts } = httpsSetup;
  if (!blueprintGroups.includes(blueprint(blueprintId)?.group ?? '')) {
    return {
      message: `The blueprint ${blueprintId} of the Instance ${name} does not support the set-up of HTTPS.`,
      tip: `It is for instances of the blueprint ${blueprintGroups.join(' or ')}.`,
    };
  }
  if (state?.name !== states.running.name) {
    return {
      message: `The Instance ${name} cannot be set up for HTTPS while its state is ${state?.name}.`,
      tip: `It can be set up for HTTPS when its state is ${states.running.name}.`,
    };
  }
  if (!isStaticIp) {
    return {
      message: `The Instance ${name} has no static IP.`,
      tip: 'Attach one with AttachStaticIp and have the domains lead to it: another address changes when the instance stops.',
    };
  }
  const closed = openPorts.filter((port) => !isOpen(networking?.ports ?? [], port));
  if (closed.length === 0) return undefined;
  return {
    message: `The Instance ${name} must let in tcp ${closed.join(' and ')} from anywhere.`,
    tip: 'Open them with OpenInstancePublicPorts.',
  };
};

/** The common name of a certificate has so many characters at most. */
const longestFirst = 63;

/** The names of the certificate, the first of them its subject. Throws InvalidInputException when there can be none with these. */
export const certificateNames = (domainNames: readonly string[]): readonly [string, ...string[]] => {
  const primary = domainNames.find(({ length }) => length <= longestFirst);
  if (primary === undefined)
    throw invalidInput(`One of the domain names must have at most ${longestFirst} characters.`);
  const names = checkDomainNames(primary, domainNames);
  const reason = failureOf(names);
  if (reason === undefined) return names;
  throw invalidInput(
    `No certificate can be issued for ${names.join(', ')}: ${reason}.`,
    'Name domains that are your own and that DNS knows.',
  );
};
