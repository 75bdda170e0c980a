import limits from '../../../catalogue/iam.json' with { type: 'json' };
import { type Condition, isObject, readConditions } from './conditions.ts';
import { type Pattern, patternOf } from './glob.ts';
import { malformed } from './malformed.ts';

/** A statement, ready to be asked. */
export interface Statement {
  readonly sid: string | undefined;
  readonly effect: 'Allow' | 'Deny';
  /** In lower case. */
  readonly actions: Selection;
  /** Absent in trust policies. */
  readonly resources: Selection | undefined;
  readonly conditions: readonly Condition[];
  /** AWS principals of a trust policy, as written. */
  readonly principals: readonly string[];
}

/** What is one of the patterns, or with `inverted` is none of them. */
export interface Selection {
  readonly patterns: readonly Pattern[];
  readonly inverted: boolean;
}

export interface Policy {
  readonly statements: readonly Statement[];
}

/** Of users and roles, the one that says who may take a role, or what narrows a session. */
export type PolicyKind = 'identity' | 'trust' | 'session';

/** Characters without blanks. */
const longest: Readonly<Record<PolicyKind, number>> = limits.policyCharacters;

const versions = ['2012-10-17', '2008-10-17'];
const members = ['Version', 'Id', 'Statement'];
const membersOfAll = ['Sid', 'Effect', 'Action', 'NotAction', 'Condition'];
const statementMembers: Readonly<Record<PolicyKind, readonly string[]>> = {
  identity: [...membersOfAll, 'Resource', 'NotResource'],
  trust: [...membersOfAll, 'Principal'],
  session: [...membersOfAll, 'Resource', 'NotResource'],
};

/** Reads AWS's JSON. Throws MalformedPolicyDocument, with what to mend. */
export const readPolicy = (text: string, kind: PolicyKind = 'identity'): Policy => {
  if (text.replace(/\s/g, '').length > longest[kind]) {
    throw malformed(`The policy is longer than ${longest[kind]} characters, blanks not counted.`);
  }
  const document = parse(text);
  if (!isObject(document)) throw malformed('A policy is a JSON object.');
  checkMembers(document, members, 'A policy');
  const { Version: version = '2008-10-17', Statement: statements } = document;
  if (!versions.includes(version as string)) throw malformed(`The version of a policy is ${versions.join(' or ')}.`);
  const list = Array.isArray(statements) ? statements : [statements];
  if (list.length === 0 || statements === undefined) throw malformed('A policy has at least one Statement.');
  const read = list.map((statement: unknown) => readStatement(statement, kind, version === versions[0]));
  const sids = read.flatMap(({ sid }) => (sid === undefined || sid === '' ? [] : [sid]));
  if (new Set(sids).size < sids.length) throw malformed('Two statements have the same Sid.');
  return { statements: read };
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw malformed(`The policy is no JSON: ${(error as Error).message}`);
  }
};

const readStatement = (statement: unknown, kind: PolicyKind, variables: boolean): Statement => {
  if (!isObject(statement)) throw malformed('A statement is a JSON object.');
  checkMembers(statement, statementMembers[kind], 'A statement');
  const { Sid: sid, Effect: effect, Condition: condition, Principal: principal } = statement;
  if (sid !== undefined && (typeof sid !== 'string' || !/^[A-Za-z0-9]*$/.test(sid))) {
    throw malformed('A Sid has letters and digits only.');
  }
  if (effect !== 'Allow' && effect !== 'Deny') throw malformed('The Effect of a statement is Allow or Deny.');
  const actions = selection(statement, 'Action', readAction);
  if (actions === undefined) throw malformed('A statement has an Action or a NotAction.');
  const resources = selection(statement, 'Resource', readResource(variables));
  if (kind !== 'trust' && resources === undefined) throw malformed('A statement has a Resource or a NotResource.');
  const conditions = readConditions(condition, variables);
  return { sid, effect, actions, resources, conditions, principals: kind === 'trust' ? readPrincipals(principal) : [] };
};

const selection = (
  statement: Readonly<Record<string, unknown>>,
  name: 'Action' | 'Resource',
  read: (text: string) => Pattern,
): Selection | undefined => {
  const [plain, inverted] = [statement[name], statement[`Not${name}`]];
  if (plain === undefined && inverted === undefined) return undefined;
  if (plain !== undefined && inverted !== undefined) throw malformed(`${name} and Not${name} exclude each other.`);
  return { patterns: texts(plain ?? inverted, name).map(read), inverted: plain === undefined };
};

const readAction = (text: string): Pattern => {
  if (text !== '*' && !/^[A-Za-z0-9-]+:[\w*?-]+$/.test(text)) {
    throw malformed(`${JSON.stringify(text)} is no action: write service:Operation, such as lightsail:GetInstances.`);
  }
  return patternOf(text.toLowerCase(), { wildcards: true, variables: false });
};

const readResource =
  (variables: boolean) =>
  (text: string): Pattern => {
    if (text !== '*' && !/^(arn|\*):/.test(text)) throw malformed(`${JSON.stringify(text)} is no ARN and not *.`);
    return patternOf(text, { wildcards: true, variables });
  };

/** Only AWS principals can come here; whoever else is named is taken note of by nobody. */
const readPrincipals = (principal: unknown): readonly string[] => {
  if (principal === '*') return ['*'];
  if (!isObject(principal)) throw malformed('A trust policy has a Principal, such as {"AWS": "111111111111"}.');
  checkMembers(principal, ['AWS', 'Service', 'Federated', 'CanonicalUser'], 'A Principal');
  const found = principal.AWS === undefined ? [] : texts(principal.AWS, 'Principal');
  for (const text of found) {
    if (!/^(\*|\d{12}|arn:aws:(iam|sts)::\d{12}:(root|(user|role|assumed-role)\/[^*]+))$/.test(text)) {
      throw malformed(`${JSON.stringify(text)} is no principal: write an account id, or the ARN of a user or a role.`);
    }
  }
  return found;
};

const texts = (value: unknown, name: string): readonly string[] => {
  const list = (Array.isArray(value) ? value : [value]) as readonly unknown[];
  if (list.length > 0 && list.every((item): item is string => typeof item === 'string')) return list;
  throw malformed(`${name} is a text or a list of texts.`);
};

const checkMembers = (object: Readonly<Record<string, unknown>>, known: readonly string[], what: string): void => {
  const strange = Object.keys(object).find((name) => !known.includes(name));
  if (strange !== undefined) throw malformed(`${what} has no ${strange}: it has ${known.join(', ')}.`);
};
