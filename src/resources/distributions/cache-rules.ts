import type {
  CacheBehavior,
  CacheBehaviorPerPath,
  CacheSettings,
  ForwardValues,
  HeaderEnum,
} from '../../api/generated/types.ts';
import type { Catalogue, Quotas } from '../../catalogue.ts';
import { invalidInput } from '../../errors.ts';

/** F352, F353: sets of methods, as the service's own texts have them. */
const methodSets = {
  allowedHTTPMethods: ['GET,HEAD', 'GET,HEAD,OPTIONS', 'GET,HEAD,OPTIONS,PUT,PATCH,POST,DELETE'],
  cachedHTTPMethods: ['GET,HEAD', 'GET,HEAD,OPTIONS'],
} as const;

/** As long as CloudFront keeps anything: a hundred years. */
const longestSeconds = 3_153_600_000;

/** A day and a year in seconds, as distributions of the service's console begin with. */
const usual = { defaultTTL: 86_400, minimumTTL: 0, maximumTTL: 31_536_000 } as const;

const checkMethods = (member: keyof typeof methodSets, text: string | undefined, usual: string): string => {
  if (text === undefined) return usual;
  // F352: the service's own texts have blanks behind the commas here and none there.
  const found = methodSets[member].find((set) => set === text.replaceAll(' ', ''));
  if (found !== undefined) return found;
  throw invalidInput(`The ${member} ${text} are not valid.`, `Send one of ${methodSets[member].join(' | ')}.`);
};

const checkSeconds = (member: string, seconds: number): number => {
  if (seconds >= 0 && seconds <= longestSeconds) return seconds;
  throw invalidInput(`The ${member} ${seconds} is not valid: it is 0 to ${longestSeconds} seconds.`);
};

/** Names that go on to the origin, by a list if the option says so (F357 to F360). */
const checkNames = <Name extends string>(
  what: string,
  quota: keyof Quotas,
  names: readonly Name[] = [],
  option: ForwardValues,
  catalogue: Catalogue,
): Name[] => {
  const most = catalogue.quota(quota);
  if (names.length > most)
    throw invalidInput(`Up to ${most} ${what} can be on the allow list, and there are ${names.length}.`);
  if (new Set(names).size < names.length) throw invalidInput(`The allow list of ${what} has a name twice.`);
  if (names.some((name) => name.trim() === '')) throw invalidInput(`The allow list of ${what} has an empty name.`);
  if (option === 'allow-list' && names.length === 0)
    throw invalidInput(`The option allow-list needs ${what} on the list.`, 'Name them, or send the option none.');
  return [...names];
};

/** The whole settings, with what is usual where the request says nothing (F351 to F361). Throws InvalidInputException. */
export const checkCacheSettings = (given: CacheSettings = {}, catalogue: Catalogue): CacheSettings => {
  const minimumTTL = checkSeconds('minimumTTL', given.minimumTTL ?? usual.minimumTTL);
  const maximumTTL = checkSeconds('maximumTTL', given.maximumTTL ?? Math.max(usual.maximumTTL, minimumTTL));
  const between = Math.min(Math.max(usual.defaultTTL, minimumTTL), maximumTTL);
  const defaultTTL = checkSeconds('defaultTTL', given.defaultTTL ?? between);
  if (minimumTTL > defaultTTL || defaultTTL > maximumTTL) {
    throw invalidInput(
      `The minimumTTL ${minimumTTL}, the defaultTTL ${defaultTTL} and the maximumTTL ${maximumTTL} are not in this order.`,
    );
  }
  const { option: cookies = 'none', cookiesAllowList } = given.forwardedCookies ?? {};
  const { option: headers = 'none', headersAllowList } = given.forwardedHeaders ?? {};
  const { option: queries = false, queryStringsAllowList } = given.forwardedQueryStrings ?? {};
  if (headers === 'all' && minimumTTL !== 0) {
    throw invalidInput(
      `The minimumTTL is ${minimumTTL}, and it must be 0 when all headers are forwarded.`,
      'Send minimumTTL 0, or another option of forwardedHeaders.',
    );
  }
  return {
    defaultTTL,
    minimumTTL,
    maximumTTL,
    allowedHTTPMethods: checkMethods('allowedHTTPMethods', given.allowedHTTPMethods, methodSets.allowedHTTPMethods[2]),
    cachedHTTPMethods: checkMethods('cachedHTTPMethods', given.cachedHTTPMethods, methodSets.cachedHTTPMethods[0]),
    forwardedCookies: {
      option: cookies,
      cookiesAllowList: checkNames('cookies', 'cookiesPerCacheBehavior', cookiesAllowList, cookies, catalogue),
    },
    forwardedHeaders: {
      option: headers,
      headersAllowList: checkNames<HeaderEnum>(
        'headers',
        'headersPerCacheBehavior',
        headersAllowList,
        headers,
        catalogue,
      ),
    },
    forwardedQueryStrings: {
      option: queries,
      queryStringsAllowList: checkNames(
        'query strings',
        'queryStringsPerCacheBehavior',
        queryStringsAllowList,
        'none',
        catalogue,
      ),
    },
  };
};

/** F349 */
export const checkBehavior = ({ behavior }: CacheBehavior): CacheBehavior => {
  if (behavior === undefined)
    throw invalidInput('The default cache behavior needs a behavior.', 'Send cache or dont-cache.');
  return { behavior };
};

/** What CloudFront takes for the pattern of a path; without or with a slash in front. */
const path = /^[\w\-.*$/~"'@:+&?%!(),;=[\]]{1,255}$/;

/** F350: each path once, since the first that fits has the say. Throws InvalidInputException. */
export const checkPaths = (
  given: readonly CacheBehaviorPerPath[] = [],
  catalogue: Catalogue,
): CacheBehaviorPerPath[] => {
  const most = catalogue.quota('directoryAndFileOverridesPerDistribution');
  if (given.length > most)
    throw invalidInput(`A distribution has up to ${most} cache behaviors of paths, and these are ${given.length}.`);
  const paths = new Set<string>();
  return given.map(({ path: text, behavior }) => {
    if (text === undefined || behavior === undefined)
      throw invalidInput('The cache behavior of a path needs a path and a behavior.');
    if (!path.test(text)) {
      throw invalidInput(
        `The path ${text.slice(0, 256)} of a cache behavior is not valid.`,
        'Write it like path/to/assets/* or *.jpg, with up to 255 characters and without blanks.',
      );
    }
    if (paths.has(text)) throw invalidInput(`The path ${text} has more than one cache behavior.`);
    paths.add(text);
    return { path: text, behavior };
  });
};
