import { type Facts, single } from './conditions.ts';
import type { Policy, Selection, Statement } from './document.ts';
import { matches, matchesArn } from './glob.ts';

/** A policy under the name that people know it by. */
export interface NamedPolicy {
  readonly name: string;
  readonly policy: Policy;
}

/** What is asked: whether this may be done to that. */
export interface Question {
  /** `lightsail:CreateInstances` */
  readonly action: string;
  readonly resource: string;
  readonly facts: Facts;
}

/** A statement by its policy and its place in it, counted from 1. */
export interface Finding {
  readonly policy: string;
  readonly statement: number;
  readonly sid: string | undefined;
  readonly effect: Statement['effect'];
}

export interface Decision {
  readonly outcome: 'allowed' | 'explicitDeny' | 'implicitDeny';
  /** The statement that decided; none did when nothing allows. */
  readonly by: Finding | undefined;
}

/** A statement that speaks of an action, with where it stands. */
export interface Candidate {
  readonly found: Finding;
  readonly statement: Statement;
}

/** The statements that speak of the action, whatever else they ask for. Denials come first, since they win. */
export const candidatesFor = (policies: readonly NamedPolicy[], action: string): readonly Candidate[] => {
  const wanted = action.toLowerCase();
  const all = policies.flatMap(({ name, policy }) =>
    policy.statements.map((statement, i) => ({
      statement,
      found: { policy: name, statement: i + 1, sid: statement.sid, effect: statement.effect },
    })),
  );
  const relevant = all.filter(({ statement }) => selects(statement.actions, (p) => matches(p.tokens(none)!, wanted)));
  const isDenial = ({ statement }: Candidate): boolean => statement.effect === 'Deny';
  return [...relevant.filter(isDenial), ...relevant.filter((candidate) => !isDenial(candidate))];
};

/** An explicit denial wins over what allows, and what nothing allows is denied. */
export const decide = (candidates: readonly Candidate[], resource: string, facts: Facts): Decision => {
  const by = candidates.find(({ statement }) => applies(statement, resource, facts))?.found;
  if (by === undefined) return { outcome: 'implicitDeny', by };
  return { outcome: by.effect === 'Deny' ? 'explicitDeny' : 'allowed', by };
};

/** Both at once, for who asks once. */
export const evaluate = (policies: readonly NamedPolicy[], { action, resource, facts }: Question): Decision =>
  decide(candidatesFor(policies, action), resource, facts);

const none = (): undefined => undefined;

/** Whether a statement that speaks of the action holds for the resource and the request. */
export const applies = ({ resources, conditions }: Statement, resource: string, facts: Facts): boolean =>
  (resources === undefined || isAmong(resources, resource, facts)) && conditions.every(({ holds }) => holds(facts));

/** A pattern with a variable that has no value is like no resource. Then a NotResource leaves nothing out, so it holds for nothing either. */
const isAmong = (resources: Selection, resource: string, facts: Facts): boolean => {
  const fill = (key: string): string | undefined => single(facts(key));
  const patterns = resources.patterns.map((pattern) => pattern.tokens(fill));
  if (resources.inverted && patterns.includes(undefined)) return false;
  const isOne = patterns.some((tokens) => tokens !== undefined && matchesArn(tokens, resource));
  return isOne !== resources.inverted;
};

const selects = (
  { patterns, inverted }: Selection,
  test: (pattern: Selection['patterns'][number]) => boolean,
): boolean => patterns.some(test) !== inverted;
