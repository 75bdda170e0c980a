import { randomBytes, randomUUID } from 'node:crypto';

/** Chance, injected so that tests and seeded runs can replace it. */
export interface Ids {
  /** A version 4 UUID: ids of resources, operations and requests. */
  uuid(): string;
  /** `count` random bytes. */
  bytes(count: number): Buffer;
}

export const randomIds: Ids = { uuid: () => randomUUID(), bytes: (count) => randomBytes(count) };
