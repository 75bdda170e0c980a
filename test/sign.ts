import { createHash, createHmac } from 'node:crypto';
import { connect } from 'node:net';

/** What to sign. Independent of the product's own code, so that the two can check each other. */
export interface SignOptions {
  readonly method?: string;
  readonly url: string;
  /** As it is sent, where a URL would take `..` out of it. */
  readonly path?: string;
  /** Headers to send and to sign, in any case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** What stands in the place of the body's hash, such as UNSIGNED-PAYLOAD. */
  readonly payload?: string;
  readonly accessKeyId: string;
  readonly secret: string;
  readonly sessionToken?: string;
  readonly region?: string;
  readonly service?: string;
  /** Milliseconds since the epoch; now, if left out. */
  readonly date?: number;
}

export const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();

/** `YYYYMMDDTHHMMSSZ` of a moment in milliseconds. */
export const amzDate = (ms: number): string => new Date(ms).toISOString().replace(/[-:]|\.\d{3}/g, '');

/** The signature over a canonical request that the test has written itself. */
export const signatureOf = (canonical: string, secret: string, stamp: string, scope: string): string => {
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${secret}`) as Buffer;
  return hmac(key, `AWS4-HMAC-SHA256\n${stamp}\n${scope}\n${sha256(canonical)}`).toString('hex');
};

const rfc3986 = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

const queryOf = (url: URL): string =>
  [...url.searchParams]
    .map(([key, value]) => [rfc3986(key), rfc3986(value)] as const)
    .sort(([a, x], [b, y]) => (a < b || (a === b && x < y) ? -1 : 1))
    .map((pair) => pair.join('='))
    .join('&');

const prepare = (options: SignOptions) => {
  const { method = 'POST', headers = {}, body = '', region = 'us-east-1', service = 'lightsail' } = options;
  const url = new URL(options.url);
  const stamp = amzDate(options.date ?? Date.now());
  const scope = `${stamp.slice(0, 8)}/${region}/${service}/aws4_request`;
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const canonical = (signed: Record<string, string>): string => {
    const names = Object.keys(signed).sort();
    const lines = names.map((name) => `${name}:${signed[name]!.trim()}\n`).join('');
    return [
      method,
      options.path ?? url.pathname,
      queryOf(url),
      lines,
      names.join(';'),
      options.payload ?? sha256(body),
    ].join('\n');
  };
  return { url, stamp, scope, canonical, headers: { host: url.host, ...lower } as Record<string, string> };
};

/** The headers of a request with its signature in Authorization. */
export const sign = (options: SignOptions): Record<string, string> => {
  const { stamp, scope, canonical, headers } = prepare(options);
  headers['x-amz-date'] = stamp;
  if (options.sessionToken !== undefined) headers['x-amz-security-token'] = options.sessionToken;
  const signature = signatureOf(canonical(headers), options.secret, stamp, scope);
  const credential = `${options.accessKeyId}/${scope}`;
  const names = Object.keys(headers).sort().join(';');
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...headers, authorization };
};

/** A presigned URL; the headers given must be sent with it. Without `expires` (seconds) it has no X-Amz-Expires. */
export const presign = (options: SignOptions & { readonly expires?: number }): string => {
  const { url, stamp, scope, canonical, headers } = prepare(options);
  url.searchParams.set('X-Amz-Algorithm', 'AWS4-HMAC-SHA256');
  url.searchParams.set('X-Amz-Credential', `${options.accessKeyId}/${scope}`);
  url.searchParams.set('X-Amz-Date', stamp);
  if (options.expires !== undefined) url.searchParams.set('X-Amz-Expires', String(options.expires));
  if (options.sessionToken !== undefined) url.searchParams.set('X-Amz-Security-Token', options.sessionToken);
  url.searchParams.set('X-Amz-SignedHeaders', Object.keys(headers).sort().join(';'));
  const signature = signatureOf(canonical(headers), options.secret, stamp, scope);
  return `${url.origin}${url.pathname}?${queryOf(url)}&X-Amz-Signature=${signature}`;
};

/** The headers of a signed Lightsail call. `options.body` is the JSON text. */
export const signCall = (operation: string, options: SignOptions): Record<string, string> =>
  sign({
    ...options,
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `Lightsail_20161128.${operation}`,
      ...options.headers,
    },
  });

/** Signs a Lightsail call and sends it. */
export const signedFetch = (
  operation: string,
  payload: unknown,
  options: Omit<SignOptions, 'body' | 'method'>,
): Promise<Response> => {
  const body = JSON.stringify(payload);
  return fetch(options.url, { method: 'POST', headers: signCall(operation, { ...options, body }), body });
};

/** The bytes of a request, with its Content-Length unless `headers` say how long it is. */
export const requestText = (target: string, headers: Readonly<Record<string, string>>, body = ''): string => {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  if (!('content-length' in headers || 'transfer-encoding' in headers)) {
    lines.push(`Content-Length: ${Buffer.byteLength(body)}\r\n`);
  }
  return `POST ${target} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
};

/**
 * Sends bytes to a port of this machine and gives what comes back until the other side closes. A request that is well formed
 * should say `Connection: close`. Rejects when nothing closes within `patience` milliseconds.
 */
export const rawRequest = (port: number, bytes: string | Uint8Array, patience = 10_000): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    const chunks: Buffer[] = [];
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`still open, after ${JSON.stringify(Buffer.concat(chunks).toString())}`));
    }, patience);
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks).toString());
    });
  });
