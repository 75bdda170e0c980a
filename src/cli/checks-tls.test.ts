import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { expect, test } from 'vitest';
import { newAuthority } from '../../test/authority.ts';
import { temporaryFolder } from '../../test/lateen.ts';
import { ofChain, tls } from './checks-tls.ts';

const day = 24 * 3_600_000;
const file = '/data/tls.pem';
const { authority, store } = await newAuthority();
const { chain, notBefore, notAfter } = await authority.issue(['lateen.test', '192.0.2.1']);
await store.close();
const until = new Date(notAfter).toISOString().slice(0, 10);

test('a certificate of Lateen’s own is verified by who has its file', () => {
  expect(ofChain(chain, file, Date.now())).toEqual({
    ...{ check: 'TLS', state: 'ok' },
    found: `good until ${until} for lateen.test, 192.0.2.1; verified by who is given ${file}`,
  });
});

test.each([
  ['the last month, when it should have been replaced', notAfter - 28 * day, `^good until ${until} for`],
  ['its end', notAfter + 1, `^the certificate has ended on ${until}$`],
  ['the time before it begins', notBefore - day, '^the certificate begins on '],
])('in %s it is a warning', (_, now, found) => {
  expect(ofChain(chain, file, now)).toMatchObject({
    state: 'warning',
    found: expect.stringMatching(found),
    advice: expect.any(String),
  });
});

test('a chain without its authority is verified by who trusts that, and a known authority by everybody', () => {
  const [leaf = ''] = chain.split(/(?<=-----END CERTIFICATE-----\n)/);
  expect(ofChain(leaf, file, Date.now()).found).toMatch(/; verified by who trusts CN=Lateen$/);
  const known = rootCertificates
    .map((pem) => new X509Certificate(pem))
    .find((root) => Date.parse(root.validTo) > Date.now() + 60 * day)!;
  expect(ofChain(known.toString(), file, Date.now()).found).toMatch(/; a known authority vouches for it$/);
});

test('in the clear there is nothing to verify, and a file that is missing or empty is told', () => {
  const data = temporaryFolder();
  expect(tls('http://127.0.0.1:4780', data).state).toBe('ok');
  expect(tls('https://127.0.0.1:4780', data)).toMatchObject({
    state: 'warning',
    found: expect.stringContaining('missing'),
  });
  expect(ofChain('', file, Date.now()).state).toBe('warning');
});
