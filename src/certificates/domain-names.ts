import { invalidInput } from '../errors.ts';

/** Names beside the primary one that a certificate may have (F312, F327). */
const mostAlternatives = 9;

/** The common name of an X.509 subject has up to 64 characters. */
const longest = { primary: 64, alternative: 253 } as const;

const label = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?';
const domainName = new RegExp(`^(${label}\\.)+${label}$`);

/** Names that belong to Amazon (F320). */
const amazons = /(^|\.)(amazonaws\.com|cloudfront\.net|elasticbeanstalk\.com)$/;

/** Names that no DNS has: addresses, and top-level domains set aside for never being there. */
const nowhere = /(^|\.)(\d+|localhost|invalid|onion)$/;

/** All names of a certificate, the primary one first, each once (F312, F327). Throws InvalidInputException. */
export const checkDomainNames = (
  primary: string,
  alternatives: readonly string[] = [],
): readonly [string, ...string[]] => {
  const first = checkDomainName(primary, longest.primary);
  const others = [...new Set(alternatives.map((name) => checkDomainName(name, longest.alternative)))].filter(
    (name) => name !== first,
  );
  if (others.length > mostAlternatives) {
    throw invalidInput(
      `A certificate has up to ${mostAlternatives} alternative names, and this one would have ${others.length}.`,
    );
  }
  return [first, ...others];
};

const checkDomainName = (text: string, most: number): string => {
  const name = text.toLowerCase();
  if (name.includes('*')) {
    throw invalidInput(`Wildcards such as ${text} are not supported in certificates.`, 'Name each domain on its own.');
  }
  if (name.length > most || !domainName.test(name)) {
    throw invalidInput(
      `${text} is not a valid domain name for a certificate.`,
      `Write it like www.example.com, with up to ${most} characters.`,
    );
  }
  return name;
};

/** Why nobody gets a certificate with these names, whatever proof there is (F319, F320); undefined when one may be had. */
export const failureOf = (names: readonly string[]): 'DOMAIN_NOT_ALLOWED' | 'INVALID_PUBLIC_DOMAIN' | undefined => {
  if (names.some((name) => amazons.test(name))) return 'DOMAIN_NOT_ALLOWED';
  return names.some((name) => nowhere.test(name)) ? 'INVALID_PUBLIC_DOMAIN' : undefined;
};
