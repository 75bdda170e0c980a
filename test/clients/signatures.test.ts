import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { beforeAll, expect } from 'vitest';
import { type Server, startServer } from '../lateen.ts';
import { exchange, formsOf, queryOf, type Signer, vectors } from '../signing-vectors.ts';
import { testUnless, works } from './tools.ts';

const missing = works('python3', '-c', 'import botocore') ? undefined : 'botocore, since no python3 on the PATH has it';
const test = testUnless(missing);
const program = new URL('botocore_signer.py', import.meta.url).pathname;

let server: Server;
beforeAll(async () => {
  server = await startServer();
});

const botocore: Signer = async ({ query, path, ...request }, host, { accessKeyId, secret }, form) => {
  const url = `http://${host}${path}${query.length === 0 ? '' : `?${queryOf(query)}`}`;
  const child = spawn('python3', [program], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify([{ ...request, url, form, accessKeyId, secret }]));
  const [signed] = JSON.parse(await text(child.stdout)) as [{ url: string; headers: Record<string, string> }];
  return { target: signed.url.slice(`http://${host}`.length), headers: { host, ...signed.headers } };
};

/** Presigned by botocore, a form becomes a query: then there is no body. */
const isFor = (form: string, body = ''): boolean => form === 'header' || body === '';

for (const vector of vectors) {
  for (const form of formsOf(vector)) {
    if (!isFor(form, vector.request?.body)) continue;
    test(`F8 signed by botocore in the ${form}: ${vector.trap}`, () => exchange(server, vector, botocore, form));
  }
}

test('there are vectors of both forms', () => {
  expect(vectors.filter((vector) => isFor('query', vector.request?.body)).length).toBeGreaterThan(15);
});
