import type { Subdomain, SubdomainState } from '../../api/generated/types.ts';
import { invalidInput, wrongState } from '../../errors.ts';
import { ownDomain } from '../../network.ts';

/** What all subdomains lie under. */
const parent = `sites.${ownDomain}`;

const longest = 39;
const label = /^(?!xn--)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

/** Names that people would take for the service's own. */
const reserved: ReadonlySet<string> = new Set([
  'admin',
  'amazon',
  'api',
  'aws',
  'console',
  'ftp',
  'lateen',
  'lightsail',
  'localhost',
  'mail',
  'ns1',
  'ns2',
  'root',
  'smtp',
  'status',
  'support',
  'www',
]);

/** The web address. */
export const fqdnOf = (name: string): string => `${name}.${parent}`;

export const depthOf = (name: string): number => name.split('.').length;

/** The top-level subdomain that one lies in, or is. */
export const labelOf = (name: string): string => name.split('.').at(-1) ?? name;

export const isReserved = (name: string): boolean => reserved.has(labelOf(name));

/** One label or two (constraints, newer surface). Throws InvalidInputException. */
export const checkSubdomainName = (name: string): string => {
  const labels = name.split('.');
  if (labels.length <= 2 && name.length <= longest && labels.every((each) => label.test(each))) return name;
  throw invalidInput(
    `${name.slice(0, 256)} is not a valid subdomain.`,
    `Write it like mysite or blog.mysite, without the domain behind it: up to ${longest} lower-case letters, digits and hyphens, and no label that begins with xn--.`,
  );
};

/** What may happen when. The word is the error's: 'cannot be deleted while its state is ...'. */
const allowed = {
  associated: ['UNATTACHED'],
  deleted: ['UNATTACHED', 'CREATE_FAILED'],
  disassociated: ['ATTACHED'],
  transferred: ['ATTACHED'],
} as const satisfies Record<string, readonly SubdomainState[]>;

/** Throws InvalidInputException when the subdomain's state forbids it. */
export const checkState = (
  { subdomainName = '', state = 'UNATTACHED' }: Subdomain,
  verb: keyof typeof allowed,
): void => {
  const states: readonly SubdomainState[] = allowed[verb];
  if (!states.includes(state)) throw wrongState('Subdomain', subdomainName, verb, state, states);
};

/** A subdomain is transferred once in so many ms. */
export const transferPause = 24 * 3_600_000;

/** How long a reservation holds, in ms. */
export const reservationTime = 15 * 60_000;
