import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { beforeAll, expect } from 'vitest';
import { type Server, startServer } from '../lateen.ts';
import { exchange, type Form, formsOf, plain, queryOf, type Signer, vectors } from '../signing-vectors.ts';
import { testUnless, works } from './tools.ts';

const missing = works('python3', '-c', 'import botocore') ? undefined : 'botocore, since no python3 on the PATH has it';
const test = testUnless(missing);
const program = new URL('botocore_signer.py', import.meta.url).pathname;

let server: Server;

type Order = Parameters<Signer>[0] & { readonly url: string; readonly form: Form };

/** All at once: starting Python takes longer than signing. */
const signAll = async (orders: readonly Order[]): Promise<{ url: string; headers: Record<string, string> }[]> => {
  const child = spawn('python3', [program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const { accessKeyId, secret } = server;
  child.stdin.end(JSON.stringify(orders.map((order) => ({ ...order, accessKeyId, secret }))));
  return JSON.parse(await text(child.stdout)) as { url: string; headers: Record<string, string> }[];
};

/** Presigned by botocore, a form becomes a query: then there is no body. */
const isFor = (form: string, body = ''): boolean => form === 'header' || body === '';

const cases = vectors.flatMap((vector) =>
  formsOf(vector)
    .filter((form) => isFor(form, vector.request?.body))
    .map((form) => ({ vector, form })),
);

let signed: Awaited<ReturnType<typeof signAll>>;
beforeAll(async () => {
  server = await startServer();
  if (missing !== undefined) return;
  const host = `127.0.0.1:${server.port}`;
  signed = await signAll(
    cases.map(({ vector, form }) => {
      const request = { ...plain, ...vector.request };
      const query = request.query.length === 0 ? '' : `?${queryOf(request.query)}`;
      return { ...request, form, url: `http://${host}${request.path}${query}` };
    }),
  );
});

for (const [place, { vector, form }] of cases.entries()) {
  test(`F8 signed by botocore in the ${form}: ${vector.trap}`, () =>
    exchange(
      server,
      vector,
      async (_, host) => {
        const { url, headers } = signed[place]!;
        return { target: url.slice(`http://${host}`.length), headers: { host, ...headers } };
      },
      form,
    ));
}

test('there are vectors of both forms', () => {
  expect(vectors.filter((vector) => isFor('query', vector.request?.body)).length).toBeGreaterThan(15);
});
