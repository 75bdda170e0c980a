import { expect, test } from 'vitest';
import { browserHeaders, createBrowserCheck, knownHosts, withBrowserHeaders } from './browser.ts';

const check = createBrowserCheck(knownHosts('127.0.0.1', 'https://lateen.example.com:8443', ['cloud.test']));
const ask = (headers: Record<string, string>, target = '/', method = 'POST'): number | undefined =>
  check({ method, target, rawHeaders: Object.entries(headers).flat() })?.status;

test.each([
  [{}, undefined],
  [{ Host: 'localhost:4780' }, undefined],
  [{ host: '127.0.0.1:4780' }, undefined],
  [{ Host: '[::1]:4780' }, undefined],
  [{ Host: '192.0.2.7' }, undefined],
  [{ Host: 'LATEEN.example.com:8443' }, undefined],
  [{ Host: 'cloud.test' }, undefined],
  [{ Host: 'photos.localhost' }, undefined],
  [{ Host: 'evil.example:4780' }, 421],
  [{ Host: '127.0.0.1.evil.example' }, 421],
  [{ Host: 'localhost.evil.example' }, 421],
  [{ Host: 'evil.example', Authorization: 'AWS4-HMAC-SHA256 Credential=...' }, undefined],
  [{ Host: 'evil.example', 'X-Api-Key': 'k' }, undefined],
  [{ Host: 'localhost:4780', Origin: 'http://localhost:4780' }, undefined],
  [{ Host: 'localhost:4780', Origin: 'http://localhost:3000' }, 403],
  [{ Host: 'localhost:4780', Origin: 'null' }, 403],
  [{ Host: 'localhost:4780', Origin: 'http://evil.example', Authorization: 'AWS4-HMAC-SHA256 ...' }, 403],
  [{ Host: 'localhost:4780', 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors' }, 403],
  [{ Host: 'localhost:4780', 'Sec-Fetch-Site': 'same-site', 'Sec-Fetch-Mode': 'no-cors' }, 403],
  [{ Host: 'localhost:4780', 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' }, undefined],
  [{ Host: 'localhost:4780', 'Sec-Fetch-Site': 'same-origin', 'Sec-Fetch-Mode': 'cors' }, undefined],
] as [Record<string, string>, number | undefined][])('%j is answered with %s', (headers, status) => {
  expect(ask(headers)).toBe(status);
});

test('health is told under any name, and so is what is signed in its query', () => {
  expect(ask({ Host: 'lateen' }, '/_lateen/health', 'GET')).toBeUndefined();
  expect(ask({ Host: 'lateen' }, '/?X-Amz-Signature=00', 'GET')).toBeUndefined();
  expect(ask({ Host: 'lateen' }, '/verify?token=t', 'GET')).toBe(421);
});

test('a preflight is left to be answered without a permission', () => {
  expect(ask({ Host: 'localhost', Origin: 'http://evil.example' }, '/', 'OPTIONS')).toBeUndefined();
});

test("an answer's own headers have the say", () => {
  expect(withBrowserHeaders(undefined)).toEqual(browserHeaders);
  const headers = withBrowserHeaders(['cache-control', 'max-age=60']);
  expect(headers.filter((each) => each.toLowerCase() === 'cache-control')).toEqual(['cache-control']);
  expect(headers).toContain('nosniff');
});
