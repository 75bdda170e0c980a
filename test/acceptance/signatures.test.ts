import { beforeAll, describe, expect, test } from 'vitest';
import { type Server, startServer } from '../lateen.ts';
import { exchange, type Form, formsOf, plain, send, signers, statusOf, vectors } from '../signing-vectors.ts';

let server: Server;
let host: string;
beforeAll(async () => {
  server = await startServer();
  host = `127.0.0.1:${server.port}`;
});

describe.each(Object.entries(signers))('F8 signed by %s, as bytes on the wire', (_name, signer) => {
  for (const vector of vectors) {
    for (const form of formsOf(vector)) {
      test(`in the ${form}: ${vector.trap}`, () => exchange(server, vector, signer, form));
    }
  }

  test.each<Form>(['header', 'query'])('F10 in the %s: temporary credentials', async (form) => {
    const { stdout } = await server.cli('keys', 'create', '--minutes', '5', '--json');
    const made = JSON.parse(stdout) as { accessKeyId: string; secretAccessKey: string; sessionToken: string };
    const key = { ...made, secret: made.secretAccessKey };
    const vector = { trap: 'a session token' };
    await exchange(server, vector, signer, form, key);
    const unsigned = { ...plain };
    const bare = await signer(unsigned, host, { ...key, sessionToken: undefined }, form);
    expect(statusOf(await send(server.port, vector, unsigned, bare))).toBe(403);
    // A few clients append the token once they have signed.
    const token = encodeURIComponent(made.sessionToken);
    const appended =
      form === 'query'
        ? { ...bare, target: `${bare.target}&X-Amz-Security-Token=${token}` }
        : { ...bare, headers: { ...bare.headers, 'x-amz-security-token': made.sessionToken } };
    expect(statusOf(await send(server.port, vector, unsigned, appended))).toBe(200);
  });

  test('what is signed holds for one method, path, query, header and body', async () => {
    const request = {
      ...plain,
      query: [
        ['Action', 'GetRegions'],
        ['a', 'b'],
      ] as const,
      headers: { 'my-header': 'x' },
    };
    const signed = await signer(request, host, server, 'header');
    for (const [find, put] of [
      ['GET ', 'POST '],
      ['a=b', 'a=c'],
      ['a=b', 'a=b&a=b'],
      ['GetRegions', 'GetBundles'],
      ['my-header: x', 'my-header: y'],
      ['my-header: x', 'my-header: x\r\nmy-header: x'],
      [`host: ${host}`, 'host: elsewhere'],
    ] as const) {
      const answer = await send(server.port, { trap: '' }, request, signed, (text) => text.replace(find, put));
      expect(answer, `${find} ${put}`).toContain('SignatureDoesNotMatch');
    }
  });

  test('header and query at once, and a host that was not signed', async () => {
    const inHeader = await signer(plain, host, server, 'header');
    const inQuery = await signer(plain, host, server, 'query');
    const twice = { target: inQuery.target, headers: { ...inQuery.headers, ...inHeader.headers } };
    expect(await send(server.port, { trap: '' }, plain, twice)).toContain("Found both 'X-Amz-Algorithm'");
    const hostless = await send(server.port, { trap: '' }, plain, inHeader, (text) =>
      text.replace(/SignedHeaders=([^,]*)host;/, 'SignedHeaders=$1'),
    );
    expect(hostless).toContain("'Host' or ':authority' must be a 'SignedHeader'");
  });
});
