import { hash } from 'node:crypto';
import { ALGORITHM, createSigningKeys, type Hmac, readings, sameText, TERMINATOR } from '../../api/sigv4.ts';
import { canonicalHeaders, decode, encode, type HeaderMap, parseQuery } from '../../api/sigv4-canonical.ts';
import { type Claim, readClaim } from '../../api/sigv4-claim.ts';
import { parseStamp, type Stamp } from '../../api/sigv4-time.ts';
import type { BucketDesk, Signer } from '../../engines/buckets.ts';
import { ApiError } from '../../errors.ts';
import { invalidRequest, S3Error } from './errors.ts';
import { checkPresignedV2, checkV2, isPresignedV2 } from './signature-v2.ts';

/** The head of a request as it came; one character per byte. */
export interface Head {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: HeaderMap;
}

/** How whoever sent a request has shown who he is, in the words of access logs. */
export type AuthenticationType = 'AuthHeader' | 'QueryString' | 'PostForm';

/** What signs the chunks that follow a signed head. */
export interface ChunkSeal {
  readonly hmac: Hmac;
  /** `date\nscope\n`, as it stands in every string to sign. */
  readonly context: string;
  /** The signature of the head, which the first chunk builds on. */
  readonly seed: string;
}

export interface Signed {
  readonly signer: Signer;
  /** That the signature is for; one of the old way is for none. */
  readonly region?: string | undefined;
  readonly by: AuthenticationType;
  readonly version: 'SigV2' | 'SigV4';
  /** When, in ms, as far as the signature says it. */
  readonly signedAt?: number | undefined;
  /** Of a signed head. */
  readonly seal?: ChunkSeal | undefined;
}

export interface VerifierOptions {
  readonly regions: ReadonlySet<string>;
  /** Milliseconds of the machine's clock, which clients sign with. */
  readonly now: () => number;
  readonly signerOf: BucketDesk['signerOf'];
}

export interface Verifier {
  /** Who signed a request; undefined when nobody did. Throws S3Error. */
  head(head: Head): Promise<Signed | undefined>;
  /** Who signed the policy of a form, given by its fields in lower case; undefined when it has none. Throws S3Error. */
  form(fields: ReadonlyMap<string, string>): Promise<Signed | undefined>;
}

const skewMs = 15 * 60_000;
const longestSeconds = 604_800;
const keysKept = 1000;

