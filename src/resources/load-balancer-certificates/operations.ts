import type { LoadBalancer, LoadBalancerTlsCertificate } from '../../api/generated/types.ts';
import { raw } from '../../api/serialize.ts';
import { checkDomainNames } from '../../certificates/domain-names.ts';
import type { Handlers } from '../../context.ts';
import { invalidInput } from '../../errors.ts';
import { loadBalancer } from '../load-balancers/noun.ts';
import { idsOf, recordWithBalancer } from '../load-balancers/record.ts';
import { applyLoadBalancer } from '../load-balancers/tasks.ts';
import { withCertificates } from '../load-balancers/view.ts';
import { getResource, saveResource, textOfResource } from '../resource.ts';
import { checkTags } from '../tags/rules.ts';
import { loadBalancerCertificate } from './noun.ts';
import { addCertificate } from './request.ts';
import { getCertificate, removeCertificate } from './rows.ts';

const summariesOf = (body: LoadBalancer) => body.tlsCertificateSummaries ?? [];

export const loadBalancerCertificates = {
  CreateLoadBalancerTlsCertificate: (ctx, input) => {
    const { loadBalancerName, certificateName: name, certificateDomainName: domain } = input;
    const names = checkDomainNames(domain, input.certificateAlternativeNames);
    const tags = checkTags(input.tags);
    return ctx.write(async (tx) => {
      const found = await getResource(tx, ctx.scope, loadBalancer, loadBalancerName);
      return { operations: await addCertificate(tx, ctx, found, { name, names, tags }) };
    });
  },

  GetLoadBalancerTlsCertificates: (ctx, { loadBalancerName }) =>
    ctx.read(async (tx) => {
      const { body } = await getResource(tx, ctx.scope, loadBalancer, loadBalancerName);
      const texts: string[] = [];
      for (const { name = '' } of summariesOf(body))
        texts.push(await textOfResource(tx, ctx.scope, loadBalancerCertificate, name));
      return { tlsCertificates: raw<LoadBalancerTlsCertificate[]>(`[${texts.join(',')}]`) };
    }),

  /** F315: a second one takes the place of the first. Both ends change with the answer, and the engine follows. */
  AttachLoadBalancerTlsCertificate: (ctx, { loadBalancerName, certificateName: name }) =>
    ctx.write(async (tx) => {
      const onto = await getResource(tx, ctx.scope, loadBalancer, loadBalancerName);
      const { body } = await getCertificate(tx, ctx, loadBalancerName, name);
      if (body.status !== 'ISSUED') {
        throw invalidInput(
          'Sorry, you can only attach a validated certificate to a load balancer.',
          `The status of the certificate ${name} is ${body.status}; publish its domainValidationRecords and wait until it is ISSUED.`,
        );
      }
      const summaries = summariesOf(onto.body).map((summary) => ({ ...summary, isAttached: summary.name === name }));
      for (const { name: each = '', isAttached } of summaries) {
        const found = await getCertificate(tx, ctx, loadBalancerName, each);
        await saveResource(tx, loadBalancerCertificate, found, { ...found.body, isAttached }, found.inner);
      }
      await saveResource(tx, loadBalancer, onto, withCertificates(onto.body, summaries), onto.inner);
      await ctx.enqueue(tx, applyLoadBalancer, { scope: ctx.scope, resource: onto.row.id, input: {} });
      const other = { name, kind: 'LoadBalancerTlsCertificate' } as const;
      return {
        operations: await recordWithBalancer(tx, ctx, ctx.operation, loadBalancerName, other, 'Succeeded'),
      };
    }),

  /** F317: one that instances are served with goes by `force` only, and HTTPS with it. The operations end when the engine knows. */
  DeleteLoadBalancerTlsCertificate: (ctx, { loadBalancerName, certificateName: name, force }) =>
    ctx.write(async (tx) => {
      const from = await getResource(tx, ctx.scope, loadBalancer, loadBalancerName);
      const { row, body } = await getCertificate(tx, ctx, loadBalancerName, name);
      if (body.isAttached && from.inner.targets.length > 0 && !force) {
        throw invalidInput(
          `The certificate ${name} is in use by instances that are attached to the LoadBalancer ${loadBalancerName}.`,
          'Attach another certificate, or send force to delete it all the same.',
        );
      }
      const others = summariesOf(from.body).filter((summary) => summary.name !== name);
      await saveResource(tx, loadBalancer, from, withCertificates(from.body, others), from.inner);
      await removeCertificate(tx, ctx, row);
      const other = { name, kind: 'LoadBalancerTlsCertificate' } as const;
      const operations = await recordWithBalancer(tx, ctx, ctx.operation, loadBalancerName, other, 'Started');
      await ctx.enqueue(tx, applyLoadBalancer, {
        scope: ctx.scope,
        resource: from.row.id,
        input: {},
        operations: idsOf(operations),
      });
      return { operations };
    }),
} satisfies Handlers<
  | 'CreateLoadBalancerTlsCertificate'
  | 'GetLoadBalancerTlsCertificates'
  | 'AttachLoadBalancerTlsCertificate'
  | 'DeleteLoadBalancerTlsCertificate'
>;
