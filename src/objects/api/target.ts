import { isUtf8 } from 'node:buffer';
import { parseQuery, splitTarget } from '../../api/sigv4-canonical.ts';
import { S3Error } from './errors.ts';

/** What a request is about, by its address. */
export interface Target {
  readonly bucket: string | undefined;
  /** Undefined for a request about the bucket. */
  readonly key: string | undefined;
  /** Undecoded, as signed. */
  readonly path: string;
  readonly query: string;
  /** The first value of each name, decoded. */
  readonly params: ReadonlyMap<string, string>;
}

/** Hosts that say the bucket: before `.s3.` or `.s3-`, before `localhost`, and before an address that a DNS of wildcards gives back. */
const virtualHost = /^([a-z0-9][a-z0-9-]*)\.(s3[.-].*|(?:.*\.)?localhost|\d+\.\d+\.\d+\.\d+(?:\.(?:nip|sslip)\.io)?)$/;

/** The bucket that a Host header names, in the style of virtual hosts; undefined when the path says it. `own` is the host that objects are told to be at. */
export const bucketOfHost = (host: string, own?: string): string | undefined => {
  const name = host.toLowerCase().replace(/:\d*$/, '');
  if (name === own) return undefined;
  if (own !== undefined && name.endsWith(`.${own}`)) return name.slice(0, -own.length - 1);
  const [, bucket] = virtualHost.exec(name) ?? [];
  return bucket === 's3' || bucket?.startsWith('s3-') ? undefined : bucket;
};

/** Reads the address of a request. Throws InvalidURI for what is not UTF-8, percent-encoded. */
export const readTarget = (rawTarget: string, host: string, own?: string): Target => {
  const { path, query } = splitTarget(rawTarget);
  const virtual = bucketOfHost(host, own);
  const local = virtual === undefined ? path.replace(/^\//, '') : `${virtual}${path}`;
  const mark = local.indexOf('/');
  const bucket = decodeText(mark < 0 ? local : local.slice(0, mark));
  const key = mark < 0 ? '' : decodeText(local.slice(mark + 1));
  const params = new Map<string, string>();
  for (const [name, value] of parseQuery(query.replaceAll('+', '%20'))) {
    if (!params.has(name)) params.set(name, utf8(value));
  }
  return { bucket: bucket || undefined, key: key || undefined, path, query, params };
};

/** A part of an address as text. Throws InvalidURI. */
export const decodeText = (text: string): string => {
  if (/%(?![0-9a-fA-F]{2})/.test(text)) throw new S3Error('InvalidURI');
  return utf8(text.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))));
};

/** The text that bytes, one per character, spell. Throws InvalidURI. */
const utf8 = (bytes: string): string => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what it is about
  if (/^[\x00-\x7f]*$/.test(bytes)) return bytes;
  const buffer = Buffer.from(bytes, 'latin1');
  if (!isUtf8(buffer)) throw new S3Error('InvalidURI');
  return buffer.toString('utf8');
};
