import type { RenewalStatus } from '../../api/generated/types.ts';
import type { Issued } from '../../certificates/authority.ts';
import type { failureOf } from '../../certificates/domain-names.ts';
import type { ProofRecord } from '../../certificates/proof.ts';
import { seconds } from '../../clock.ts';
import type { Context } from '../../context.ts';
import { ownDomain } from '../../network.ts';
import type { Tx } from '../../store/store.ts';
import type { TaskContext } from '../../tasks/task.ts';
import type { Noun, Resource } from '../resource.ts';

/** What Lateen knows of any certificate beside what it shows. Its secret: `privateKey`. */
export interface CertificateInner {
  /** PEM: the certificate and the authority's behind it; absent until it is issued. */
  readonly chain?: string | undefined;
}

export const privateKeySecret = 'privateKey';

export type ProofStatus = 'PENDING_VALIDATION' | 'FAILED' | 'SUCCESS';

/** What the bodies of certificates of all kinds have in common. Times in epoch seconds. */
export interface AnyCertificate {
  readonly status?: string | undefined;
  /** All names, the primary one first. */
  readonly subjectAlternativeNames?: readonly string[] | undefined;
  readonly domainValidationRecords?:
    | readonly { readonly domainName?: string | undefined; readonly validationStatus?: ProofStatus | undefined }[]
    | undefined;
  readonly notAfter?: number | undefined;
}

/** How certificates of one kind are shown, and who serves them. How they are proved, issued and renewed is the same for all. */
export interface CertificateKind<Body extends AnyCertificate, Inner extends CertificateInner> {
  readonly noun: Noun<Body, Inner>;
  /** What the owner of each domain is to publish, in the order of the records. */
  proofs(body: Body): readonly ProofRecord[];
  /** Whether something is served with it: no other is renewed. */
  inUse(body: Body): boolean;
  withFailure(body: Body, reason: NonNullable<ReturnType<typeof failureOf>>): Body;
  /** Issued at `now` (ms), for the first time or again. */
  withIssued(body: Body, issued: Issued, issuer: string, now: number): Body;
  withRenewal(body: Body, status: RenewalStatus, now: number): Body;
  /** Tells those who serve it that there is a new one. */
  serve(tx: Tx, task: TaskContext<unknown>, found: Resource<Body, Inner>): Promise<void>;
}

/** What proves a domain: a CNAME record that only its owner can publish (F322, F337). */
export const newProof = (ctx: Context, domainName: string) => ({
  name: `_${ctx.ids.bytes(16).toString('hex')}.${domainName}.`,
  type: 'CNAME',
  value: `_${ctx.ids.bytes(16).toString('hex')}.validations.${ownDomain}.`,
});

/** The members that tell alike of what was issued at `now` (ms). */
export const issuance = ({ notBefore, notAfter }: Issued, now: number) => ({
  issuedAt: seconds(now),
  keyAlgorithm: 'RSA-2048',
  notAfter: seconds(notAfter),
  notBefore: seconds(notBefore),
  status: 'ISSUED' as const,
});
