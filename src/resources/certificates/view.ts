import type { Certificate, CertificateSummary, RenewalStatus, Tag } from '../../api/generated/types.ts';
import type { Issued } from '../../certificates/authority.ts';
import { seconds } from '../../clock.ts';
import type { Context } from '../../context.ts';
import { identity } from '../resource.ts';
import { issuance, newProof } from './kind.ts';
import type { SharedCertificateInner, Use } from './noun.ts';

export interface NewCertificate {
  readonly id: string;
  readonly name: string;
  /** The primary one first. */
  readonly names: readonly [string, ...string[]];
  readonly tags: readonly Tag[];
}

/** The certificate as it goes out right after it was asked for (F328, F337). */
export const newCertificate = (ctx: Context, { id, name, names, tags }: NewCertificate): Certificate => {
  const { account, region } = ctx.scope;
  const { arn, createdAt } = identity(ctx, 'Certificate', id, name, 'all');
  return {
    arn,
    name,
    domainName: names[0],
    status: 'PENDING_VALIDATION',
    subjectAlternativeNames: [...names],
    domainValidationRecords: names.map((domainName) => ({
      domainName,
      resourceRecord: newProof(ctx, domainName),
      validationStatus: 'PENDING_VALIDATION',
    })),
    inUseResourceCount: 0,
    keyAlgorithm: 'RSA-2048',
    createdAt,
    eligibleToRenew: 'INELIGIBLE',
    tags: [...tags],
    supportCode: `${account}/arn:aws:acm:${region}:${account}:certificate/${id}`,
  };
};

/** F334: an issued certificate that something uses. */
const withEligibility = (body: Certificate): Certificate => ({
  ...body,
  eligibleToRenew: body.status === 'ISSUED' && (body.inUseResourceCount ?? 0) > 0 ? 'ELIGIBLE' : 'INELIGIBLE',
});

export const withIssued = (body: Certificate, made: Issued, issuerCA: string, now: number): Certificate =>
  withEligibility({ ...body, ...issuance(made, now), issuerCA, serialNumber: made.serial });

/** With how far its renewal is (F338). */
export const withRenewal = (body: Certificate, renewalStatus: RenewalStatus, now: number): Certificate =>
  withEligibility({
    ...body,
    renewalSummary: {
      domainValidationRecords: body.domainValidationRecords ?? [],
      renewalStatus,
      updatedAt: seconds(now),
    },
  });

/** With what uses it, of which its count tells (F333). */
export const withUses = (
  { body, inner }: { readonly body: Certificate; readonly inner: SharedCertificateInner },
  uses: readonly Use[],
) => ({
  body: withEligibility({ ...body, inUseResourceCount: uses.length }),
  inner: { ...inner, uses },
});

/** F329: the details are not for everyone. */
export const summaryOf = (body: Certificate, withDetail: boolean): CertificateSummary => ({
  certificateArn: body.arn,
  certificateName: body.name,
  domainName: body.domainName,
  certificateDetail: withDetail ? body : undefined,
  tags: body.tags,
});
