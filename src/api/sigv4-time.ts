import { type Claim, incomplete, invalidSignature } from './sigv4-claim.ts';

/** How far a client's clock may be off, either way, in seconds: 15 minutes inclusive (F11). */
const SKEW = 15 * 60;
/** The longest life of a presigned request in seconds: a week. */
const LONGEST = 604_800;

/** The moment at which a request was signed. */
export interface Stamp {
  /** `YYYYMMDDTHHMMSSZ`, as it stands in the string to sign. */
  readonly text: string;
  /** Since the epoch. */
  readonly seconds: number;
}

const basic = (seconds: number): string => new Date(seconds * 1000).toISOString().replace(/[-:]|\.000/g, '');

const isoBasic = /^\d{8}T\d{6}Z$/;
const rfc1123 = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;

/** The form that Date reads: `2020-01-31T23:59:59Z`. */
const extended = (date: string): string =>
  `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6, 11)}:${date.slice(11, 13)}:${date.slice(13)}`;

/** The moment of an X-Amz-Date or Date; undefined for what is none. */
export const parseStamp = (date: string): Stamp | undefined => {
  const isBasic = isoBasic.test(date);
  if (!isBasic && !rfc1123.test(date)) return undefined;
  const seconds = Date.parse(isBasic ? extended(date) : date) / 1000;
  return Number.isNaN(seconds) ? undefined : { text: isBasic ? date : basic(seconds), seconds };
};

/**
 * Reads the date of a claim and holds it against the clock (`now` in milliseconds). A header signature is good for 15 minutes,
 * a presigned one for its X-Amz-Expires; neither may lie more than 15 minutes ahead.
 * Throws IncompleteSignatureException for what is no date or no lifetime, InvalidSignatureException for one out of its time.
 */
export const checkTime = ({ date, expires }: Claim, now: number): Stamp => {
  const stamp = parseStamp(date);
  if (stamp === undefined) {
    throw incomplete(
      `Date must be in ISO-8601 'basic format'. Got '${date}'. See http://en.wikipedia.org/wiki/ISO_8601`,
    );
  }
  const life = expires === undefined ? SKEW : lifetime(expires);
  const second = Math.floor(now / 1000);
  if (stamp.seconds < second - life) {
    throw invalidSignature(
      `Signature expired: ${stamp.text} is now earlier than ${basic(second - life)} (${basic(second)} - ${span(life)})`,
      'expired',
    );
  }
  if (stamp.seconds > second + SKEW) {
    throw invalidSignature(
      `Signature not yet current: ${stamp.text} is still later than ${basic(second + SKEW)} (${basic(second)} + ${span(SKEW)})`,
      'expired',
    );
  }
  return stamp;
};

const lifetime = (expires: string): number => {
  const life = /^\d{1,6}$/.test(expires) ? Number(expires) : 0;
  if (life >= 1 && life <= LONGEST) return life;
  throw incomplete(`X-Amz-Expires must be a whole number of seconds from 1 to ${LONGEST}. Got '${expires}'.`);
};

const span = (seconds: number): string => (seconds % 60 === 0 ? `${seconds / 60} min.` : `${seconds} sec.`);
