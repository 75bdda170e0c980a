import type { Bucket, BucketAccessLogConfig, BucketCorsConfig, BucketCorsRule } from '../../api/generated/types.ts';
import type { BucketBundle, Catalogue } from '../../catalogue.ts';
import { invalidInput } from '../../errors.ts';
import type { BucketInner, BucketResource } from './noun.ts';

/** Throws InvalidInputException for a bundle that buckets cannot have. */
export const bundleOf = ({ bucketBundles }: Catalogue, id: string): BucketBundle => {
  const found = bucketBundles.find(({ bundleId, isActive }) => bundleId === id && isActive);
  if (found !== undefined) return found;
  throw invalidInput(`The bundle ${id} is not available for buckets.`, 'GetBucketBundles lists the bundles that are.');
};

/** Months of UTC are the cycles of billing. */
const monthOf = (ms: number): string => new Date(ms).toISOString().slice(0, 7);

/** F381: once in a month. `now` in ms. */
export const mayChangeBundle = ({ bundleChangedAt }: BucketInner, now: number): boolean =>
  bundleChangedAt === undefined || monthOf(bundleChangedAt) !== monthOf(now);

/** Throws InvalidInputException when the bucket cannot get the bundle now (F381). */
export const checkBundleChange = ({ row, body, inner }: BucketResource, bundleId: string, now: number): void => {
  if (body.bundleId === bundleId) throw invalidInput(`The Bucket ${row.name} has the bundle ${bundleId} already.`);
  if (mayChangeBundle(inner, now)) return;
  throw invalidInput(
    `The bundle of the Bucket ${row.name} was changed in this month already.`,
    'It can be changed once in a month; ableToUpdateBundle tells when it can be again.',
  );
};

/** The versioning after `wish` (F378, F379): what was never enabled has no versions to suspend. Throws InvalidInputException. */
export const versioningAfter = (current: Bucket['objectVersioning'], wish: string | undefined): string | undefined => {
  if (wish === undefined) return current;
  if (wish !== 'Enabled' && wish !== 'Suspended')
    throw invalidInput(`The versioning ${wish} is not valid.`, 'It must be Enabled or Suspended.');
  return wish === 'Suspended' && current === 'NeverEnabled' ? current : wish;
};

/** F386, F387. Throws InvalidInputException. */
export const checkAccessLog = ({ enabled, destination, prefix }: BucketAccessLogConfig): void => {
  if (enabled && destination === undefined)
    throw invalidInput('Access logs need a destination: a bucket of the same account and Region.');
  if (!enabled && (destination !== undefined || prefix !== undefined))
    throw invalidInput('The destination and the prefix of access logs must be omitted when they are disabled.');
};

const mostCorsBytes = 64 * 1024;

/** The bounds that object storage has for CORS beside those of the model. Throws InvalidInputException. */
export const checkCors = (cors: BucketCorsConfig): void => {
  const { rules = [] } = cors;
  if (Buffer.byteLength(JSON.stringify(cors)) > mostCorsBytes)
    throw invalidInput(`A CORS configuration has up to ${mostCorsBytes / 1024} KB.`);
  const ids = rules.flatMap(({ id }) => id ?? []);
  if (new Set(ids).size < ids.length) throw invalidInput('Two CORS rules have the same id.');
  rules.forEach(checkCorsRule);
};

const checkCorsRule = (
  { allowedMethods, allowedOrigins, allowedHeaders = [], exposeHeaders = [], maxAgeSeconds = 0 }: BucketCorsRule,
  index: number,
): void => {
  const refuse = (problem: string): never => {
    throw invalidInput(`The CORS rule ${index + 1} ${problem}.`);
  };
  if (allowedMethods.length === 0) refuse('allows no methods');
  if (allowedOrigins.length === 0) refuse('allows no origins');
  for (const text of [...allowedOrigins, ...allowedHeaders])
    if (text.split('*').length > 2) refuse(`has more than one * in ${text}`);
  if (exposeHeaders.some((header) => header.includes('*'))) refuse('exposes a header with a *');
  if (maxAgeSeconds < 0) refuse('has a negative maximum age');
};

/** What stands in the way of a deletion that is not forced, in words that come after 'has' (F377). */
export interface Holdings {
  readonly objects: number;
  readonly keys: number;
  readonly instances: number;
}

const words: Readonly<Record<keyof Holdings, string>> = {
  objects: 'objects',
  keys: 'access keys',
  instances: 'instances with access',
};

/** Throws InvalidInputException for a bucket that only a forced deletion takes away (F377). */
export const checkMayGo = (name: string, holdings: Holdings): void => {
  const there = (Object.keys(words) as (keyof Holdings)[]).filter((each) => holdings[each] > 0);
  if (there.length === 0) return;
  throw invalidInput(
    `The Bucket ${name} cannot be deleted: it has ${there.map((each) => words[each]).join(' and ')}.`,
    'Take them away first, or set forceDelete to true.',
  );
};
