import { S3Error } from './errors.ts';

/** A form of a browser up to the beginning of its file. */
export interface Form {
  /** By name in lower case, in the order of the form. */
  readonly fields: ReadonlyMap<string, string>;
  readonly fileName: string;
  /** Content-Type of the file, as the browser says it. */
  readonly fileType: string | undefined;
  /** Read once, to its end; what follows it is ignored, as S3 does. */
  readonly file: AsyncGenerator<Buffer>;
}

/** All fields in front of the file, with their heads. */
const maxFields = 20 * 1024;

/** The boundary of a `multipart/form-data`; undefined for another type. */
export const boundaryOf = (contentType: string): string | undefined => {
  if (!/^multipart\/form-data\s*(;|$)/i.test(contentType)) return undefined;
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType) ?? [];
  return quoted ?? plain;
};

/**
 * Reads a form (RFC 7578) as far as its file, whose bytes are never held. Throws MalformedPOSTRequest, MaxPostPreDataLengthExceededError
 * and IncorrectNumberOfFilesInPostRequest.
 */
export const readForm = async (body: AsyncIterable<Uint8Array>, boundary: string): Promise<Form> => {
  const source = body[Symbol.asyncIterator]();
  const delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  // The first boundary has no line before it.
  let held: Buffer = Buffer.from('\r\n');
  let read = 0;

  /** Another piece of the body behind `held`; false at its end. */
  const more = async (): Promise<boolean> => {
    const { value, done } = await source.next();
    if (done) return false;
    held = Buffer.concat([held, value]);
    return true;
  };
  /** What comes before `mark`, which is passed over. */
  const upTo = async (mark: Buffer): Promise<Buffer> => {
    for (;;) {
      const at = held.indexOf(mark);
      if (read + (at < 0 ? held.length : at) > maxFields) throw new S3Error('MaxPostPreDataLengthExceededError');
      if (at >= 0) {
        const part = held.subarray(0, at);
        held = held.subarray(at + mark.length);
        read += at + mark.length;
        return part;
      }
      if (!(await more())) throw new S3Error('MalformedPOSTRequest');
    }
  };

  async function* fileBytes(): AsyncGenerator<Buffer> {
    for (;;) {
      const at = held.indexOf(delimiter);
      if (at >= 0) {
        if (at > 0) yield held.subarray(0, at);
        held = Buffer.alloc(0);
        // Nothing of it counts, and the connection can go on.
        while (!(await source.next()).done);
        return;
      }
      const sure = held.length - delimiter.length;
      if (sure > 0) {
        const part = held.subarray(0, sure);
        held = held.subarray(sure);
        yield part;
      }
      if (!(await more())) throw new S3Error('MalformedPOSTRequest');
    }
  }

  const fields = new Map<string, string>();
  await upTo(delimiter);
  for (;;) {
    const rest = (await upTo(Buffer.from('\r\n'))).toString('latin1');
    if (rest.startsWith('--')) throw new S3Error('IncorrectNumberOfFilesInPostRequest');
    if (rest.trim() !== '') throw new S3Error('MalformedPOSTRequest');
    const { name, fileName, type } = headOf((await partHead(upTo)).toString('utf8'));
    if (name === 'file') return { fields, fileName: fileName ?? '', fileType: type, file: fileBytes() };
    const value = (await upTo(delimiter)).toString('utf8');
    if (!fields.has(name)) fields.set(name, value);
  }
};

/** The header lines of a part, without the blank one that ends them. */
const partHead = async (upTo: (mark: Buffer) => Promise<Buffer>): Promise<Buffer> => {
  const lines: Buffer[] = [];
  for (;;) {
    const line = await upTo(Buffer.from('\r\n'));
    if (line.length === 0) return Buffer.concat(lines);
    lines.push(line, Buffer.from('\n'));
  }
};

const headOf = (text: string): { name: string; fileName: string | undefined; type: string | undefined } => {
  const of = (pattern: RegExp): string | undefined => pattern.exec(text)?.[1];
  const disposition = of(/^content-disposition:\s*form-data\s*;(.*)$/im);
  if (disposition === undefined) throw new S3Error('MalformedPOSTRequest');
  const parameter = (name: string): string | undefined => {
    const [, quoted, plain] =
      new RegExp(`(?:^|[;\\s])${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;"]+))`, 'i').exec(disposition) ?? [];
    return quoted?.replace(/\\(["\\])/g, '$1').replace(/%22/g, '"') ?? plain;
  };
  const name = parameter('name');
  if (name === undefined) throw new S3Error('MalformedPOSTRequest');
  // Old browsers send the whole path.
  const fileName = parameter('filename')?.replace(/^.*[\\/]/s, '');
  return { name: name.toLowerCase(), fileName, type: of(/^content-type:\s*(.*?)\s*$/im) };
};
