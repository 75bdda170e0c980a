import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../../../clock.ts';
import type { Ids } from '../../../../ids.ts';

/** Seconds that a token may hold: one to six hours. */
export const tokenSeconds = { least: 1, most: 21_600 } as const;

export interface Tokens {
  issue(machine: string, source: string, seconds: number): string;
  holds(token: string, machine: string, source: string): boolean;
}

const stampBytes = 8;
const proofBytes = 32;

/**
 * Tokens say until when they hold, and prove it: nothing has to be remembered. Each is good for one machine at one address, so the next
 * machine at that address has no use for it. They end with the process, and clients then take a new one.
 */
export const createTokens = (clock: Clock, ids: Ids): Tokens => {
  const secret = ids.bytes(proofBytes);
  const proofOf = (stamp: Buffer, machine: string, source: string) =>
    createHmac('sha256', secret)
      .update(stamp)
      .update(JSON.stringify([machine, source]))
      .digest();
  return {
    issue: (machine, source, seconds) => {
      const stamp = Buffer.alloc(stampBytes);
      stamp.writeBigUInt64BE(BigInt(clock.now() + seconds * 1_000));
      return Buffer.concat([stamp, proofOf(stamp, machine, source)]).toString('base64url');
    },
    holds: (token, machine, source) => {
      const bytes = Buffer.from(token, 'base64url');
      if (bytes.length !== stampBytes + proofBytes) return false;
      const stamp = bytes.subarray(0, stampBytes);
      return (
        timingSafeEqual(bytes.subarray(stampBytes), proofOf(stamp, machine, source)) &&
        Number(stamp.readBigUInt64BE()) > clock.now()
      );
    },
  };
};
