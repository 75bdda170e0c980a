import type { LoadBalancerTlsCertificate, LoadBalancerTlsCertificateDomainStatus } from '../../api/generated/types.ts';
import { failureOf } from '../../certificates/domain-names.ts';
import { findById, findResource } from '../../store/records/resources.ts';
import { putSecret } from '../../store/records/secrets.ts';
import type { Tx } from '../../store/store.ts';
import type { Step, TaskContext, TaskKind, Wait } from '../../tasks/task.ts';
import { applyLoadBalancer } from '../load-balancers/tasks.ts';
import { readResource, saveResource } from '../resource.ts';
import { type CertificateInner, type CertificateResource, loadBalancerCertificate, privateKeySecret } from './noun.ts';
import { withIssued, withRenewal, withValidation } from './view.ts';

const hour = 3_600_000;
const day = 24 * hour;

/** How long the owner of a domain has to prove it, and how long before its end a certificate is renewed (ms). */
const patience = 72 * hour;
const renewalWindow = 60 * day;

/** Undefined once the certificate was deleted. */
const find = async (tx: Tx, id: string): Promise<CertificateResource | undefined> => {
  const row = await findById(tx, id);
  return row && readResource<LoadBalancerTlsCertificate, CertificateInner>(row);
};

const change = (
  task: TaskContext<unknown>,
  to: (body: LoadBalancerTlsCertificate) => LoadBalancerTlsCertificate,
): Promise<void> =>
  task.write(async (tx) => {
    const found = await find(tx, task.resource);
    if (found !== undefined) await saveResource(tx, loadBalancerCertificate, found, to(found.body), found.inner);
  });

const statusesOf = (body: LoadBalancerTlsCertificate) =>
  (body.domainValidationRecords ?? []).map(({ validationStatus }) => validationStatus);

const all = (body: LoadBalancerTlsCertificate, status: LoadBalancerTlsCertificateDomainStatus): boolean =>
  statusesOf(body).every((other) => other === status);

/** Looks for each record. */
const look = (
  task: TaskContext<unknown>,
  { domainValidationRecords = [] }: LoadBalancerTlsCertificate,
): Promise<LoadBalancerTlsCertificateDomainStatus[]> =>
  Promise.all(
    domainValidationRecords.map(async ({ name = '', value = '' }) =>
      (await task.domains.holds({ name, value }, task.account)) ? 'SUCCESS' : 'PENDING_VALIDATION',
    ),
  );

const failAll = (body: LoadBalancerTlsCertificate): LoadBalancerTlsCertificate =>
  withValidation(
    body,
    statusesOf(body).map(() => 'FAILED'),
  );

/** Seldom in the end: whoever has not published the record for a day does not wait at the door. */
const nextLook = (now: number, since: number): Wait => ({
  until: now + Math.min(hour, Math.max(5_000, (now - since) / 10)),
});

const validate: Step<unknown> = {
  name: 'validate',
  async run(task) {
    const found = await task.read((tx) => find(tx, task.resource));
    if (found?.body.status !== 'PENDING_VALIDATION') return undefined;
    const failureReason = failureOf(found.body.subjectAlternativeNames ?? []);
    if (failureReason !== undefined) {
      await change(task, (body) => ({ ...failAll(body), failureReason, status: 'FAILED' }));
      return undefined;
    }
    const statuses = await look(task, found.body);
    const [now, since] = [task.clock.now(), found.row.createdAt];
    const proved = statuses.every((status) => status === 'SUCCESS');
    if (!proved && now >= since + patience) {
      await change(task, (body) => ({ ...failAll(body), status: 'VALIDATION_TIMED_OUT' }));
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
      await change(task, (body) => withRenewal({ ...body, status: 'EXPIRED' }, 'FAILED'));
      return undefined;
    }
    const statuses = await look(task, found.body);
    const proved = statuses.every((status) => status === 'SUCCESS');
    const renewable = proved && found.body.isAttached;
    await change(task, (body) =>
      withRenewal(withValidation(body, statuses), proved ? 'PENDING_AUTO_RENEWAL' : 'PENDING_VALIDATION'),
    );
    return renewable ? undefined : { until: Math.min(end, now + day) };
  },
};

/** Whether it is to be renewed at `now` (ms): near its end, and not yet past it in its status. */
const isDue = ({ status, notAfter = 0 }: LoadBalancerTlsCertificate, now: number): boolean =>
  status === 'ISSUED' && now >= notAfter * 1_000 - renewalWindow;

const issueStep = (
  wanted: (body: LoadBalancerTlsCertificate, now: number) => boolean,
  issued: (body: LoadBalancerTlsCertificate) => LoadBalancerTlsCertificate,
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
      const body = issued(withIssued(latest.body, made, task.authority.name, now));
      await saveResource(tx, loadBalancerCertificate, latest, body, { ...latest.inner, chain: made.chain });
      await putSecret(tx, task.seal, task.resource, privateKeySecret, made.privateKey);
    });
    return undefined;
  },
});

/** The next renewal; and the load balancer serves the new certificate, if it is attached. */
const goOn = async (tx: Tx, task: TaskContext<unknown>): Promise<void> => {
  const found = await find(tx, task.resource);
  if (found?.body.status !== 'ISSUED') return;
  await task.enqueue(tx, renewCertificate, {
    scope: task,
    resource: task.resource,
    input: {},
    runAt: (found.body.notAfter ?? 0) * 1_000 - renewalWindow,
  });
  const balancer = await findResource(tx, task, 'LoadBalancer', found.body.loadBalancerName ?? '');
  if (found.body.isAttached && balancer !== undefined)
    await task.enqueue(tx, applyLoadBalancer, { scope: task, resource: balancer.id, input: {} });
};

export const issueCertificate: TaskKind<object> = {
  name: 'IssueCertificate',
  unfailing: true,
  steps: [
    validate,
    issueStep(
      (body) => body.status === 'PENDING_VALIDATION' && all(body, 'SUCCESS'),
      (body) => body,
    ),
  ],
  finish: goOn,
};

export const renewCertificate: TaskKind<object> = {
  name: 'RenewCertificate',
  unfailing: true,
  steps: [revalidate, issueStep(isDue, (body) => withRenewal(body, 'SUCCESS'))],
  finish: goOn,
};

export const certificateTasks = [issueCertificate, renewCertificate];
