import type { DomainEntry } from '../../api/generated/types.ts';
import type { Scope } from '../../context.ts';
import { isHostName, isOwnerName, isWithin, plainName } from '../../dns/names.ts';
import { formOf, isRecordType, type RecordType, readTarget, recordTypes } from '../../dns/record-data.ts';
import { invalidInput, notFound } from '../../errors.ts';
import { ownDomain } from '../../network.ts';
import { isAliasTarget } from './aliases.ts';

/** An entry as it is kept: its name plain, its target as its owner wrote it. */
export interface NewEntry {
  readonly name: string;
  readonly target: string;
  readonly isAlias: boolean;
  readonly type: RecordType;
}

const home = 'us-east-1';

/** As many as the service behind Lightsail's zones holds in one. */
const mostEntries = 10_000;

/** F33, F269. Throws InvalidInputException. */
export const checkRegion = ({ region }: Scope): void => {
  if (region === home) return;
  throw invalidInput(
    `Domain-related APIs are only available in the ${home} Region. Please set your Region configuration to ${home} to create, view, or edit these resources.`,
  );
};

/** The plain name of a new zone. Throws InvalidInputException. */
export const checkDomainName = (text: string): string => {
  const name = plainName(text);
  if (!isHostName(name)) {
    throw invalidInput(`${cut(text)} is not a valid domain name.`, 'Write it like example.com, without a wildcard.');
  }
  if (isWithin(name, ownDomain)) throw invalidInput(`${name} belongs to Lateen itself.`, 'Take another name.');
  return name;
};

/** The entry as it is kept, when it is one of the zone on its own (F272-F275). Throws InvalidInputException. */
export const checkEntry = (zone: string, { name: text, type, target, isAlias = false }: DomainEntry): NewEntry => {
  if (text === undefined || type === undefined || target === undefined) {
    throw invalidInput('A domain entry needs a name, a type and a target.');
  }
  if (!isRecordType(type)) {
    throw invalidInput(`${cut(type)} is not a type of domain entries.`, `The types are ${recordTypes.join(', ')}.`);
  }
  const name = checkName(zone, text, type);
  if (isAlias) checkAlias(type, target);
  else checkTarget(name, type, target);
  return { name, target, isAlias, type };
};

const checkName = (zone: string, text: string, type: RecordType): string => {
  const name = plainName(text);
  if (!isOwnerName(name)) {
    throw invalidInput(
      `${cut(text)} is not a valid name of a domain entry.`,
      `Write it in full, like www.${zone} or *.${zone}.`,
    );
  }
  if (!isWithin(name, zone)) {
    throw invalidInput(`${name} does not lie in the domain ${zone}.`, `Write it in full, like www.${zone}.`);
  }
  if (name.startsWith('*.') && type === 'NS') {
    throw invalidInput('A wildcard cannot have name servers.', 'Delegate each name on its own.');
  }
  if (name === zone && type === 'CNAME') {
    throw invalidInput(
      `A CNAME entry cannot stand at ${zone} itself, which has NS and SOA entries.`,
      'Use A entries, or an alias to a load balancer.',
    );
  }
  if (name !== zone && type === 'SOA') throw invalidInput(`A SOA entry can stand at ${zone} only.`);
  return name;
};

const checkAlias = (type: RecordType, target: string): void => {
  if (type !== 'A' && type !== 'AAAA') {
    throw invalidInput(`A ${type} entry cannot be an alias.`, 'Aliases are of the type A or AAAA.');
  }
  if (isAliasTarget(target)) return;
  throw invalidInput(
    `${cut(target)} is not the DNS name of a load balancer.`,
    'Send the dnsName that GetLoadBalancer shows, or leave isAlias out.',
  );
};

/** F274: a load balancer's name is no address, and only as an alias it becomes some. */
const checkTarget = (name: string, type: RecordType, target: string): void => {
  if ((type === 'A' || type === 'AAAA') && isAliasTarget(target)) {
    throw invalidInput(
      `The target ${target} is not an address.`,
      `Set isAlias to true for a ${type} entry that targets a load balancer.`,
    );
  }
  if (readTarget(type, target) === undefined) {
    throw invalidInput(
      `${cut(target)} is not a valid target of a ${type} entry.`,
      `The target of a ${type} entry is written like ${formOf(type)}.`,
    );
  }
  if (type === 'CNAME' && plainName(target) === name) throw invalidInput(`The CNAME entry ${name} leads to itself.`);
};

/** Whether the entry may stand beside the others of its zone. Throws InvalidInputException. */
export const checkBeside = (others: readonly DomainEntry[], entry: NewEntry): void => {
  if (others.length >= mostEntries) throw invalidInput(`A domain has up to ${mostEntries} entries.`);
  const { name, type } = entry;
  const same = others.filter((other) => other.name === name);
  if (same.some((other) => says(other, entry))) throw invalidInput(`The ${type} entry ${name} is already there.`);
  const [first] = same;
  if (first !== undefined && (type === 'CNAME' || first.type === 'CNAME')) {
    throw invalidInput(
      `${name} has a ${first.type} entry, and a CNAME entry stands alone.`,
      'Delete what is there first, or update it.',
    );
  }
  const ofType = same.filter((other) => other.type === type);
  if (ofType.length > 0 && type === 'SOA')
    throw invalidInput('A domain has one SOA entry.', 'Update the one that is there.');
  if (ofType.some((other) => other.isAlias || entry.isAlias)) {
    throw invalidInput(`${name} has another ${type} entry, and an alias is the only one of its type.`);
  }
};

/** What is left must still be a zone. Throws InvalidInputException. */
export const checkLeft = (zone: string, left: readonly DomainEntry[]): void => {
  for (const type of ['SOA', 'NS'] as const) {
    if (left.some((entry) => entry.name === zone && entry.type === type)) continue;
    throw invalidInput(
      `The last ${type} entry of ${zone} itself cannot be deleted.`,
      'Update it, or delete the domain with DeleteDomain.',
    );
  }
};

/**
 * The entry that a request is about, by all that it says: name, type and target, and the id and isAlias if it has them (F279).
 * Throws InvalidInputException when it says too little, NotFoundException when there is none.
 */
export const findEntry = (entries: readonly DomainEntry[], given: DomainEntry): DomainEntry => {
  const { id, name, type, target, isAlias } = given;
  if (name === undefined || type === undefined || target === undefined) {
    throw invalidInput(
      'The entry to delete is named by its name, its type and its target.',
      'Send it as GetDomain shows it.',
    );
  }
  const found = entries.find(
    (entry) =>
      entry.name === plainName(name) &&
      says(entry, given) &&
      (id === undefined || entry.id === id) &&
      (isAlias === undefined || entry.isAlias === isAlias),
  );
  if (found === undefined) throw notFound('DomainEntry');
  return found;
};

/** Whether two entries of one name are the same, however they are written. */
const says = (one: DomainEntry, other: DomainEntry): boolean =>
  one.type === other.type && meaningOf(one) === meaningOf(other);

const meaningOf = ({ type = '', target = '' }: DomainEntry): string =>
  JSON.stringify((isRecordType(type) && readTarget(type, target)) || plainName(target));

const shown = 256;
const cut = (text: string): string => (text.length > shown ? `${text.slice(0, shown)}...` : text);
