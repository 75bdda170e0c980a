import { createHash, type Hash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import { sameText } from '../../api/sigv4.ts';
import { evenBlanks } from '../../api/sigv4-canonical.ts';
import { S3Error } from './errors.ts';
import type { ChunkSeal } from './signature.ts';

export interface ChunkedOptions {
  /** Chunks and trailers are signed under it; without it, they are not signed. */
  readonly seal?: ChunkSeal | undefined;
  /** Names in lower case of the trailers that were announced: they have to come, and no others. */
  readonly trailers: readonly string[];
}

const emptyHash = createHash('sha256').digest('hex');
const maxLine = 1024;
const maxTrailers = 16 * 1024;
/** Of signed chunks all but the last are at least that long. */
const minChunk = 8192;
const maxChunk = 5 * 1024 ** 3;
const [CR, LF] = [13, 10];

type State = 'size' | 'data' | 'dataEnd' | 'trailer' | 'over';

/**
 * Takes the framing of `aws-chunked` off a body: the bytes of its chunks come out, and the trailers are read at the end. Fails with
 * SignatureDoesNotMatch, InvalidChunkSizeError, IncompleteBody and MalformedTrailerError. Bytes come out before the signature
 * of their chunk is seen, so nothing may be kept of a body that fails.
 */
export class AwsChunkedDecoder extends Transform {
  readonly #options: ChunkedOptions;
  /** By lower-case name; complete when the stream has ended. */
  readonly trailers = new Map<string, string>();
  #state: State = 'size';
  /** The beginning of a line whose end has not come yet. */
  #line: Buffer[] = [];
  #lineLength = 0;
  #left = 0;
  #size = 0;
  #short = false;
  #signature = '';
  #previous: string;
  #hash: Hash | undefined;
  #trailerBytes = 0;
  /** Trailer lines as they are signed, without the signature. */
  #signedTrailers = '';

  constructor(options: ChunkedOptions) {
    super();
    this.#options = options;
    this.#previous = options.seal?.seed ?? '';
  }

  override _transform(bytes: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      this.#take(bytes);
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  override _flush(done: TransformCallback): void {
    // The last blank line is missing with some clients.
    if (this.#state === 'trailer' && this.#lineLength === 0) {
      try {
        this.#endTrailers();
      } catch (error) {
        done(error as Error);
        return;
      }
    }
    done(this.#state === 'over' ? null : new S3Error('IncompleteBody'));
  }

  #take(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#state === 'data') {
        const part = bytes.subarray(at, at + this.#left);
        this.#hash?.update(part);
        this.push(part);
        this.#left -= part.length;
        at += part.length;
        if (this.#left === 0) this.#state = 'dataEnd';
        continue;
      }
      const end = bytes.indexOf(LF, at);
      const part = bytes.subarray(at, end < 0 ? bytes.length : end + 1);
      this.#lineLength += part.length;
      if (this.#lineLength > maxLine && this.#state !== 'trailer') throw new S3Error('IncompleteBody');
      if (this.#lineLength > maxTrailers) throw new S3Error('MalformedTrailerError');
      this.#line.push(part);
      at += part.length;
      if (end < 0) return;
      const line = Buffer.concat(this.#line);
      this.#line = [];
      this.#lineLength = 0;
      this.#takeLine(line.subarray(0, line[line.length - 2] === CR ? -2 : -1).toString('latin1'));
    }
  }

  #takeLine(line: string): void {
    if (this.#state === 'size') this.#begin(line);
    else if (this.#state === 'trailer') this.#takeTrailer(line);
    else {
      if (this.#state === 'over' || line !== '') throw new S3Error('IncompleteBody');
      this.#endChunk();
      this.#state = 'size';
    }
  }

  #begin(line: string): void {
    const [, digits = '', signature = ''] =
      /^([0-9a-fA-F]{1,16})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line) ?? [];
    const size = digits === '' ? Number.NaN : Number.parseInt(digits, 16);
    if (!(size <= maxChunk)) throw new S3Error('IncompleteBody');
    const { seal } = this.#options;
    if (seal !== undefined) {
      if (this.#short && size > 0)
        throw new S3Error('InvalidChunkSizeError', { details: { BadChunkSize: this.#size } });
      this.#short = size < minChunk;
      this.#signature = signature;
      this.#hash = createHash('sha256');
    }
    this.#size = size;
    this.#left = size;
    this.#state = 'data';
    if (size > 0) return;
    // The last one is followed by trailers, or by the blank line that would end its data.
    this.#endChunk();
    this.#state = 'trailer';
  }

  #endChunk(): void {
    const { seal } = this.#options;
    if (seal === undefined) return;
    const text = `AWS4-HMAC-SHA256-PAYLOAD\n${seal.context}${this.#previous}\n${emptyHash}\n${this.#hash?.digest('hex')}`;
    this.#previous = this.#check(seal, text, this.#signature);
  }

  #takeTrailer(line: string): void {
    if (line === '') {
      this.#endTrailers();
      return;
    }
    const mark = line.indexOf(':');
    const name = line.slice(0, Math.max(mark, 0)).trim().toLowerCase();
    const value = evenBlanks(line.slice(mark + 1));
    this.#trailerBytes += line.length;
    if (name === '' || this.#trailerBytes > maxTrailers || this.trailers.has(name))
      throw new S3Error('MalformedTrailerError');
    if (name === 'x-amz-trailer-signature') {
      this.#signature = value;
      this.trailers.set(name, value);
      return;
    }
    if (!this.#options.trailers.includes(name)) throw new S3Error('MalformedTrailerError');
    this.trailers.set(name, value);
    this.#signedTrailers += `${name}:${value}\n`;
  }

  #endTrailers(): void {
    const { seal, trailers } = this.#options;
    if (trailers.some((name) => !this.trailers.has(name))) throw new S3Error('MalformedTrailerError');
    if (seal !== undefined && trailers.length > 0) {
      const digest = createHash('sha256').update(this.#signedTrailers, 'latin1').digest('hex');
      const text = `AWS4-HMAC-SHA256-TRAILER\n${seal.context}${this.#previous}\n${digest}`;
      this.#check(seal, text, this.trailers.get('x-amz-trailer-signature') ?? '');
    }
    this.#state = 'over';
  }

  /** The signature, when it is right. */
  #check({ hmac }: ChunkSeal, text: string, signature: string): string {
    if (sameText(hmac(text), signature)) return signature;
    throw new S3Error('SignatureDoesNotMatch', { details: { StringToSign: text, SignatureProvided: signature } });
  }
}
