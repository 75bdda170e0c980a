import type {
  LoadBalancerTlsCertificate,
  LoadBalancerTlsCertificateDomainValidationRecord,
  Tag,
} from '../../api/generated/types.ts';
import type { Issued } from '../../certificates/authority.ts';
import type { Context } from '../../context.ts';
import { issuance, newProof } from '../certificates/kind.ts';
import { identity } from '../resource.ts';

export interface NewCertificate {
  readonly id: string;
  readonly name: string;
  readonly loadBalancerName: string;
  /** The primary one first. */
  readonly names: readonly [string, ...string[]];
  readonly tags: readonly Tag[];
}

/** The certificate as it goes out right after it was asked for. */
export const newCertificate = (
  ctx: Context,
  { id, name, loadBalancerName, names, tags }: NewCertificate,
): LoadBalancerTlsCertificate => {
  const { account, region } = ctx.scope;
  return {
    ...identity(ctx, 'LoadBalancerTlsCertificate', id, name, 'all'),
    domainName: names[0],
    domainValidationRecords: names.map((domainName) => newRecord(ctx, domainName)),
    isAttached: false,
    loadBalancerName,
    status: 'PENDING_VALIDATION',
    subject: `CN=${names[0]}`,
    subjectAlternativeNames: [...names],
    supportCode: `${account}/arn:aws:acm:${region}:${account}:certificate/${id}`,
    tags: [...tags],
  };
};

/** What the owner of the domain is to publish (F322). */
const newRecord = (ctx: Context, domainName: string): LoadBalancerTlsCertificateDomainValidationRecord => ({
  domainName,
  ...newProof(ctx, domainName),
  validationStatus: 'PENDING_VALIDATION',
});

/** With how far its renewal is (F323). */
export const withRenewal = (
  body: LoadBalancerTlsCertificate,
  renewalStatus: NonNullable<LoadBalancerTlsCertificate['renewalSummary']>['renewalStatus'],
): LoadBalancerTlsCertificate => ({
  ...body,
  renewalSummary: {
    renewalStatus,
    domainValidationOptions: (body.domainValidationRecords ?? []).map(({ domainName, validationStatus }) => ({
      domainName,
      validationStatus,
    })),
  },
});

/** Issued at `now` (ms), for the first time or again. */
export const withIssued = (
  body: LoadBalancerTlsCertificate,
  made: Issued,
  issuer: string,
  now: number,
): LoadBalancerTlsCertificate => ({
  ...body,
  ...issuance(made, now),
  issuer,
  serial: made.serial,
  signatureAlgorithm: 'SHA256WITHRSA',
});
