import type { Registry } from '../registry.ts';

/** The digest of nothing: nobody pushed this. */
const nobodys = `sha256:${'0'.repeat(64)}`;

/** A registry that takes every image for pushed, at the address of Lateen itself. */
export const createSimulatedRegistry = (baseUrl: () => string): Registry => ({
  address: () => new URL(baseUrl()).host,
  holds: async (_scope, digest) => digest !== nobodys,
});
