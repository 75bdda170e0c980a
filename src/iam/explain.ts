import { type OperationName, operations } from '../api/generated/operations.ts';
import { invalidInput } from '../errors.ts';
import type { Rights, Verdict } from './access.ts';
import { type Authorizer, type Inquiry, judgeAll } from './authorize.ts';
import { factsOf } from './facts.ts';
import type { Facts } from './policy/conditions.ts';

/** What may be asked. Without resources a Lightsail operation is asked of what its input names, as it is now. */
export interface Wondering {
  readonly action: string;
  readonly input: object;
  readonly resources: readonly string[];
  /** Condition keys, and the values that they shall have instead of those of the request. */
  readonly facts: Readonly<Record<string, readonly string[]>>;
}

export interface Explanation extends Verdict {
  readonly action: string;
  readonly resource: string;
  /** In words, for the person who asked. */
  readonly because: string;
}

const lightsail = 'lightsail:';

/** Why something is allowed or denied, by the same way that it is when it is asked for. Throws InvalidInputException. */
export const explain = async (
  authorizer: Authorizer,
  rights: Rights,
  about: Inquiry,
  { action, input, resources, facts: given }: Wondering,
): Promise<Explanation> => {
  if (!/^[a-z0-9-]+:\w+$/i.test(action))
    throw invalidInput('action must be one action, such as lightsail:GetInstances.');
  const operation = action.slice(lightsail.length);
  const isOurs = action.startsWith(lightsail) && Object.hasOwn(operations, operation);
  if (action.startsWith(lightsail) && !isOurs) throw invalidInput(`The API has no operation ${operation}.`);
  const known = Object.keys(given).length > 0 || resources.length > 0 || !isOurs;
  const { verdict, resource } = known
    ? judgeAll(rights, action, resources.length > 0 ? resources : ['*'], instead(factsOf(about), given))
    : await authorizer.explain(about, operation as OperationName, input);
  return { ...verdict, action, resource, because: because(action, about, verdict) };
};

const instead = (facts: Facts, given: Wondering['facts']): Facts => {
  const lower = new Map(Object.entries(given).map(([key, values]) => [key.toLowerCase(), values]));
  return (key) => lower.get(key) ?? facts(key);
};

const because = (action: string, { principal }: Inquiry, { outcome, by, layer }: Verdict): string => {
  if (principal.kind === 'root') return 'The root of an account may do everything in it.';
  const whose = layer === 'session' ? 'the policy of the session' : 'a policy';
  if (by === undefined) return `No statement of ${whose} allows ${action} here.`;
  const sid = by.sid === undefined ? '' : ` (${by.sid})`;
  const does = outcome === 'allowed' ? 'allows' : 'denies';
  return `Statement ${by.statement}${sid} of the policy ${by.policy} ${does} it.`;
};
