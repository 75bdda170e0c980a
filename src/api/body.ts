import type { IncomingMessage } from 'node:http';
import type { ErrorCode } from '../errors.ts';
import { headerOf } from './sigv4-canonical.ts';

/** Why a request could not be read. */
export type BodyFault = Extract<
  ErrorCode,
  | 'MalformedHttpRequestException'
  | 'RequestAbortedException'
  | 'RequestEntityTooLargeException'
  | 'RequestTimeoutException'
>;

/** Reads a body of at most `limit` bytes and calls `done` once. Of a longer one the rest is read and dropped, so that the client can read the answer. */
export const readBody = (req: IncomingMessage, limit: number, done: (body: Buffer | BodyFault) => void): void => {
  const chunks: Buffer[] = [];
  let size = 0;
  let settled = false;
  const settle = (body: Buffer | BodyFault): void => {
    if (settled) return;
    settled = true;
    done(body);
  };
  req.on('data', (chunk: Buffer) => {
    if (settled) return;
    size += chunk.length;
    if (size > limit) settle('RequestEntityTooLargeException');
    else chunks.push(chunk);
  });
  req.on('end', () => settle(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
  req.on('close', () => settle('RequestAbortedException'));
  if (Number(headerOf(req.rawHeaders, 'content-length')) > limit) settle('RequestEntityTooLargeException');
};
