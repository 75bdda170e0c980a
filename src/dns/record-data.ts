import { isIPv4, isIPv6 } from 'node:net';
import { isHostName, isWideName, plainName } from './names.ts';

export interface Mx {
  readonly preference: number;
  readonly exchange: string;
}

export interface Srv {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: string;
}

export interface Soa {
  readonly mname: string;
  readonly rname: string;
  readonly serial: number;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  readonly minimum: number;
}

/** What a target says, by the type of its record (F273). Names are plain; a string of TXT has one character per byte. */
export interface RecordData {
  readonly A: string;
  readonly AAAA: string;
  readonly CNAME: string;
  readonly MX: Mx;
  readonly NS: string;
  readonly SOA: Soa;
  readonly SRV: Srv;
  readonly TXT: readonly string[];
}

export type RecordType = keyof RecordData;

interface Form<D> {
  /** How a target is written, for whoever wrote it otherwise. */
  readonly like: string;
  /** Undefined when the target is not written like that. */
  read(target: string): D | undefined;
}

const named =
  (is: (name: string) => boolean) =>
  (target = ''): string | undefined => {
    const name = plainName(target);
    return is(name) ? name : undefined;
  };
const hostName = named(isHostName);
const wideName = named(isWideName);
/** The root, as `.`, says that there is no such service. */
const serviceName = named((name) => name === '' || isWideName(name));

const numberTo =
  (most: number) =>
  (text = ''): number | undefined =>
    /^\d{1,10}$/.test(text) && Number(text) <= most ? Number(text) : undefined;
const short = numberTo(0xffff);
const long = numberTo(0xffff_ffff);

/** Fields between blanks, when there are exactly so many and every one of them can be read. */
const fields = <D extends object>(
  target: string,
  readers: { readonly [F in keyof D]: (text?: string) => D[F] | undefined },
): D | undefined => {
  const texts = target.trim().split(/[ \t]+/);
  const entries = Object.entries<(text?: string) => unknown>(readers);
  const read = entries.map(([field, reader], i) => [field, reader(texts[i])] as const);
  const whole = texts.length === entries.length && read.every(([, value]) => value !== undefined);
  return whole ? (Object.fromEntries(read) as D) : undefined;
};

const longestText = 4_000;
const longestString = 255;

/** Quoted strings with blanks between. A backslash stands before a quote, a backslash, or the three octal digits of a byte. */
const strings = (target: string): readonly string[] | undefined => {
  if (target.length > longestText || /\p{Cc}/u.test(target)) return undefined;
  const quoted = /"((?:[^"\\]|\\[0-3][0-7]{2}|\\[^0-9])*)"/y;
  const found: string[] = [];
  let at = 0;
  while (at < target.length) {
    quoted.lastIndex = at;
    const [whole, text] = quoted.exec(target) ?? [];
    if (whole === undefined || text === undefined) return undefined;
    found.push(unescaped(Buffer.from(text).toString('latin1')));
    const blanks = /^ */.exec(target.slice(at + whole.length))?.[0].length ?? 0;
    at += whole.length + blanks;
    if (blanks === 0 && at < target.length) return undefined;
  }
  return found.length > 0 && found.every((text) => text.length <= longestString) ? found : undefined;
};

const unescaped = (text: string): string =>
  text.replace(/\\([0-3][0-7]{2})|\\(.)/gs, (_, octal: string | undefined, sign: string) =>
    octal === undefined ? sign : String.fromCharCode(Number.parseInt(octal, 8)),
  );

const forms: { readonly [T in RecordType]: Form<RecordData[T]> } = {
  A: { like: '192.0.2.1', read: (target) => (isIPv4(target) ? target : undefined) },
  AAAA: {
    like: '2001:db8::1',
    // The same address always in the same letters; one with a zone is an address of this machine only.
    read: (target) =>
      isIPv6(target) && !target.includes('%') ? new URL(`http://[${target}]`).hostname.slice(1, -1) : undefined,
  },
  CNAME: { like: 'www.example.com', read: wideName },
  MX: {
    like: '10 mail.example.com',
    read: (target) => fields<Mx>(target, { preference: short, exchange: serviceName }),
  },
  NS: { like: 'ns-1.example.com.', read: hostName },
  SOA: {
    like: 'ns-1.example.com. hostmaster.example.com. 1 7200 900 1209600 86400',
    read: (target) =>
      fields<Soa>(target, {
        mname: hostName,
        rname: wideName,
        serial: long,
        refresh: long,
        retry: long,
        expire: long,
        minimum: long,
      }),
  },
  SRV: {
    like: '10 5 5060 sip.example.com',
    read: (target) => fields<Srv>(target, { priority: short, weight: short, port: short, target: serviceName }),
  },
  TXT: { like: `"v=spf1 -all", in quotes, each string with up to ${longestString} bytes`, read: strings },
};

export const recordTypes = Object.keys(forms) as readonly RecordType[];

export const isRecordType = (type: string): type is RecordType => Object.hasOwn(forms, type);

/** How targets of the type are written, for an error text. */
export const formOf = (type: RecordType): string => forms[type].like;

/** Undefined when the target is not one of the type. Two targets that say the same read the same. */
export const readTarget = <T extends RecordType>(type: T, target: string): RecordData[T] | undefined =>
  (forms[type] as Form<RecordData[T]>).read(target);
