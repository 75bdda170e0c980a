import { decode, encode, type Packet } from 'dns-packet';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chosenSeed } from '../../../test/random.ts';
import { isWithin } from '../../dns/names.ts';
import type { Zone, ZoneRecord, Zones } from '../zones.ts';
import { respond } from './message.ts';

const record = (name: string, type: ZoneRecord['type'], target: string): ZoneRecord => ({
  ...{ name, type, target },
  isAlias: false,
});
const soa = 'ns-1.example.net. hostmaster.example.net. 1 7200 900 1209600 86400';
const zone: Zone = {
  name: 'example.com',
  account: '111111111111',
  records: new Map([
    ['example.com', [record('example.com', 'SOA', soa), record('example.com', 'TXT', '"one" "t\\"wo"')]],
    ['www.example.com', [record('www.example.com', 'A', '192.0.2.1')]],
    ['many.example.com', Array.from({ length: 60 }, (_, i) => record('many.example.com', 'A', `192.0.2.${i}`))],
  ]),
};
const zones: Zones = {
  async zoneOf(name) {
    if (name === 'broken.example.com') throw new Error('the store is closed');
    return isWithin(name, zone.name) ? zone : undefined;
  },
  addressesOf: async () => [],
};

const queryFor = (name: string, more: object = {}, type = 'A'): Buffer =>
  encode({ type: 'query', id: 7, flags: 256, questions: [{ name, type: type as 'A', class: 'IN' }], ...more });
const edns = (udpPayloadSize: number, ednsVersion = 0) => ({
  additionals: [{ type: 'OPT', name: '.', udpPayloadSize, ednsVersion, extendedRcode: 0, flags: 0, options: [] }],
});

type Decoded = Packet & { readonly rcode: string; readonly flag_tc: boolean };
const ask = async (query: Buffer, over: 'udp' | 'tcp' = 'udp') => {
  const bytes = await respond(zones, query, over);
  return { bytes, ...(decode(bytes!) as unknown as Decoded) };
};

test('the question comes back as it was spelled, and the name in the answer too', async () => {
  const answer = await ask(queryFor('wWw.ExAmPlE.cOm'));
  expect(answer).toMatchObject({
    id: 7,
    type: 'response',
    rcode: 'NOERROR',
    flag_aa: true,
    flag_rd: true,
    flag_ra: false,
  });
  expect(answer.questions).toEqual([{ name: 'wWw.ExAmPlE.cOm', type: 'A', class: 'IN' }]);
  expect(answer.answers).toMatchObject([{ name: 'wWw.ExAmPlE.cOm', type: 'A', data: '192.0.2.1', ttl: 60 }]);
  expect(answer.additionals).toEqual([]);
});

test('texts keep their strings and bytes', async () => {
  const { answers = [] } = await ask(queryFor('example.com', {}, 'TXT'));
  expect(answers).toMatchObject([{ type: 'TXT', data: [Buffer.from('one'), Buffer.from('t"wo')] }]);
});

test('over UDP an answer has the size that the asker takes, and says when it is cut', async () => {
  const cut = await ask(queryFor('many.example.com'));
  expect(cut).toMatchObject({ rcode: 'NOERROR', flag_tc: true, answers: [] });
  expect(cut.bytes?.length).toBeLessThanOrEqual(512);
  for (const size of [100, 600, 4_096]) {
    const { bytes, flag_tc } = await ask(queryFor('many.example.com', edns(size)));
    expect(bytes?.length).toBeLessThanOrEqual(Math.max(512, size));
    expect(flag_tc).toBe(true);
  }
  expect(await ask(queryFor('many.example.com'), 'tcp')).toMatchObject({ flag_tc: false, answers: { length: 60 } });
});

test('EDNS is answered with EDNS, and another version of it with a word of its own', async () => {
  expect((await ask(queryFor('www.example.com', edns(1_232)))).additionals).toMatchObject([
    { type: 'OPT', udpPayloadSize: 1_232, ednsVersion: 0, extendedRcode: 0 },
  ]);
  expect(await ask(queryFor('www.example.com', edns(1_232, 1)))).toMatchObject({
    answers: [],
    additionals: [{ type: 'OPT', extendedRcode: 1 }],
  });
});

test('what is no query of ours gets a short word, or none', async () => {
  const good = queryFor('www.example.com');
  const changed = (change: (bytes: Buffer) => void): Buffer => {
    const bytes = Buffer.from(good);
    change(bytes);
    return bytes;
  };
  expect(
    await respond(
      zones,
      changed((bytes) => bytes.writeUInt8(0x80, 2)),
      'udp',
    ),
  ).toBeUndefined();
  expect(await respond(zones, good.subarray(0, 11), 'udp')).toBeUndefined();
  const codeOf = async (query: Buffer) => (await ask(query)).rcode;
  expect(await codeOf(changed((bytes) => bytes.writeUInt8(5 << 3, 2)))).toBe('NOTIMP');
  expect(await codeOf(changed((bytes) => bytes.writeUInt16BE(2, 4)))).toBe('FORMERR');
  expect(await codeOf(changed((bytes) => bytes.writeUInt16BE(1, 6)))).toBe('FORMERR');
  expect(await codeOf(good.subarray(0, -1))).toBe('FORMERR');
  expect(await codeOf(Buffer.concat([good, Buffer.alloc(5_000)]))).toBe('FORMERR');
  expect(await codeOf(queryFor('ü.example.com'))).toBe('FORMERR');
  expect(
    await codeOf(queryFor('www.example.com', { questions: [{ name: 'www.example.com', type: 'A', class: 'CH' }] })),
  ).toBe('REFUSED');
  expect(await codeOf(queryFor('www.example.org'))).toBe('REFUSED');
  expect(await codeOf(queryFor('.', {}, 'NS'))).toBe('REFUSED');
  expect(await codeOf(queryFor('broken.example.com'))).toBe('SERVFAIL');
});

test('a dot inside of a label is no end of it, and is not understood', async () => {
  const plain = queryFor('www.example.com');
  expect(plain.subarray(12, 16)).toEqual(Buffer.from('\x03www'));
  const dotted = Buffer.concat([plain.subarray(0, 12), Buffer.from([1, 3]), plain.subarray(13, 16), Buffer.from('.')]);
  expect((await ask(Buffer.concat([dotted, plain.subarray(16)]))).rcode).toBe('FORMERR');
  const within = Buffer.from(plain);
  within.write('.', 14);
  expect((await ask(within)).rcode).toBe('FORMERR');
});

test('whatever bytes come, there is an answer that can be read, or none', async () => {
  const seed = chosenSeed();
  const good = queryFor('www.example.com', edns(1_232));
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes)),
    fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.concat([good.subarray(0, 12), bytes])),
    fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 6 }).map((changes) => {
      const query = Buffer.from(good);
      for (const [at, byte] of changes) query[at] = byte;
      return query;
    }),
    // Pointers that lead to each other.
    fc
      .nat(40)
      .map((at) => Buffer.concat([good.subarray(0, 12), Buffer.alloc(20, Buffer.from([0xc0, at])), Buffer.alloc(4)])),
  );
  const property = fc.asyncProperty(bytes, fc.constantFrom('udp', 'tcp'), async (query, over) => {
    const answer = await respond(zones, query, over);
    if (answer === undefined) return;
    expect(answer.readUInt16BE(0)).toBe(query.readUInt16BE(0));
    expect(decode(answer).type).toBe('response');
  });
  await fc.assert(property, { seed, numRuns: 3_000 });
});
