import type { Scope } from '../../context.ts';
import type { Tx } from '../store.ts';

/** `id` is the certificate's, `at` milliseconds. */
export const insertCertificateRequest = async (tx: Tx, scope: Scope, id: string, at: number): Promise<void> => {
  await tx.run(
    'insert into certificate_request (id, account, region, requested_at) values (?, ?, ?, ?)',
    id,
    scope.account,
    scope.region,
    at,
  );
};

/** How many certificates the account has asked for after `since` (ms), in all Regions, and whatever became of them. */
export const countCertificateRequests = async (tx: Tx, account: string, since: number): Promise<number> =>
  Number(
    (
      await tx.get<{ used: number }>(
        'select count(*) as used from certificate_request where account = ? and requested_at > ?',
        account,
        since,
      )
    )?.used ?? 0,
  );
