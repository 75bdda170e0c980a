import type { Certificate, Operation } from '../../api/generated/types.ts';
import { checkDomainNames } from '../../certificates/domain-names.ts';
import type { Context, Handlers } from '../../context.ts';
import { invalidInput, invalidName } from '../../errors.ts';
import { recordOperation } from '../../operations/record.ts';
import { isResourceName } from '../../resource-name.ts';
import { deleteResource, pageOfRows } from '../../store/records/resources.ts';
import { hastenTasks } from '../../store/records/tasks.ts';
import type { Tx } from '../../store/store.ts';
import { readPage } from '../list.ts';
import { addResource, getResource, readResource } from '../resource.ts';
import { checkTags } from '../tags/rules.ts';
import { certificate } from './noun.ts';
import { beginCertificate, checkCertificateLimits } from './request.ts';
import { newCertificate, summaryOf } from './view.ts';

const done = (tx: Tx, ctx: Context, name: string): Promise<Operation> =>
  recordOperation(tx, ctx, {
    type: ctx.operation,
    subject: { name, kind: 'Certificate', zone: 'all' },
    status: 'Succeeded',
  });

export const certificates = {
  async CreateCertificate(ctx, { certificateName: name, domainName, subjectAlternativeNames, tags }) {
    if (!isResourceName(name)) throw invalidName(name);
    const names = checkDomainNames(domainName, subjectAlternativeNames);
    const id = ctx.ids.uuid();
    const body = newCertificate(ctx, { id, name, names, tags: checkTags(tags) });
    return ctx.write(async (tx) => {
      await checkCertificateLimits(tx, ctx);
      await addResource(tx, ctx, certificate, id, body, { uses: [] });
      await beginCertificate(tx, ctx, id);
      return { certificate: summaryOf(body, true), operations: [await done(tx, ctx, name)] };
    });
  },

  /** F329 to F331. A name that nothing has is not found. */
  async GetCertificates(
    ctx,
    { certificateName, certificateStatuses: statuses = [], includeCertificateDetails, pageToken },
  ) {
    const wanted = ({ status }: Certificate): boolean =>
      statuses.length === 0 || statuses.some((other) => other === status);
    // Terraform's provider asks for one by name, does not say that it wants the details, and counts on them.
    const withDetail = includeCertificateDetails ?? certificateName !== undefined;
    const summaries = (bodies: readonly Certificate[]) =>
      bodies.filter(wanted).map((body) => summaryOf(body, withDetail));
    if (certificateName !== undefined) {
      const { body } = await ctx.read((tx) => getResource(tx, ctx.scope, certificate, certificateName));
      return { certificates: summaries([body]) };
    }
    const { page, nextPageToken } = await readPage(ctx, pageToken, [...statuses, `${withDetail}`], (tx, after) =>
      pageOfRows(tx, ctx.scope, 'Certificate', after, ctx.paging.size),
    );
    return {
      certificates: summaries(page.rows.map((row) => readResource<Certificate, object>(row).body)),
      nextPageToken,
    };
  },

  /** F339 */
  DeleteCertificate: (ctx, { certificateName: name }) =>
    ctx.write(async (tx) => {
      const { row, inner } = await getResource(tx, ctx.scope, certificate, name);
      const [use] = inner.uses;
      if (use !== undefined) {
        throw invalidInput(
          `The Certificate ${name} is attached to the ${use.kind} ${use.name} and cannot be deleted.`,
          `Take it off the ${use.kind} first.`,
        );
      }
      await deleteResource(tx, row);
      await hastenTasks(tx, row.id, ctx.clock.now());
      return { operations: [await done(tx, ctx, name)] };
    }),
} satisfies Handlers<'CreateCertificate' | 'GetCertificates' | 'DeleteCertificate'>;
