import { type OperationName, operations } from '../api/generated/operations.ts';
import type { Tag } from '../api/generated/types.ts';
import type { Clock } from '../clock.ts';
import type { Scope } from '../context.ts';
import { shownRegion } from '../location.ts';
import { arnOf } from '../resources/resource.ts';
import { fqdnOf } from '../resources/subdomains/rules.ts';
import { findAllNamed, findNamed, type ResourceRow } from '../store/records/resources.ts';
import type { Store, Tx } from '../store/store.ts';
import { type Access, denied, type Rights, type Verdict } from './access.ts';
import { type Circumstances, factsOf, wayOf } from './facts.ts';
import type { Credential } from './keyring.ts';
import type { Facts } from './policy/conditions.ts';
import type { Principal } from './principal.ts';
import { type Target, targetsOf } from './targets.ts';

/** Who asks, and from where: a call of any door has all of it. */
export interface Asker {
  readonly credential: Credential;
  readonly region: string;
  readonly remoteAddress: string;
  /** Whether it came over TLS. */
  readonly secure?: boolean | undefined;
}

/**
 * Whether the asker may do a Lightsail operation with this input, which was validated. Every door asks it before the handler runs.
 * Rejects with AccessDeniedException.
 */
export type AuthorizeOperation = (asker: Asker, operation: OperationName, input: object) => Promise<void>;

/** What an operation was asked of, and what was said of it; the first denial, if there is one. */
export interface Judgement {
  readonly verdict: Verdict;
  readonly resource: string;
}

export interface Authorizer {
  readonly authorize: AuthorizeOperation;
  /** The same without a refusal, for who wants to know why. */
  explain(about: Inquiry, operation: OperationName, input: object): Promise<Judgement>;
}

/** Who asks, as conditions know it. */
export type Inquiry = Pick<Circumstances, 'principal' | 'remoteAddress' | 'secure' | 'region' | 'now'>;

/** Root may do everything; for others policies say what, and what none allows is denied. */
export const createAuthorizer = (store: Store, access: Access, clock: Clock): Authorizer => {
  /** Judges by what is named in the input, as it is in the rows: one look-up for all of it, and one more for what lies in another Region. */
  const judgeNamed = async (
    rights: Rights,
    about: Inquiry,
    operation: OperationName,
    input: Input,
  ): Promise<Judgement> => {
    const wishes = wishesIn(operation, about, input);
    const judged = (found: readonly Found[]): Judgement => {
      // Most decisions ask for nothing of it, or are known.
      let known: Facts | undefined;
      const facts: Facts = (key) => {
        known ??= factsOf({ ...about, ...tagsIn(operation, input), ...tagsOn(operation, found) });
        return known(key);
      };
      const arns = found.map(({ arn }) => arn);
      return judgeAll(rights, actionOf(operation), arns, facts, wayOf(about));
    };
    if (wishes.length === 0) return judged(unnamed(about, targetsOf(operation), input));
    return store.read(async (tx) => judged(await lookUp(tx, wishes, input)));
  };

  const judge = async (rights: Rights, about: Inquiry, operation: OperationName, input: object) => {
    const action = actionOf(operation);
    if (!rights.hangsOnResource(action)) {
      const facts = factsOf({ ...about, ...tagsIn(operation, input as Input) });
      const judgement = judgeAll(rights, action, ['*'], facts, wayOf(about));
      // A refusal names what it is about.
      if (judgement.verdict.outcome === 'allowed') return judgement;
    }
    return judgeNamed(rights, about, operation, input as Input);
  };

  return {
    async authorize({ credential, region, remoteAddress, secure = false }, operation, input) {
      const { principal } = credential;
      if (principal.kind === 'root') return;
      const found = access.rightsOf(principal);
      const rights = found instanceof Promise ? await found : found;
      const about = { principal, region, remoteAddress, secure, now: clock.now() };
      const { verdict, resource } = await judge(rights, about, operation, input);
      if (verdict.outcome === 'allowed') return;
      throw denied(principal.arn, actionOf(operation), resource, verdict);
    },
    async explain(about, operation, input) {
      return judgeNamed(await access.rightsOf(about.principal), about, operation, input as Input);
    },
  };
};

type Input = Readonly<Record<string, unknown>>;

const actionOf = (operation: OperationName): string => `lightsail:${operation}`;

/** All must be allowed. A denial that was written down tells more than one that follows from silence. */
export const judgeAll = (
  rights: Rights,
  action: string,
  resources: readonly string[],
  facts: Facts,
  way?: string,
): Judgement => {
  const judgements = resources.map((resource) => ({ resource, verdict: rights.judge(action, resource, facts, way) }));
  if (judgements.length === 1) return judgements[0]!;
  const of = (outcome: Verdict['outcome']) => judgements.find(({ verdict }) => verdict.outcome === outcome);
  return of('explicitDeny') ?? of('implicitDeny') ?? judgements[0]!;
};

