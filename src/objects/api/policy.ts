import { S3Error } from './errors.ts';

/** How many bytes a file may have. */
export interface LengthRange {
  readonly least: number;
  readonly most: number;
}

/** Fields that no condition has to be about. */
const free = /^(x-amz-signature|file|policy|awsaccesskeyid|signature|x-ignore-.*)$/;

/**
 * Holds a form against the policy that was signed for it (`policy` is its base64): every field must meet its conditions, and have one.
 * `fields` by lower-case name, with `bucket` and the final `key`; `now` in ms of the clock that clients sign with.
 * Throws InvalidPolicyDocument and AccessDenied; answers with what the conditions say of the length.
 */
export const checkPolicy = (
  policy: string,
  fields: ReadonlyMap<string, string>,
  now: number,
): LengthRange | undefined => {
  const { expiration, conditions } = parse(policy);
  const end = typeof expiration === 'string' ? Date.parse(expiration) : Number.NaN;
  if (Number.isNaN(end)) throw invalid('Policy missing expiration.');
  if (!Array.isArray(conditions)) throw invalid('Policy missing conditions.');
  if (now >= end) throw denied('Policy expired.');
  const covered = new Set<string>();
  let range: LengthRange | undefined;
  for (const condition of conditions as unknown[]) {
    if (Array.isArray(condition) && String(condition[0]).toLowerCase() === 'content-length-range')
      range = rangeOf(condition);
    else
      for (const [kind, name, value] of matchesOf(condition)) {
        covered.add(name);
        const actual = fields.get(name) ?? '';
        if (kind === 'eq' ? actual !== value : !actual.startsWith(value)) {
          throw denied(`Policy Condition failed: ${JSON.stringify([kind, `$${name}`, value])}`);
        }
      }
  }
  const extra = [...fields.keys()].filter((name) => name !== 'bucket' && !covered.has(name) && !free.test(name));
  if (extra.length > 0) throw denied(`Extra input fields: ${extra.join(', ')}`);
  return range;
};

const parse = (policy: string): { readonly expiration?: unknown; readonly conditions?: unknown } => {
  try {
    const document: unknown = JSON.parse(Buffer.from(policy, 'base64').toString('utf8'));
    if (typeof document === 'object' && document !== null) return document;
  } catch {}
  throw invalid('Invalid JSON.');
};

/** `{"acl": "private"}`, `["eq", "$acl", "private"]` or `["starts-with", "$key", "user/"]`. */
const matchesOf = (
  condition: unknown,
): readonly (readonly [kind: 'eq' | 'starts-with', name: string, value: string])[] => {
  if (Array.isArray(condition)) {
    const [kind, name, value] = condition as unknown[];
    const word = String(kind).toLowerCase();
    if (
      (word === 'eq' || word === 'starts-with') &&
      typeof name === 'string' &&
      name.startsWith('$') &&
      isText(value)
    ) {
      return [[word, name.slice(1).toLowerCase(), String(value)]];
    }
  } else if (typeof condition === 'object' && condition !== null) {
    const entries = Object.entries(condition);
    if (entries.every(([, value]) => isText(value))) {
      return entries.map(([name, value]) => ['eq', name.toLowerCase(), String(value)]);
    }
  }
  throw invalid(`Invalid Condition: ${JSON.stringify(condition)}`);
};

const isText = (value: unknown): boolean => typeof value === 'string' || typeof value === 'number';

const rangeOf = (condition: readonly unknown[]): LengthRange => {
  const [, least, most] = condition.map(Number);
  if (Number.isSafeInteger(least) && Number.isSafeInteger(most)) return { least: least!, most: most! };
  throw invalid(`Invalid content-length-range: ${JSON.stringify(condition)}`);
};

const invalid = (message: string): S3Error =>
  new S3Error('InvalidPolicyDocument', { message: `Invalid Policy: ${message}` });

const denied = (message: string): S3Error =>
  new S3Error('AccessDenied', { message: `Invalid according to Policy: ${message}` });
