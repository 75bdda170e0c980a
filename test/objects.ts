import { Agent, request } from 'node:http';
import type { LookupFunction } from 'node:net';
import { S3 } from '@aws-sdk/client-s3';
import { apiOf } from './call.ts';
import type { Account, Server } from './lateen.ts';
import { presign, type SignOptions, sha256, sign } from './sign.ts';

/** Names under localhost are this machine, whatever its resolver says. */
export const hereAlways: LookupFunction = (_name, options, done) =>
  options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);

/** Where a server has its objects. */
export const objectsUrl = ({ url }: Pick<Server, 'url'>): string => {
  const { hostname, port } = new URL(url);
  return `http://${hostname}:${Number(port) + 1}`;
};

export type Style = 'path' | 'virtual';

/** The SDK's client, with no second attempts unless told so; `virtual` has the bucket in the name of the host. */
export const s3 = (
  server: Account,
  {
    style = 'path',
    region = 'us-east-1',
    maxAttempts = 1,
  }: { readonly style?: Style; readonly region?: string; readonly maxAttempts?: number } = {},
): S3 => {
  const { port } = new URL(objectsUrl(server));
  return new S3({
    endpoint: style === 'path' ? `http://127.0.0.1:${port}` : `http://s3.${region}.localhost:${port}`,
    forcePathStyle: style === 'path',
    region,
    credentials: {
      ...{ accessKeyId: server.accessKeyId, secretAccessKey: server.secret },
      ...(server.sessionToken === undefined ? {} : { sessionToken: server.sessionToken }),
    },
    maxAttempts,
    requestHandler: { httpAgent: new Agent({ keepAlive: true, maxSockets: 16, lookup: hereAlways }) },
  });
};

/** A new bucket of the server's root account. */
export const newBucket = async (
  server: Server,
  bucketName: string,
  more: object = {},
  region = 'us-east-1',
): Promise<string> => {
  await apiOf(server, region).call('CreateBucket', { bucketName, bundleId: 'small_1_0', ...more });
  return bucketName;
};

/** A key of a bucket, as an account that may sign. */
export const bucketKey = async (server: Server, bucketName: string): Promise<Account> => {
  const { accessKey } = await apiOf(server).call('CreateBucketAccessKey', { bucketName });
  return { url: server.url, accessKeyId: accessKey!.accessKeyId!, secret: accessKey!.secretAccessKey! };
};

/** What an error of the SDK says, as S3 sent it. */
export const codeOf = (error: unknown): string =>
  (error as { Code?: string; name: string }).Code ?? (error as Error).name;

export interface S3Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** `<Code>` of an error. */
  readonly code: string | undefined;
}

/** A request as it is, unsigned. `path` is sent byte by byte. */
export const plainRequest = (
  server: Pick<Server, 'url'>,
  method: string,
  path: string,
  {
    headers = {},
    body = '',
  }: { readonly headers?: Readonly<Record<string, string>>; readonly body?: string | Uint8Array } = {},
): Promise<S3Reply> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(objectsUrl(server));
    const length =
      'content-length' in headers || 'transfer-encoding' in headers
        ? {}
        : { 'content-length': Buffer.byteLength(body) };
    const sent = request(
      { hostname, port, method, path, headers: { ...length, ...headers }, agent: false },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        answer.on('error', reject);
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers as Record<string, string>,
            text,
            code: /<Code>(\w+)<\/Code>/.exec(text)?.[1],
          }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });

/** A signed request, past the SDK. `payload` is what x-amz-content-sha256 says in place of the hash of the body. */
export const signedRequest = (
  server: Account,
  method: string,
  path: string,
  { headers = {}, body = '', payload, ...more }: Partial<SignOptions> = {},
): Promise<S3Reply> => {
  const options = signOptions(server, method, path, { ...more, body, ...(payload ? { payload } : {}) });
  const hash = payload ?? sha256(body);
  return plainRequest(server, method, path, {
    headers: sign({ ...options, headers: { ...headers, 'x-amz-content-sha256': hash } }),
    body,
  });
};

/** The path and query of a presigned address. */
export const presigned = (
  server: Account,
  method: string,
  path: string,
  expires = 300,
  more: Partial<SignOptions> = {},
): string => {
  const url = new URL(presign({ ...signOptions(server, method, path, more), payload: 'UNSIGNED-PAYLOAD', expires }));
  return `${url.pathname}${url.search}`;
};

const signOptions = (server: Account, method: string, path: string, more: Partial<SignOptions>): SignOptions => ({
  method,
  url: `${objectsUrl(server)}${path}`,
  path: path.replace(/\?.*/s, ''),
  accessKeyId: server.accessKeyId,
  secret: server.secret,
  ...(server.sessionToken === undefined ? {} : { sessionToken: server.sessionToken }),
  service: 's3',
  ...more,
});
