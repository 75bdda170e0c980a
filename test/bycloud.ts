import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'vitest';
import document from '../src/api/bycloud/openapi.json' with { type: 'json' };
import type { Server } from './lateen.ts';

const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addFormat('uuid', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
ajv.addFormat('uri', { validate: (text: string) => URL.canParse(text) });
ajv.addSchema(document, 'openapi');

/** What an operation of the description may answer with. */
interface Described {
  readonly responses: Readonly<Record<string, object>>;
}

const describedAt = (
  method: string,
  path: string,
): { readonly pointer: string; readonly operation: Described } | undefined => {
  const template = path.replace(/^\/instances\/[^/]+/, '/instances/{id}');
  const item = (document.paths as unknown as Record<string, Record<string, Described> | undefined>)[template];
  const name = method.toLowerCase();
  const operation = item?.[name];
  const pointer = `#/paths/${template.replaceAll('/', '~1')}/${name}`;
  return operation && { pointer, operation };
};

const escaped = (pointer: string): string => pointer.replaceAll('{', '%7B').replaceAll('}', '%7D');

/** Throws unless the description has such an answer. What is at no path of it must be an error. */
export const checkAgainstDescription = (method: string, path: string, status: number, body: unknown): void => {
  const found = describedAt(method, path);
  const schema = (pointer: string) => ajv.getSchema(`openapi${escaped(pointer)}/content/application~1json/schema`);
  const response = found?.operation.responses[String(status)] as { $ref?: string } | undefined;
  if (found !== undefined && response === undefined)
    throw new Error(`${method} ${path} answers ${status}, which is not described`);
  const pointer =
    response?.$ref ?? (response && `${found!.pointer}/responses/${status}`) ?? `#/components/responses/${status}`;
  const validate = schema(pointer);
  if (validate === undefined) throw new Error(`nothing at ${pointer}`);
  if (!validate(body))
    throw new Error(`${method} ${path} ${status}: ${ajv.errorsText(validate.errors)} in ${JSON.stringify(body)}`);
};

export interface ByCloudAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
}

/** `path` is behind `/v1`. Every answer is held against the description, and has the headers that all have. */
export type ByCloud = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<ByCloudAnswer>;

/** A client with these headers, which say who asks. */
export const byCloudOf = ({ url }: Pick<Server, 'url'>, who: Record<string, string>): ByCloud => {
  return async (method, path, body, headers = {}) => {
    const sent = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await fetch(`${url}/v1${path}`, { method, headers: { ...who, ...headers }, body: sent ?? null });
    const text = await answer.text();
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    for (const name of ['limit', 'remaining', 'reset']) {
      expect(answer.headers.get(`x-ratelimit-${name}`)).toMatch(/^\d+$/);
    }
    const parsed: unknown = text === '' ? undefined : JSON.parse(text);
    if (method !== 'HEAD') checkAgainstDescription(method, path.replace(/[?].*/, ''), answer.status, parsed);
    return { status: answer.status, headers: answer.headers, text, body: parsed };
  };
};

/** A bearer token of the server, by its command. */
export const tokenOf = async (server: Server, ...options: string[]): Promise<string> => {
  const { code, stdout, stderr } = await server.cli('tokens', 'create', ...options);
  expect(code, stderr).toBe(0);
  return stdout.trim();
};

export const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

/** The members of a refusal. */
export const refusal = (code: number, message: string, details?: unknown) => ({
  status: code,
  body: {
    error: {
      code,
      message,
      request_id: expect.stringMatching(/^req-[0-9a-f-]{36}$/),
      ...(details === undefined ? {} : { details }),
    },
  },
});
