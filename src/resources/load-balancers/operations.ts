import type { LoadBalancer, Operation } from '../../api/generated/types.ts';
import { raw } from '../../api/serialize.ts';
import type { Context, Handlers } from '../../context.ts';
import { invalidInput } from '../../errors.ts';
import { pageOf } from '../../paging.ts';
import { releaseAddressesOf } from '../../store/records/addresses.ts';
import { deleteResource } from '../../store/records/resources.ts';
import { hastenTasks } from '../../store/records/tasks.ts';
import type { Tx } from '../../store/store.ts';
import { deleteAlarmsOf } from '../alarms/delete.ts';
import { givePublicAddress } from '../instances/addresses.ts';
import { type InstanceResource, instance } from '../instances/noun.ts';
import { checkState as checkInstanceState } from '../instances/rules.ts';
import { listResources } from '../list.ts';
import { addCertificate, certificateOrder } from '../load-balancer-certificates/request.ts';
import { deleteCertificatesOf } from '../load-balancer-certificates/rows.ts';
import { addResource, checkQuota, getResource, saveResource, textOfResource } from '../resource.ts';
import { checkTags } from '../tags/rules.ts';
import { updateAttribute } from './attributes.ts';
import { loadBalancer } from './noun.ts';
import { idsOf, recordForBalancer, recordWithBalancer } from './record.ts';
import { checkHealthCheckPath, checkInstancePort, checkState, checkTlsPolicy } from './rules.ts';
import { dropTarget, saveLink } from './targets.ts';
import { attachInstances, createLoadBalancer, deleteLoadBalancer, detachInstances } from './tasks.ts';
import { healthOf, newLoadBalancer, withHealth, withTarget } from './view.ts';

/** The named instances, each once. Throws NotFoundException, or InvalidInputException when none is named. */
const getInstances = async (tx: Tx, ctx: Context, names: readonly string[]): Promise<readonly InstanceResource[]> => {
  if (names.length === 0) throw invalidInput('At least one instance name is needed.');
  const found: InstanceResource[] = [];
  for (const name of new Set(names)) found.push(await getResource(tx, ctx.scope, instance, name));
  return found;
};