/** Something that an operation is about, as policies name it; `row` when it is there. */
interface Found {
  readonly arn: string;
  readonly row?: ResourceRow | undefined;
}

/** Names in an input that stand for what is there, each with the other names that its row may have. */
interface Wish {
  readonly kind: Target['kind'];
  readonly scope: Scope;
  readonly groups: readonly (readonly string[])[];
}

const wishesIn = (operation: OperationName, about: Inquiry, input: Input): readonly Wish[] => {
  const wishes: Wish[] = [];
  for (const target of targetsOf(operation)) {
    const groups = groupsIn(target, input);
    if (groups.length > 0) wishes.push({ kind: target.kind, scope: scopeOf(target, about, input), groups });
  }
  return wishes;
};

const lookUp = async (tx: Tx, wishes: readonly Wish[], input: Input): Promise<readonly Found[]> => {
  const found: Found[] = [];
  const rows = new Map<string, readonly ResourceRow[]>();
  for (const { kind, scope, groups } of wishes) {
    let there = rows.get(scope.region);
    if (there === undefined) {
      there = await rowsNamed(tx, scope, namesIn(wishes, scope.region));
      rows.set(scope.region, there);
    }
    // Of names that stand for one thing the first is the caller's own.
    for (const group of groups) {
      const row = there.find(({ name }) => group.includes(name));
      found.push(row === undefined ? { arn: unknownArn(scope, kind) } : { arn: arnOf(row, row.kind, row.id), row });
    }
  }
  if (typeof input.targetResourceArn === 'string') found.push({ arn: input.targetResourceArn });
  return found;
};

const namesIn = (wishes: readonly Wish[], region: string): readonly string[] => {
  const [first] = wishes;
  // Mostly one thing is named, and by one name.
  if (wishes.length === 1 && first?.groups.length === 1) return first.groups[0]!;
  const inRegion = wishes.filter((wish) => wish.scope.region === region);
  return [...new Set(inRegion.flatMap(({ groups }) => groups.flat()))];
};

/** One name is looked up as handlers do it, and so both share what the store remembers. */
const rowsNamed = async (tx: Tx, scope: Scope, names: readonly string[]): Promise<readonly ResourceRow[]> => {
  if (names.length > 1) return findAllNamed(tx, scope, names);
  const row = await findNamed(tx, scope, names[0]!);
  return row === undefined ? [] : [row];
};

/** Where the input names nothing that may be there. */
const unnamed = (about: Inquiry, targets: readonly Target[], input: Input): readonly Found[] => {
  if (typeof input.targetResourceArn === 'string') return [{ arn: input.targetResourceArn }];
  const [first] = targets;
  return [{ arn: first === undefined ? '*' : unknownArn(accountScope(about.principal, about.region), first.kind) }];
};

const accountScope = ({ account }: Principal, region: string): Scope => ({ account, region });

const scopeOf = ({ region }: Target, about: Inquiry, input: Input): Scope =>
  accountScope(about.principal, (region === undefined ? undefined : (input[region] as string)) ?? about.region);

/** Of a name that nobody bears, and of what is yet to be. */
const unknownArn = (scope: Scope, kind: Target['kind']): string =>
  kind === 'any'
    ? `arn:aws:lightsail:${scope.region}:${scope.account}:*`
    : `arn:aws:lightsail:${shownRegion(scope, kind)}:${scope.account}:${kind}/*`;

/** The names of a target; each with the other names that its row may have. */
const groupsIn = ({ member, kind, read }: Target, input: Input): readonly (readonly string[])[] => {
  const value = member === undefined ? undefined : input[member];
  if (value === undefined || value === null) return [];
  const names = read === undefined ? (Array.isArray(value) ? (value as string[]) : [value as string]) : read(value);
  const mayBeSubdomain = kind === 'Subdomain' || kind === 'any';
  return names.map((name) => (mayBeSubdomain ? [name, fqdnOf(name)] : [name]));
};

/** Tag-based access control, where the reference says that the operation has it (F532), or today's SDK does. */
const controls = (operation: OperationName, by: 'request' | 'resource'): boolean => {
  const { tagAccess, sdkTagAccess } = operations[operation];
  return [tagAccess, sdkTagAccess].some((access) => access === by || access === 'both');
};

const tagsIn = (operation: OperationName, input: Input): Pick<Circumstances, 'requestTags' | 'tagKeys'> =>
  controls(operation, 'request')
    ? {
        requestTags: input.tags as readonly Tag[] | undefined,
        tagKeys: input.tagKeys as readonly string[] | undefined,
      }
    : {};

/** Of the resource that the reference names, which is the first. */
const tagsOn = (operation: OperationName, [first]: readonly Found[]): Pick<Circumstances, 'resourceTags'> =>
  controls(operation, 'resource') && first?.row !== undefined
    ? { resourceTags: (JSON.parse(first.row.body) as { tags?: readonly Tag[] }).tags }
    : {};
