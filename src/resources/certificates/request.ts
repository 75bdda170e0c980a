import type { Context } from '../../context.ts';
import { quotaReached } from '../../errors.ts';
import { countCertificateRequests, insertCertificateRequest } from '../../store/records/certificate-requests.ts';
import { countUsed } from '../../store/records/resources.ts';
import type { Tx } from '../../store/store.ts';
import { issueCertificate } from './tasks.ts';

const year = 365 * 24 * 3_600_000;

/** Certificates of all kinds share the account's limits (F311). Throws InvalidInputException when one is reached. */
export const checkCertificateLimits = async (tx: Tx, ctx: Context): Promise<void> => {
  const { account } = ctx.scope;
  const most = ctx.catalogue.quota('activeCertificates');
  const used =
    (await countUsed(tx, account, 'Certificate')) + (await countUsed(tx, account, 'LoadBalancerTlsCertificate'));
  if (used >= most) throw quotaReached('Certificates', most);
  const yearly = ctx.catalogue.quota('certificatesPer365Days');
  if ((await countCertificateRequests(tx, account, ctx.clock.now() - year)) >= yearly)
    throw quotaReached('Certificates in 365 days', yearly);
};

/** For a certificate whose row is new: it counts, and is issued behind the answer. */
export const beginCertificate = async (tx: Tx, ctx: Context, id: string): Promise<void> => {
  const now = ctx.clock.now();
  await insertCertificateRequest(tx, ctx.scope, id, now);
  await ctx.enqueue(tx, issueCertificate, {
    scope: ctx.scope,
    resource: id,
    input: {},
    runAt: now + ctx.catalogue.time('validateCertificate'),
  });
};
