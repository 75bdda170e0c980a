import type { BucketCorsRule } from '../../api/generated/types.ts';
import type { HeaderMap } from '../../api/sigv4-canonical.ts';
import { S3Error } from './errors.ts';

const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'PUT', 'POST', 'DELETE']);

/** What varies an answer once there are rules. */
const vary = 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method';

/** Headers of an answer to a page of another origin: none when no rule lets it read, or nobody asked. */
export const corsHeaders = (
  rules: readonly BucketCorsRule[],
  method: string,
  headers: HeaderMap,
): Record<string, string> => {
  const origin = headers.get('origin');
  const rule = origin === undefined ? undefined : rules.find((each) => allows(each, origin, method, []));
  return rule === undefined ? {} : grant(rule, origin!);
};

/** What a preflight is answered. Throws BadRequest when it is none, AccessForbidden when no rule allows what it asks for. */
export const preflight = (rules: readonly BucketCorsRule[], headers: HeaderMap): Record<string, string> => {
  const origin = headers.get('origin');
  if (origin === undefined) {
    throw new S3Error('BadRequest', { message: 'Insufficient information. Origin request header needed.' });
  }
  const method = headers.get('access-control-request-method') ?? '';
  if (!methods.has(method)) {
    throw new S3Error('BadRequest', { message: `Invalid Access-Control-Request-Method: ${method}` });
  }
  const wanted = (headers.get('access-control-request-headers') ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  const rule = rules.find((each) => allows(each, origin, method, wanted));
  if (rule !== undefined) {
    return {
      ...grant(rule, origin),
      ...(wanted.length > 0 && { 'Access-Control-Allow-Headers': wanted.join(', ') }),
      ...(rule.maxAgeSeconds !== undefined && { 'Access-Control-Max-Age': String(rule.maxAgeSeconds) }),
    };
  }
  if (rules.length === 0) throw new S3Error('AccessForbidden');
  throw new S3Error('AccessForbidden', {
    message:
      "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
  });
};

const allows = (rule: BucketCorsRule, origin: string, method: string, headers: readonly string[]): boolean =>
  rule.allowedMethods.includes(method) &&
  rule.allowedOrigins.some((pattern) => matches(pattern, origin)) &&
  headers.every((name) => rule.allowedHeaders?.some((pattern) => matches(pattern.toLowerCase(), name)));

/** One `*` stands for any text. */
const matches = (pattern: string, text: string): boolean => {
  const star = pattern.indexOf('*');
  if (star < 0) return pattern === text;
  const [before, after] = [pattern.slice(0, star), pattern.slice(star + 1)];
  return text.length >= before.length + after.length && text.startsWith(before) && text.endsWith(after);
};

const grant = (
  { allowedOrigins, allowedMethods, exposeHeaders = [] }: BucketCorsRule,
  origin: string,
): Record<string, string> => {
  const anyone = allowedOrigins.includes('*');
  return {
    'Access-Control-Allow-Origin': anyone ? '*' : origin,
    'Access-Control-Allow-Methods': allowedMethods.join(', '),
    ...(exposeHeaders.length > 0 && { 'Access-Control-Expose-Headers': exposeHeaders.join(', ') }),
    ...(!anyone && { 'Access-Control-Allow-Credentials': 'true' }),
    Vary: vary,
  };
};