/** Signature Version 4 as S3 has it: a path that is encoded once and not normalised, payloads that are named instead of hashed, and codes of its own. */
export const createVerifier = ({ regions, now, signerOf }: VerifierOptions): Verifier => {
  const signingKey = createSigningKeys(keysKept);

  const signerOfKey = async (accessKeyId: string, token: string | undefined): Promise<Signer> => {
    const signer = await signerOf(accessKeyId, token);
    if (signer !== undefined) return signer;
    throw new S3Error('InvalidAccessKeyId', { details: { AWSAccessKeyId: utf8(accessKeyId) } });
  };

  /** The signer of a credential, whose scope is checked against the moment of the signature. */
  const find = async (
    claim: Pick<Claim, 'credential' | 'token'>,
    stamp: Stamp,
    malformed: (message: string, region?: string) => S3Error,
  ): Promise<{ signer: Signer; region: string; hmac: Hmac; scope: string }> => {
    const [accessKeyId = '', day, region = '', service, term, ...more] = claim.credential.split('/');
    if (term === undefined || more.length > 0) {
      throw malformed('the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".');
    }
    if (day !== stamp.text.slice(0, 8)) {
      throw malformed(
        `Invalid credential date "${day}". This date is not the same as X-Amz-Date: "${stamp.text.slice(0, 8)}".`,
      );
    }
    if (service !== 's3') throw malformed(`incorrect service "${service}". This endpoint belongs to "s3".`);
    if (term !== TERMINATOR) throw malformed(`incorrect terminal "${term}". This endpoint uses "${TERMINATOR}".`);
    if (!regions.has(region)) throw malformed(`the region '${region}' is wrong; expecting 'us-east-1'`, 'us-east-1');
    const signer = await signerOfKey(accessKeyId, claim.token);
    const scope = claim.credential.slice(accessKeyId.length + 1);
    return { signer, region, scope, hmac: signingKey(claim.credential, signer.secret) };
  };

  const checkToken = ({ sessionToken, expiresAt }: Signer, token: string | undefined): void => {
    if (sessionToken === undefined ? token !== undefined : !sameText(sessionToken, token ?? '')) {
      throw new S3Error('InvalidToken');
    }
    if (expiresAt !== undefined && now() >= expiresAt) throw new S3Error('ExpiredToken');
  };

  return {
    async head({ method, path, query, headers }) {
      const parsed = parseQuery(query);
      const presigned = parsed.some(([key]) => key === 'X-Amz-Algorithm');
      if (!headers.get('authorization') && !presigned) {
        const params = new Map(parsed);
        if (!isPresignedV2(params)) return undefined;
        const token = params.get('x-amz-security-token');
        const signer = await signerOfKey(params.get('AWSAccessKeyId')!, token);
        checkPresignedV2({ method, path, query, headers }, params, signer, now());
        checkToken(signer, token);
        return { signer, by: 'QueryString', version: 'SigV2' };
      }
      const malformed = presigned ? queryMalformed : headerMalformed;
      const claim = claimOf(headers, parsed, malformed);
      if (claim.algorithm !== ALGORITHM) throw unsupported();
      const stamp = checkTime(claim, presigned, now());
      const { signer, region, hmac, scope } = await find(claim, stamp, malformed);
      checkSignedHeaders(headers, claim.signedHeaders, presigned);
      const declared =
        headers.get('x-amz-content-sha256') ??
        parsed.find(([key]) => key.toLowerCase() === 'x-amz-content-sha256')?.[1];
      if (declared === undefined && !presigned) {
        throw new S3Error('InvalidRequest', {
          message: 'Missing required header for this request: x-amz-content-sha256',
        });
      }
      const end = `\n${canonicalHeaders(headers, claim.signedHeaders)}\n${claim.signedHeaders.join(';')}\n`;
      const context = `${stamp.text}\n${scope}\n`;
      let wanted: { canonical: string; text: string } | undefined;
      for (const canonical of canonicalRequests(
        method,
        path,
        query,
        end,
        presigned ? [declared, unsigned] : [declared],
      )) {
        const text = `${ALGORITHM}\n${context}${hash('sha256', Buffer.from(canonical, 'latin1'), 'hex')}`;
        wanted ??= { canonical, text };
        if (!sameText(hmac(text), claim.signature)) continue;
        checkToken(signer, claim.token);
        return {
          signer,
          region,
          by: presigned ? 'QueryString' : 'AuthHeader',
          version: 'SigV4',
          signedAt: stamp.seconds * 1000,
          seal: { hmac, context, seed: claim.signature },
        };
      }
      throw mismatch(signer, claim.signature, wanted!.text, wanted!.canonical);
    },

    async form(fields) {
      const policy = fields.get('policy');
      const token = fields.get('x-amz-security-token');
      const oldKey = fields.get('awsaccesskeyid');
      if (oldKey !== undefined && fields.has('signature')) {
        const signer = await signerOfKey(oldKey, token);
        checkV2(policy ?? '', fields.get('signature')!, oldKey, signer.secret);
        checkToken(signer, token);
        return { signer, by: 'PostForm', version: 'SigV2' };
      }
      if (!fields.has('x-amz-signature')) return undefined;
      const of = (name: string): string => {
        const value = fields.get(name);
        if (value) return value;
        throw new S3Error('InvalidArgument', {
          message: `Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`,
          details: { ArgumentName: name, ArgumentValue: '' },
        });
      };
      if (of('x-amz-algorithm') !== ALGORITHM) throw unsupported();
      const stamp = parseStamp(of('x-amz-date'));
      if (stamp === undefined) throw new S3Error('AccessDenied', { message: 'Invalid X-Amz-Date field.' });
      const { signer, region, hmac } = await find({ credential: of('x-amz-credential'), token }, stamp, queryMalformed);
      const [signature, text] = [of('x-amz-signature'), policy ?? ''];
      if (!sameText(hmac(text), signature)) throw mismatch(signer, signature, text);
      checkToken(signer, token);
      return { signer, region, by: 'PostForm', version: 'SigV4', signedAt: stamp.seconds * 1000 };
    },
  };
};

export const unsigned = 'UNSIGNED-PAYLOAD';

/** What the client may have hashed, the likeliest first: its path encoded once or as sent. */
function* canonicalRequests(
  method: string,
  path: string,
  query: string,
  end: string,
  payloads: readonly (string | undefined)[],
): Generator<string> {
  const encoded =
    path === ''
      ? '/'
      : path
          .split('/')
          .map((part) => encode(decode(part)))
          .join('/');
  for (const payload of new Set(payloads)) {
    if (payload === undefined) continue;
    for (const each of new Set([encoded, path])) {
      for (const reading of readings(query)) yield `${method}\n${each}\n${reading}${end}${payload}`;
    }
  }
}

