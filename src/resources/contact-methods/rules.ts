import type { ContactProtocol } from '../../api/generated/types.ts';
import { invalidInput } from '../../errors.ts';

/** How long a link holds. */
export const verificationMs = 24 * 3_600_000;

/** F507 */
const smsRegions: readonly string[] = [
  'us-east-1',
  'us-west-2',
  'eu-west-1',
  'ap-northeast-1',
  'ap-southeast-1',
  'ap-southeast-2',
];

/** F506: what an address looks like. A phone number is in E.164. */
const endpoints: Readonly<Record<ContactProtocol, { readonly pattern: RegExp; readonly tip: string }>> = {
  Email: {
    pattern: /^[^\s@<>()[\]\\,;:"]+@[^\s@<>()[\]\\,;:"]+$/,
    tip: 'Write an e-mail address like admin@example.com.',
  },
  SMS: {
    pattern: /^\+[1-9]\d{1,14}$/,
    tip: 'Write a phone number with a plus sign, the country code and at most 15 digits, like +12065550100.',
  },
};

/** Throws InvalidInputException when nobody can be reached that way, or not from this Region. */
export const checkEndpoint = (protocol: ContactProtocol, endpoint: string, region: string): void => {
  if (protocol === 'SMS' && !smsRegions.includes(region)) {
    throw invalidInput(
      `The contact protocol SMS is not available in the Region ${region}.`,
      `It is in ${smsRegions.join(', ')}.`,
    );
  }
  const { pattern, tip } = endpoints[protocol];
  if (!pattern.test(endpoint))
    throw invalidInput(`The contact endpoint ${endpoint} is not valid for ${protocol}.`, tip);
};
