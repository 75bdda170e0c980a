import type { ResourceType } from '../../api/generated/types.ts';
import { failureOf } from '../../certificates/domain-names.ts';
import { findById } from '../../store/records/resources.ts';
import { putSecret } from '../../store/records/secrets.ts';
import type { Tx } from '../../store/store.ts';
import type { Step, TaskContext, TaskKind, Wait } from '../../tasks/task.ts';
import { balancerCertificates } from '../load-balancer-certificates/kind.ts';
import { type Resource, readResource, saveResource } from '../resource.ts';
import {
  type AnyCertificate,
  type CertificateInner,
  type CertificateKind,
  type ProofStatus,
  privateKeySecret,
} from './kind.ts';
import { sharedCertificates } from './shared-kind.ts';

const hour = 3_600_000;
const day = 24 * hour;

/** How long the owner of a domain has to prove it, and how long before its end a certificate is renewed (ms). */
const patience = 72 * hour;
const renewalWindow = 60 * day;

type AnyKind = CertificateKind<AnyCertificate, CertificateInner>;

const kinds: Partial<Record<ResourceType, AnyKind>> = {
  Certificate: sharedCertificates,
  LoadBalancerTlsCertificate: balancerCertificates,
};

interface Found extends Resource<AnyCertificate, CertificateInner> {
  readonly kind: AnyKind;
}

/** Undefined once the certificate was deleted. */
const find = async (tx: Tx, id: string): Promise<Found | undefined> => {
  const row = await findById(tx, id);
  const kind = row && kinds[row.kind];
  return kind && { kind, ...readResource<AnyCertificate, CertificateInner>(row) };
};

const change = (
  task: TaskContext<unknown>,
  to: (body: AnyCertificate, kind: AnyKind) => AnyCertificate,
): Promise<void> =>
  task.write(async (tx) => {
    const found = await find(tx, task.resource);
    if (found !== undefined) await saveResource(tx, found.kind.noun, found, to(found.body, found.kind), found.inner);
  });

const statusesOf = ({ domainValidationRecords = [] }: AnyCertificate) =>
  domainValidationRecords.map(({ validationStatus }) => validationStatus);

/** With what was found out about each domain, in the order of the records. */
const withValidation = (body: AnyCertificate, statuses: readonly ProofStatus[]): AnyCertificate => ({
  ...body,
  domainValidationRecords: (body.domainValidationRecords ?? []).map((record, i) => ({
    ...record,
    validationStatus: statuses[i] ?? 'PENDING_VALIDATION',
  })),
});

/** Looks for each record. */
const look = (task: TaskContext<unknown>, { kind, body }: Found): Promise<ProofStatus[]> =>
  Promise.all(
    kind
      .proofs(body)
      .map(async (proof) => ((await task.domains.holds(proof, task.account)) ? 'SUCCESS' : 'PENDING_VALIDATION')),
  );

const failAll = (body: AnyCertificate, status: string): AnyCertificate => ({
  ...withValidation(
    body,
    statusesOf(body).map(() => 'FAILED'),
  ),
  status,
});

/** Seldom in the end: whoever has not published the record for a day does not wait at the door. */
const nextLook = (now: number, since: number): Wait => ({
  until: now + Math.min(hour, Math.max(5_000, (now - since) / 10)),
});

const validate: Step<unknown> = {
  name: 'validate',
  async run(task) {
    const found = await task.read((tx) => find(tx, task.resource));
    if (found?.body.status !== 'PENDING_VALIDATION') return undefined;
    const reason = failureOf(found.body.subjectAlternativeNames ?? []);
    if (reason !== undefined) {
      await change(task, (body, kind) => kind.withFailure(failAll(body, 'FAILED'), reason));
      return undefined;
    }
    const statuses = await look(task, found);
    const [now, since] = [task.clock.now(), found.row.createdAt];
    const proved = statuses.every((status) => status === 'SUCCESS');
    if (!proved && now >= since + patience) {
      await change(task, (body) => failAll(body, 'VALIDATION_TIMED_OUT'));
      return undefined;
    }
    await change(task, (body) => withValidation(body, statuses));
    return proved ? undefined : nextLook(now, since);
  },
};

/** A certificate that nothing uses is not renewed, nor one whose record is gone: it is looked after daily until its end. */
const revalidate: Step<unknown> = {
  name: 'validate',
  async run(task) {
    const found = await task.read((tx) => find(tx, task.resource));
    if (found === undefined || !isDue(found.body, task.clock.now())) return undefined;
    const [now, end] = [task.clock.now(), (found.body.notAfter ?? 0) * 1_000];
    if (now >= end) {
      await change(task, (body, kind) => kind.withRenewal({ ...body, status: 'EXPIRED' }, 'Failed', now));
      return undefined;
    }
    const statuses = await look(task, found);
    const proved = statuses.every((status) => status === 'SUCCESS');
    const renewable = proved && found.kind.inUse(found.body);
    await change(task, (body, kind) =>
      kind.withRenewal(withValidation(body, statuses), proved ? 'PendingAutoRenewal' : 'PendingValidation', now),
    );
    return renewable ? undefined : { until: Math.min(end, now + day) };
  },
};

/** Whether it is to be renewed at `now` (ms): near its end, and not yet past it in its status. */
const isDue = ({ status, notAfter = 0 }: AnyCertificate, now: number): boolean =>
  status === 'ISSUED' && now >= notAfter * 1_000 - renewalWindow;

const issueStep = (
  wanted: (body: AnyCertificate, now: number) => boolean,
  issued: (body: AnyCertificate, kind: AnyKind, now: number) => AnyCertificate,
): Step<unknown> => ({
  name: 'issue',
  async run(task) {
    const found = await task.read((tx) => find(tx, task.resource));
    const now = task.clock.now();
    if (found === undefined || !wanted(found.body, now)) return undefined;
    const [first = '', ...others] = found.body.subjectAlternativeNames ?? [];
    const made = await task.authority.issue([first, ...others]);
    await task.write(async (tx) => {
      const latest = await find(tx, task.resource);
      if (latest === undefined || !wanted(latest.body, now)) return;
      const { kind } = latest;
      const body = issued(kind.withIssued(latest.body, made, task.authority.name, now), kind, now);
      await saveResource(tx, kind.noun, latest, body, { ...latest.inner, chain: made.chain });
      await putSecret(tx, task.seal, task.resource, privateKeySecret, made.privateKey);
    });
    return undefined;
  },
});

/** The next renewal; and whoever serves the certificate serves the new one. */
const goOn = async (tx: Tx, task: TaskContext<unknown>): Promise<void> => {
  const found = await find(tx, task.resource);
  if (found?.body.status !== 'ISSUED') return;
  await task.enqueue(tx, renewCertificate, {
    scope: task,
    resource: task.resource,
    input: {},
    runAt: (found.body.notAfter ?? 0) * 1_000 - renewalWindow,
  });
  if (found.kind.inUse(found.body)) await found.kind.serve(tx, task, found);
};

export const issueCertificate: TaskKind<object> = {
  name: 'IssueCertificate',
  unfailing: true,
  steps: [
    validate,
    issueStep(
      (body) => body.status === 'PENDING_VALIDATION' && statusesOf(body).every((status) => status === 'SUCCESS'),
      (body) => body,
    ),
  ],
  finish: goOn,
};

export const renewCertificate: TaskKind<object> = {
  name: 'RenewCertificate',
  unfailing: true,
  steps: [revalidate, issueStep(isDue, (body, kind, now) => kind.withRenewal(body, 'Success', now))],
  finish: goOn,
};

export const certificateTasks = [issueCertificate, renewCertificate];
