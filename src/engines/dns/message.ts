import {
  type Answer,
  AUTHORITATIVE_ANSWER,
  decode,
  encode,
  type Packet,
  RECURSION_DESIRED,
  type RecordType,
  TRUNCATED_RESPONSE,
} from 'dns-packet';
import { plainName } from '../../dns/names.ts';
import type { Zones } from '../zones.ts';
import { type Answered, type Reply, replyTo } from './answer.ts';

/** Over UDP: what everybody takes, and what passes every network unbroken. */
const sizes = { least: 512, most: 1_232 } as const;

/** No query is longer; what is, would only cost time. */
const longestQuery = 4_096;

const headerLength = 12;
const codes = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;
type Code = keyof typeof codes;

/** Printable, and no sign that names in text have for another purpose. */
const askable = /^[!-[\]-~]+$/;

/**
 * The answer to one message, whatever bytes it has; undefined where none is due. Over UDP it is as long as the asker takes,
 * and says so when something had to be left out. Rejects never.
 */
export const respond = async (zones: Zones, query: Buffer, over: 'udp' | 'tcp'): Promise<Buffer | undefined> => {
  if (query.length < headerLength || (query.readUInt8(2) & 0x80) !== 0) return undefined;
  if ((query.readUInt8(2) & 0x78) !== 0) return bare(query, 'NOTIMP');
  const asked = read(query);
  if (asked === undefined) return bare(query, 'FORMERR');
  try {
    const { question, edns } = asked;
    if (edns !== undefined && edns.version !== 0) return write(asked, { rcode: 0, extended: 1 });
    if (question.class !== 'IN') return write(asked, { rcode: codes.REFUSED });
    const reply = await replyTo(zones, plainName(question.name), question.type);
    const whole = write(asked, { rcode: codes[reply.code], reply });
    const size = Math.min(sizes.most, Math.max(sizes.least, edns?.size ?? sizes.least));
    if (over === 'tcp' ? whole.length <= 0xffff : whole.length <= size) return whole;
    return write(asked, { rcode: codes[reply.code], flags: TRUNCATED_RESPONSE });
  } catch {
    return bare(query, 'SERVFAIL');
  }
};

interface Asked {
  readonly id: number;
  readonly flags: number;
  readonly question: { readonly name: string; readonly type: RecordType; readonly class: string };
  readonly edns: { readonly size: number; readonly version: number } | undefined;
}

/** Undefined for what is no query with one question. */
const read = (query: Buffer): Asked | undefined => {
  const counts = [4, 6, 8, 10].map((at) => query.readUInt16BE(at));
  const [questions, answers, authorities, additionals = 0] = counts;
  if (query.length > longestQuery || questions !== 1 || answers !== 0 || authorities !== 0 || additionals > 2) {
    return undefined;
  }
  try {
    const packet = decode(query);
    const [asked] = packet.questions ?? [];
    if (asked === undefined || (asked.name !== '.' && !askable.test(asked.name))) return undefined;
    const option = (packet.additionals ?? []).find((each) => each.type === 'OPT');
    const question = { name: asked.name, type: asked.type, class: asked.class ?? 'IN' };
    if (!isSpelled(question, query)) return undefined;
    const edns = option?.type === 'OPT' ? { size: option.udpPayloadSize, version: option.ednsVersion } : undefined;
    return { id: packet.id ?? 0, flags: packet.flags ?? 0, question, edns };
  } catch {
    return undefined;
  }
};

/** Whether text can say what was asked: a dot inside of a label, for one, would come back as the end of it. */
const isSpelled = (question: Asked['question'], query: Buffer): boolean => {
  const said = encode({ type: 'query', questions: [{ ...question, class: question.class as 'IN' }] });
  return query.subarray(headerLength, said.length).equals(said.subarray(headerLength));
};

/** Nothing but the word, for who could not be understood. */
const bare = (query: Buffer, code: Code): Buffer => {
  const header = Buffer.alloc(headerLength);
  query.copy(header, 0, 0, 2);
  header.writeUInt8(0x80 | (query.readUInt8(2) & 0x79), 2);
  header.writeUInt8(codes[code], 3);
  return header;
};

interface Wording {
  readonly rcode: number;
  /** The upper bits of the code, which only EDNS has room for. */
  readonly extended?: number;
  readonly reply?: Reply;
  readonly flags?: number;
}

/** The question comes back in the asker's letters, and its name so in the answers (it may have been spelled by chance, as a proof). */
const write = (
  { id, flags, question, edns }: Asked,
  { rcode, extended = 0, reply, flags: more = 0 }: Wording,
): Buffer => {
  const spelled = (record: Answered): Answer =>
    recordOf(record.name === plainName(question.name) ? { ...record, name: question.name } : record);
  const option = {
    type: 'OPT',
    name: '.',
    udpPayloadSize: sizes.most,
    extendedRcode: extended,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [],
  } as const;
  const authoritative = reply?.isAuthoritative ? AUTHORITATIVE_ANSWER : 0;
  const packet: Packet = {
    id,
    type: 'response',
    flags: (flags & RECURSION_DESIRED) | authoritative | more | rcode,
    questions: [{ ...question, class: question.class as 'IN' }],
    answers: reply?.answers.map(spelled) ?? [],
    authorities: reply?.authorities.map(spelled) ?? [],
    additionals: [
      ...(reply?.additionals.map(spelled) ?? []),
      ...(edns === undefined ? [] : [option as unknown as Answer]),
    ],
  };
  return encode(packet);
};

const recordOf = (record: Answered): Answer =>
  (record.type === 'TXT'
    ? { ...record, data: record.data.map((text) => Buffer.from(text, 'latin1')) }
    : record) as Answer;