export const loadBalancers = {
  CreateLoadBalancer: (ctx, input) => {
    const { loadBalancerName: name, instancePort, healthCheckPath = '/', ipAddressType = 'dualstack' } = input;
    checkInstancePort(instancePort);
    const order = certificateOrder(input);
    const id = ctx.ids.uuid();
    const body = newLoadBalancer(ctx, {
      id,
      name,
      instancePort,
      healthCheckPath: checkHealthCheckPath(healthCheckPath),
      ipAddressType,
      tlsPolicyName: checkTlsPolicy(ctx.catalogue, input.tlsPolicyName),
      tags: checkTags(input.tags),
    });
    return ctx.write(async (tx) => {
      const limit = ctx.catalogue.quota('loadBalancersPerAccount');
      await checkQuota(tx, ctx, 'LoadBalancer', 'Load Balancers', limit);
      const addresses = [await givePublicAddress(tx, ctx, id)];
      const found = await addResource(tx, ctx, loadBalancer, id, body, { targets: [], addresses });
      const created = await recordForBalancer(tx, ctx, 'CreateLoadBalancer', name, 'Started');
      const operations = [created];
      if (order !== undefined) operations.push(...(await addCertificate(tx, ctx, found, order)));
      await ctx.enqueue(tx, createLoadBalancer, {
        scope: ctx.scope,
        resource: id,
        input: {},
        operations: idsOf([created]),
      });
      return { operations };
    });
  },

  GetLoadBalancer: (ctx, { loadBalancerName }) =>
    ctx.read(async (tx) => ({
      loadBalancer: raw<LoadBalancer>(await textOfResource(tx, ctx.scope, loadBalancer, loadBalancerName)),
    })),

  async GetLoadBalancers(ctx, { pageToken }) {
    const { text, nextPageToken } = await listResources(ctx, 'LoadBalancer', pageToken);
    return { loadBalancers: raw<LoadBalancer[]>(`[${text}]`), nextPageToken };
  },

  async GetLoadBalancerTlsPolicies(ctx, { pageToken }) {
    const { items, ...next } = pageOf(ctx, 'GetLoadBalancerTlsPolicies', ctx.catalogue.tlsPolicies, pageToken);
    return { tlsPolicies: items, ...next };
  },

  UpdateLoadBalancerAttribute: updateAttribute,

  /** All is gone with the answer, its certificates (F308) and its alarms too; the engine follows. */
  DeleteLoadBalancer: (ctx, { loadBalancerName: name }) =>
    ctx.write(async (tx) => {
      let found = await getResource(tx, ctx.scope, loadBalancer, name);
      for (const target of found.inner.targets) found = await dropTarget(tx, found, target);
      const operations = [await recordForBalancer(tx, ctx, 'DeleteLoadBalancer', name, 'Succeeded')];
      const following: Operation[] = [];
      for (const certificate of await deleteCertificatesOf(tx, ctx, found)) {
        const other = { name: certificate, kind: 'LoadBalancerTlsCertificate' } as const;
        following.push(
          ...(await recordWithBalancer(tx, ctx, 'DeleteLoadBalancerTlsCertificate', name, other, 'Started')),
        );
      }
      await deleteAlarmsOf(tx, ctx, found.row);
      await deleteResource(tx, found.row);
      await releaseAddressesOf(tx, found.row.id);
      await ctx.enqueue(tx, deleteLoadBalancer, {
        scope: ctx.scope,
        resource: found.row.id,
        input: {},
        operations: idsOf(following),
      });
      return { operations: [...operations, ...following] };
    }),

  /** F297: of running instances. They are its targets with the answer; the operations end when the engine has them. */
  AttachInstancesToLoadBalancer: (ctx, { loadBalancerName: name, instanceNames }) =>
    ctx.write(async (tx) => {
      const found = await getResource(tx, ctx.scope, loadBalancer, name);
      checkState(found.body, 'given instances');
      const operations: Operation[] = [];
      const targets: string[] = [];
      let parts: Parameters<typeof withTarget>[0] = found;
      for (const onto of await getInstances(tx, ctx, instanceNames)) {
        const instanceName = onto.row.name;
        checkInstanceState(onto.body, 'attached to a load balancer');
        if (healthOf(parts.body, instanceName) !== undefined) {
          throw invalidInput(`The Instance ${instanceName} is already attached to the LoadBalancer ${name}.`);
        }
        const id = ctx.ids.uuid();
        targets.push(id);
        parts = withTarget(parts, { id, instance: onto.row.id, name: instanceName });
        await saveLink(tx, onto, name, true);
        const other = { name: instanceName, kind: 'Instance' } as const;
        operations.push(
          ...(await recordWithBalancer(tx, ctx, 'AttachInstancesToLoadBalancer', name, other, 'Started')),
        );
      }
      await saveResource(tx, loadBalancer, found, parts.body, parts.inner);
      await ctx.enqueue(tx, attachInstances, {
        scope: ctx.scope,
        resource: found.row.id,
        input: { targets },
        operations: idsOf(operations),
      });
      return { operations };
    }),

  /** They drain from now on (F305), each in its own time. */
  DetachInstancesFromLoadBalancer: (ctx, { loadBalancerName: name, instanceNames }) =>
    ctx.write(async (tx) => {
      const found = await getResource(tx, ctx.scope, loadBalancer, name);
      const operations: Operation[] = [];
      let body = found.body;
      for (const from of await getInstances(tx, ctx, instanceNames)) {
        const instanceName = from.row.name;
        const target = found.inner.targets.find((other) => other.instance === from.row.id);
        if (target === undefined) {
          throw invalidInput(`The Instance ${instanceName} is not attached to the LoadBalancer ${name}.`);
        }
        if (healthOf(body, instanceName) === 'draining') {
          throw invalidInput(`The Instance ${instanceName} is already being detached from the LoadBalancer ${name}.`);
        }
        body = withHealth(body, instanceName, 'draining', 'Instance.DeregistrationInProgress');
        const other = { name: instanceName, kind: 'Instance' } as const;
        const both = await recordWithBalancer(tx, ctx, 'DetachInstancesFromLoadBalancer', name, other, 'Started');
        operations.push(...both);
        // Whoever waits for its health need not wait any more.
        await hastenTasks(tx, target.id, ctx.clock.now());
        await ctx.enqueue(tx, detachInstances, {
          scope: ctx.scope,
          resource: target.id,
          input: { balancer: found.row.id },
          operations: idsOf(both),
        });
      }
      await saveResource(tx, loadBalancer, found, body, found.inner);
      return { operations };
    }),
} satisfies Handlers<
  | 'CreateLoadBalancer'
  | 'GetLoadBalancer'
  | 'GetLoadBalancers'
  | 'GetLoadBalancerTlsPolicies'
  | 'UpdateLoadBalancerAttribute'
  | 'DeleteLoadBalancer'
  | 'AttachInstancesToLoadBalancer'
  | 'DetachInstancesFromLoadBalancer'
>;