/** What the request says of its signature, in the codes of S3. */
const claimOf = (
  headers: HeaderMap,
  query: ReturnType<typeof parseQuery>,
  malformed: (message: string) => S3Error,
): Claim => {
  try {
    const claim = readClaim(headers, query);
    if (claim.expires === undefined && query.some(([key]) => key === 'X-Amz-Algorithm')) {
      throw malformed('Query-string authentication version 4 requires the X-Amz-Expires parameter.');
    }
    return claim;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    switch (error.code) {
      case 'MissingAuthenticationTokenException':
        throw unsupported();
      case 'InvalidSignatureException':
        throw new S3Error('InvalidArgument', {
          message:
            'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter or the Authorization header should be specified',
          details: { ArgumentName: 'Authorization', ArgumentValue: utf8(headers.get('authorization') ?? '') },
        });
      default:
        throw malformed(utf8(error.message));
    }
  }
};

const iso = (ms: number): string => new Date(ms).toISOString().replace('.000', '');

/** The moment of a signature, which must be now or, presigned, within its lifetime. */
const checkTime = ({ date, expires }: Claim, presigned: boolean, now: number): Stamp => {
  const stamp = parseStamp(date);
  if (stamp === undefined) {
    if (presigned) throw queryMalformed("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
    throw new S3Error('AccessDenied', { message: 'AWS authentication requires a valid Date or x-amz-date header' });
  }
  const at = stamp.seconds * 1000;
  if (!presigned) {
    if (Math.abs(now - at) <= skewMs + 999) return stamp;
    throw new S3Error('RequestTimeTooSkewed', {
      details: { RequestTime: stamp.text, ServerTime: iso(now), MaxAllowedSkewMilliseconds: skewMs },
    });
  }
  if (!/^-?\d{1,15}$/.test(expires ?? '')) throw queryMalformed('X-Amz-Expires should be a number');
  const life = Number(expires);
  if (life < 0) throw queryMalformed('X-Amz-Expires must be non-negative');
  if (life > longestSeconds) {
    throw queryMalformed(
      `X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than ${longestSeconds} seconds`,
    );
  }
  if (at > now + skewMs) throw new S3Error('AccessDenied', { message: 'Request is not yet valid' });
  if (now > at + life * 1000) {
    throw new S3Error('AccessDenied', {
      message: 'Request has expired',
      details: { 'X-Amz-Expires': life, Expires: iso(at + life * 1000), ServerTime: iso(now) },
    });
  }
  return stamp;
};

/** Of the clients' own and of what is bound to the signature in other ways. */
const mayBeUnsigned: ReadonlySet<string> = new Set([
  'x-amz-content-sha256',
  'x-amz-user-agent',
  'x-amz-security-token',
  'x-amz-date',
]);

/** Otherwise whoever has a presigned address could add an ACL to it. */
const checkSignedHeaders = (headers: HeaderMap, signed: readonly string[], presigned: boolean): void => {
  const lacks = [...headers.keys()].filter(
    (name) => !signed.includes(name) && (name === 'host' || (name.startsWith('x-amz-') && !mayBeUnsigned.has(name))),
  );
  if (!signed.includes('host') && !lacks.includes('host')) lacks.unshift('host');
  if (!presigned && headers.has('x-amz-date') && !signed.includes('x-amz-date')) lacks.push('x-amz-date');
  if (lacks.length === 0) return;
  throw new S3Error('AccessDenied', {
    message: 'There were headers present in the request which were not signed',
    details: { HeadersNotSigned: lacks.map(utf8).join(', ') },
  });
};

/** What was read byte by byte, as text for people. */
const utf8 = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');

/** `region` is the right one: clients try again with it. */
export const headerMalformed = (message: string, region?: string): S3Error =>
  new S3Error('AuthorizationHeaderMalformed', {
    message: `The authorization header is malformed; ${message}`,
    details: { Region: region },
  });

export const queryMalformed = (message: string, region?: string): S3Error =>
  new S3Error('AuthorizationQueryParametersError', { message, details: { Region: region } });

const unsupported = (): S3Error =>
  invalidRequest(`The authorization mechanism you have provided is not supported. Please use ${ALGORITHM}.`);

const mismatch = ({ accessKeyId }: Signer, provided: string, text: string, canonical?: string): S3Error =>
  new S3Error('SignatureDoesNotMatch', {
    details: {
      AWSAccessKeyId: accessKeyId,
      StringToSign: utf8(text),
      SignatureProvided: utf8(provided),
      CanonicalRequest: canonical === undefined ? undefined : utf8(canonical),
    },
  });
