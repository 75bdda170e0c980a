import type { AccountLevelBpaSync } from '../../api/generated/types.ts';
import { seconds } from '../../clock.ts';
import type { Context } from '../../context.ts';
import { publicAccessSyncSince } from '../../store/records/buckets.ts';
import type { Tx } from '../../store/store.ts';

const syncMs = 3_600_000;

/**
 * Whether the account's block of public access is known (F396 to F400). It is fetched an hour after the account's first bucket was
 * made and every hour from then on. Accounts of Lateen have no such block, so that none is in the way of a bucket's rules.
 */
export const publicAccessSync = async (tx: Tx, ctx: Context): Promise<AccountLevelBpaSync> => {
  const since = await publicAccessSyncSince(tx, ctx.scope.account);
  const bpaImpactsLightsail = false;
  if (since === undefined) return { bpaImpactsLightsail, status: 'NeverSynced' };
  const hours = Math.floor((ctx.clock.now() - since) / syncMs);
  if (hours < 1) return { bpaImpactsLightsail, message: 'SYNC_ON_HOLD', status: 'NeverSynced' };
  return { bpaImpactsLightsail, lastSyncedAt: seconds(since + hours * syncMs), status: 'InSync' };
};
