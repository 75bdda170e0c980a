import { expect, test } from 'vitest';
import { isOwnerName } from './names.ts';
import { type RecordType, readTarget } from './record-data.ts';

test.each<[RecordType, string, unknown]>([
  ['A', '192.0.2.1', '192.0.2.1'],
  ['AAAA', '2001:DB8:0:0::1', '2001:db8::1'],
  ['CNAME', '_Proof.Example.com.', '_proof.example.com'],
  ['NS', 'ns-111.awsdns-22.com.', 'ns-111.awsdns-22.com'],
  ['MX', '10 Mail.example.com.', { preference: 10, exchange: 'mail.example.com' }],
  ['MX', '0 .', { preference: 0, exchange: '' }],
  ['SRV', '10 5 5060 sip.example.com', { priority: 10, weight: 5, port: 5060, target: 'sip.example.com' }],
  [
    'SOA',
    'ns.example.com. hostmaster.example.com. 1 7200 900 1209600 86400',
    {
      mname: 'ns.example.com',
      rname: 'hostmaster.example.com',
      serial: 1,
      refresh: 7200,
      retry: 900,
      expire: 1209600,
      minimum: 86400,
    },
  ],
  ['TXT', '"v=spf1 -all"', ['v=spf1 -all']],
  ['TXT', '"one" "two"', ['one', 'two']],
  ['TXT', '"a \\"quote\\" and \\\\ and \\101"', ['a "quote" and \\ and A']],
  ['TXT', '"ü"', [Buffer.from('ü').toString('latin1')]],
  ['TXT', '""', ['']],
  ['TXT', `"${'x'.repeat(255)}"`, ['x'.repeat(255)]],
])('%s %s', (type, target, read) => {
  expect(readTarget(type, target)).toEqual(read);
});

test.each<[RecordType, string]>([
  ['A', '192.0.2.256'],
  ['A', 'example.com'],
  ['A', '2001:db8::1'],
  ['AAAA', '192.0.2.1'],
  ['AAAA', 'fe80::1%eth0'],
  ['CNAME', '192.0.2.1'],
  ['MX', '10 192.0.2.1'],
  ['CNAME', 'www'],
  ['CNAME', 'a b.example.com'],
  ['CNAME', `${'a'.repeat(64)}.example.com`],
  ['NS', '_ns.example.com'],
  ['MX', 'mail.example.com'],
  ['MX', '-1 mail.example.com'],
  ['MX', '65536 mail.example.com'],
  ['MX', '10 mail.example.com extra'],
  ['SRV', '10 5 sip.example.com'],
  ['SRV', '10 5 70000 sip.example.com'],
  ['SOA', 'ns.example.com. hostmaster.example.com. 1 7200 900 1209600'],
  ['SOA', 'ns.example.com. hostmaster.example.com. 4294967296 7200 900 1209600 86400'],
  ['TXT', 'v=spf1 -all'],
  ['TXT', '"open'],
  ['TXT', '"one""two"'],
  ['TXT', '"one" two'],
  ['TXT', '"\\999"'],
  ['TXT', '"a\nb"'],
  ['TXT', `"${'x'.repeat(256)}"`],
  ['TXT', Array.from({ length: 20 }, () => `"${'x'.repeat(250)}"`).join(' ')],
  ['TXT', ''],
])('no %s: %s', (type, target) => {
  expect(readTarget(type, target)).toBeUndefined();
});

test('a record may have any name of hosts, underscores, and a wildcard in front', () => {
  for (const name of ['example.com', '_sip._tcp.example.com', '*.example.com', `${'a'.repeat(63)}.example.com`])
    expect(isOwnerName(name), name).toBe(true);
  const long = Array.from({ length: 64 }, () => 'aaa').join('.');
  for (const name of ['com', 'a.*.example.com', '*a.example.com', '-a.example.com', 'a..example.com', '', '*', long])
    expect(isOwnerName(name), name).toBe(false);
});
