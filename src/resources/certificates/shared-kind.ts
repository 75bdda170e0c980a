import type { Certificate, ResourceType } from '../../api/generated/types.ts';
import { findResource } from '../../store/records/resources.ts';
import type { TaskKind } from '../../tasks/task.ts';
import { applyContainerService } from '../container-services/tasks.ts';
import { applyDistribution } from '../distributions/tasks.ts';
import type { CertificateKind } from './kind.ts';
import { certificate, type SharedCertificateInner } from './noun.ts';
import { withIssued, withRenewal } from './view.ts';

/** What tells an engine of a new certificate, by the kind of what serves it. */
const servers: Partial<Record<ResourceType, TaskKind<object>>> = {
  ContainerService: applyContainerService,
  Distribution: applyDistribution,
};

/** Certificates that may have several users. */
export const sharedCertificates: CertificateKind<Certificate, SharedCertificateInner> = {
  noun: certificate,
  proofs: ({ domainValidationRecords = [] }) =>
    domainValidationRecords.map(({ resourceRecord: { name = '', value = '' } = {} }) => ({ name, value })),
  inUse: ({ inUseResourceCount = 0 }) => inUseResourceCount > 0,
  withFailure: (body, requestFailureReason) => ({ ...body, requestFailureReason }),
  withIssued,
  withRenewal,
  async serve(tx, task, { inner }) {
    for (const { kind, name } of inner.uses) {
      const row = await findResource(tx, task, kind, name);
      const apply = servers[kind];
      if (row !== undefined && apply !== undefined)
        await task.enqueue(tx, apply, { scope: task, resource: row.id, input: {} });
    }
  },
};
