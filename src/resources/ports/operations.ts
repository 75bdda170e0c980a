import type { Operation, PortInfo } from '../../api/generated/types.ts';
import type { Context, Handlers } from '../../context.ts';
import { instance } from '../instances/noun.ts';
import { recordForInstance } from '../instances/record.ts';
import { checkState } from '../instances/rules.ts';
import { setFirewall } from '../instances/tasks.ts';
import { getResource, saveResource } from '../resource.ts';
import { checkCount, close, open, readOpening } from './rules.ts';
import { type Opening, openingOf, portInfoOf, portStateOf } from './view.ts';

/**
 * Rewrites the openings of an instance with those of the request and tells its machine. Answers with the operation, which is
 * done already.
 */
const change = (
  ctx: Context,
  instanceName: string,
  requested: readonly PortInfo[],
  to: (openings: Opening[], read: (port: PortInfo) => Opening) => Opening[],
): Promise<{ operation: Operation }> => {
  checkCount(requested);
  return ctx.write(async (tx) => {
    const found = await getResource(tx, ctx.scope, instance, instanceName);
    checkState(found.body, 'given other ports');
    const { networking, ipAddressType } = found.body;
    const openings = to((networking?.ports ?? []).map(openingOf), (port) => readOpening(port, ipAddressType));
    checkCount(openings);
    const body = { ...found.body, networking: { ...networking, ports: openings.map(portInfoOf) } };
    await saveResource(tx, instance, found, body, found.inner);
    const operation = await recordForInstance(tx, ctx, body, ctx.operation, 'Succeeded');
    await ctx.enqueue(tx, setFirewall, { scope: ctx.scope, resource: found.row.id, input: {} });
    return { operation };
  });
};

const hasAddresses = (port: PortInfo): boolean =>
  [port.cidrs, port.ipv6Cidrs, port.cidrListAliases].some((list) => list !== undefined && list.length > 0);

export const ports = {
  OpenInstancePublicPorts: (ctx, { instanceName, portInfo }) =>
    change(ctx, instanceName, [portInfo], (openings, read) => open(openings, read(portInfo))),

  CloseInstancePublicPorts: (ctx, { instanceName, portInfo }) =>
    change(ctx, instanceName, [portInfo], (openings, read) => close(openings, read(portInfo), hasAddresses(portInfo))),

  /** F161: what is not in the request is closed. */
  PutInstancePublicPorts: (ctx, { instanceName, portInfos }) =>
    change(ctx, instanceName, portInfos, (_openings, read) =>
      portInfos.map(read).reduce<Opening[]>((openings, added) => open(openings, added), []),
    ),

  GetInstancePortStates: (ctx, { instanceName }) =>
    ctx.read(async (tx) => {
      const { body } = await getResource(tx, ctx.scope, instance, instanceName);
      return { portStates: (body.networking?.ports ?? []).map(portStateOf) };
    }),
} satisfies Handlers<
  'OpenInstancePublicPorts' | 'CloseInstancePublicPorts' | 'PutInstancePublicPorts' | 'GetInstancePortStates'
>;
