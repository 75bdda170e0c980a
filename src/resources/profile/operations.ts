import type { Handlers } from '../../context.ts';

export const profile = {
  /** Nobody is enrolled in a partner programme that Lateen does not have. */
  GetProfile: async () => ({ profileType: 'Lightsailor' }),
} satisfies Handlers<'GetProfile'>;
