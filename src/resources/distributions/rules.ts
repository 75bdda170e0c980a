import type { DistributionCustomErrorResponse, IpAddressType } from '../../api/generated/types.ts';
import type { Catalogue } from '../../catalogue.ts';
import { invalidInput } from '../../errors.ts';

/** For members that the model does not ask for and the operation cannot do without (F364 to F366). Throws InvalidInputException. */
export const need = (member: string, value: string | undefined): string => {
  if (value === undefined) throw invalidInput(`The ${member} is needed.`);
  return value;
};

/** F104: an active one. */
export const checkBundle = ({ distributionBundles }: Catalogue, id: string): string => {
  const active = distributionBundles.filter(({ isActive }) => isActive).map(({ bundleId }) => bundleId);
  if (active.includes(id)) return id;
  throw invalidInput(
    `There is no bundle ${id} for distributions.`,
    `Use one of ${active.join(', ')}; GetDistributionBundles describes them.`,
  );
};

export const checkAddressType = (type: IpAddressType): IpAddressType => {
  if (type !== 'ipv6') return type;
  throw invalidInput('A distribution cannot have the IP address type ipv6.', 'Send dualstack or ipv4.');
};

/** What CloudFront has pages of errors for, and what it can answer with them. */
const errorCodes: readonly number[] = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504];
const responseCodes: readonly string[] = ['200', ...errorCodes.map(String)];
const usualErrorSeconds = 10;

/** Throws InvalidInputException. */
export const checkErrorResponses = (
  given: readonly DistributionCustomErrorResponse[],
): DistributionCustomErrorResponse[] => {
  const codes = new Set<number>();
  return given.map(({ errorCode, responseCode, responsePagePath, errorCachingMinTTL = usualErrorSeconds }) => {
    if (errorCode === undefined || !errorCodes.includes(errorCode))
      throw invalidInput(`The error code ${errorCode} is not valid.`, `Send one of ${errorCodes.join(', ')}.`);
    if (codes.has(errorCode)) throw invalidInput(`The error code ${errorCode} has more than one response.`);
    codes.add(errorCode);
    if ((responseCode === undefined) !== (responsePagePath === undefined))
      throw invalidInput('A custom error response has both a responseCode and a responsePagePath, or none.');
    if (responseCode !== undefined && !responseCodes.includes(responseCode))
      throw invalidInput(`The response code ${responseCode} is not valid.`, `Send one of ${responseCodes.join(', ')}.`);
    if (responsePagePath !== undefined && !/^\/[\x21-\x7e]*$/.test(responsePagePath))
      throw invalidInput('The path of an error page begins with / and has no blanks.');
    if (errorCachingMinTTL < 0) throw invalidInput(`The errorCachingMinTTL ${errorCachingMinTTL} is negative.`);
    return { errorCode, responseCode, responsePagePath, errorCachingMinTTL };
  });
};

/** Undefined for an empty one, which takes it away. Throws InvalidInputException. */
export const checkRootObject = (text: string | undefined): string | undefined => {
  if (text === undefined || text === '') return undefined;
  if (/^[^/\s]\S{0,254}$/.test(text)) return text;
  throw invalidInput(
    'The default root object is not valid.',
    'Write it like index.html, without / in front, with up to 255 characters and no blanks.',
  );
};
